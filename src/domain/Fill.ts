import { type EventId, type MarketId, type OrderId, type Side, type StrategyId, type Token } from "./ids.ts"
import { type EpochMicros } from "./time.ts"
import { type Price, type Shares, type Usdc } from "./units.ts"

/** One execution. Price in micro-USDC per share, quantity in micro-shares, fee in micro-USDC. */
export interface NewFill {
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly eventId: EventId
  readonly token: Token
  readonly side: Side
  readonly price: Price
  readonly qty: Shares
  readonly fee: Usdc
  readonly atUs: EpochMicros
}

/** Whether the chain has the trade of a fill. A reversed fill is kept as a record and counts nowhere. */
export type VenueState = "provisional" | "final" | "reversed"

export interface Fill extends NewFill {
  readonly id: number
  readonly orderId: OrderId
  /** The venue's id: a fill that carries a stored one changes nothing. */
  readonly externalFillId: string | null
  /** Absent: nothing has to confirm it, as on paper. */
  readonly venueState?: VenueState
  /** A payout is no trade: it closes a position without a counterparty. Absent: a trade. */
  readonly settlement?: true
}
