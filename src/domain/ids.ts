/** Id of a market at its source: Gamma's decimal text, or the CLOB's condition id. Never parsed as a number. */
export type MarketId = string
/** Id of the event that groups markets; "unknown" when the source gives none. */
export type EventId = string
/** Lower-case strategy id such as "s1"; "manual" for orders a person typed. */
export type StrategyId = string
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
