import { type EventId, type IdOf, type MarketId, type Side, type StrategyId, type Token } from "./ids.ts"
import { type EpochMicros } from "./time.ts"
import { clamp, type Price, type Shares, toMicros } from "./units.ts"

/** What an order of a signal is for; `leg`: one of several that are all alike. */
export type LegRole = "primary" | "hedge" | "sell_leg" | "leg"

/** One order that a signal asks for. Limit in micro-USDC per share, quantity in micro-shares. */
export interface OrderIntent {
  readonly role: LegRole
  readonly marketId: MarketId
  readonly token: Token
  readonly side: Side
  readonly limitPrice: Price
  readonly qty: Shares
}

/**
 * How orders find their price. `aggressive`: they take what is offered within their limit, at once or not at all.
 * `passive`: they rest at their limit for a time to live. `passive_then_aggressive`: they rest first, and what is left at
 * the end of their time to live takes what is offered within the limit.
 */
export const executionStyles = ["aggressive", "passive", "passive_then_aggressive"] as const
export type ExecutionStyle = (typeof executionStyles)[number]

/** Names a package: the orders of all signals with one id trade together, or none of them does. */
export type PackageId = string & IdOf<"package">

/** The package of the signals of a basket: those of one strategy, event and moment. */
export const basketPackageId = (strategy: StrategyId, eventId: EventId, createdAtUs: EpochMicros): PackageId =>
  `${strategy.toLowerCase()}:${eventId}:${createdAtUs}`

/** The order that a signal's own columns describe, which is all that most signals ask for: YES at the target price. */
export const plainIntent = (signal: {
  readonly marketId: MarketId
  readonly side: Side
  readonly targetPrice: number
  readonly sizeHint: number
}): OrderIntent => ({
  role: "primary",
  marketId: signal.marketId,
  token: "YES",
  side: signal.side,
  limitPrice: toMicros(signal.targetPrice),
  qty: toMicros(signal.sizeHint)
})

/** How far a sale that is known by the mid price of its market goes below it (USDC per share). */
const BELOW_MID = 0.005

/** The sale of YES that closes a spread: a little below the mid (USDC per share) of the dear side. */
export const saleBelowMid = (marketId: MarketId, mid: number, qty: Shares): OrderIntent => ({
  role: "sell_leg",
  marketId,
  token: "YES",
  side: "sell",
  limitPrice: toMicros(clamp(mid - BELOW_MID, 0.01, 0.99)),
  qty
})
