import { type EventId, type MarketId, type Side, type StrategyId, type Token } from "../../domain/ids.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { type Price, type Shares, type Usdc } from "../../domain/units.ts"
import { type Tally } from "./attribution.ts"
import { type MutablePosition } from "./portfolio.ts"

/** A fill that changes an account. Price, quantity and fee in micro-units. */
export interface AccountFill {
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly eventId: EventId
  readonly token: Token
  readonly side: Side
  readonly price: Price
  readonly qty: Shares
  readonly fee: Usdc
  /** The market paid out: it is no trade. */
  readonly settlement?: boolean
}

/** One open or once open position, with what it adds to the sums that it belongs to. */
export interface Holding {
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly eventId: EventId
  readonly token: Token
  readonly position: MutablePosition
  readonly tallies: readonly [strategy: Tally, event: Tally]
  /** Newest price of the token; null until a snapshot had one (then the average counts). */
  mark: Price | null
  /** Time of the quote that showed `mark`; null as long as there is none. */
  markUs: EpochMicros | null
  unrealized: Usdc
  notional: Usdc
}
