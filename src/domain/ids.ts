declare const kind: unique symbol

/** What an id is the id of: plain text is taken for any of them, an id of one kind never for one of another. */
export interface IdOf<Name extends string> {
  readonly [kind]?: Name
}

/** Id of a market at its source: Gamma's decimal text, or the CLOB's condition id. Never parsed as a number. */
export type MarketId = string & IdOf<"market">
/** Id of the event that groups markets; "unknown" when the source gives none. */
export type EventId = string & IdOf<"event">
/** Lower-case strategy id such as "s1"; "manual" for orders a person typed. */
export type StrategyId = string & IdOf<"strategy">
/** Decimal id of an outcome's token at the exchange. */
export type TokenId = string & IdOf<"token">
/** Number of an order: the database's, or the engine's own. */
export type OrderId = number & IdOf<"order">
/** Number of a signal: the database's, or the engine's own. */
export type SignalId = number & IdOf<"signal">
/** Where a row came from. */
export type SourceId = "gamma" | "data" | "clob"
export const sourceIds: ReadonlyArray<SourceId> = ["gamma", "data", "clob"]

/** The two contracts of a binary market: YES pays when the (first) outcome comes true, NO when it does not. */
export type Token = "YES" | "NO"
export const tokens: ReadonlyArray<Token> = ["YES", "NO"]
export const otherToken = (token: Token): Token => (token === "YES" ? "NO" : "YES")

export type Side = "buy" | "sell"
export const sides: ReadonlyArray<Side> = ["buy", "sell"]
export const otherSide = (side: Side): Side => (side === "buy" ? "sell" : "buy")

/** Where orders go. */
export type Mode = "paper" | "live" | "backtest"

/** Strategy id of orders that a person placed. */
export const MANUAL_STRATEGY: StrategyId = "manual"
