import { type EventId, type MarketId, type StrategyId } from "./ids.ts"
import { type NewSignal } from "./Signal.ts"

/** Why an edge that a strategy saw made no signal. */
export type DropReason =
  | "edge does not pay fees and slippage"
  | "net edge below the minimum"
  | "price outside the range"
  | "below minimum notional"
  | "below minimum size"
  | "outcomes may be missing"
  | "unknown market"

/** An edge that was seen and not taken. Money in USDC per share, or per set of shares where several are bought. */
export interface DroppedSignal {
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly eventId: EventId
  readonly reason: DropReason
  /** At the prices that the orders would have named, before costs. */
  readonly grossEdge: number
  /** After fees and slippage; null when the orders could not be priced. */
  readonly netEdge: number | null
}

/** What a strategy wants, and what it saw and left. */
export interface ConsideredSignals {
  readonly signals: ReadonlyArray<NewSignal>
  readonly dropped: ReadonlyArray<DroppedSignal>
}
