import { type EventId, type MarketId } from "./ids.ts"
import { type EpochMicros } from "./time.ts"

export type MarketStatus = "open" | "closed"

/** Taker fee in USDC = shares * rate * (price * (1 - price))^exponent; makers pay nothing when `takerOnly`. */
export interface FeeSchedule {
  readonly rate: number
  readonly exponent: number
  readonly takerOnly: boolean
  /** Share of taker fees that goes back to makers, 0..1. */
  readonly rebateRate: number
}

/** What one share of each outcome pays at resolution, in USDC. (1,0), (0,1), (0.5,0.5), but also (1,1) or (0,0). */
export interface Payout {
  readonly yes: number
  readonly no: number
}

/**
 * A market as last seen at one source. Prices are probabilities in USDC per share (natural units, as stored);
 * liquidity and volume are USDC. `null` means that the source does not say.
 */
export interface Market {
  readonly source: string
  readonly marketId: MarketId
  /** Ties one contract across sources. */
  readonly canonicalId: string
  readonly eventId: EventId
  readonly question: string
  readonly status: MarketStatus
  readonly negRisk: boolean
  readonly yesPrice: number | null
  readonly noPrice: number | null
  /** Best bid and ask of the YES token. */
  readonly bestBid: number | null
  readonly bestAsk: number | null
  readonly midPrice: number | null
  readonly liquidity: number
  readonly volume: number
  /** When this project saw it. */
  readonly updatedAtUs: EpochMicros
  /** 0x + 64 hex digits; the strict tie between sources. */
  readonly conditionId: string | null
  readonly yesTokenId: string | null
  readonly noTokenId: string | null
  readonly yesLabel: string | null
  readonly noLabel: string | null
  /** Smallest price step, USDC per share. */
  readonly tickSize: number | null
  /** Smallest resting order, shares. */
  readonly minOrderSize: number | null
  /** null: unknown; rate 0: known to be free. */
  readonly fee: FeeSchedule | null
  readonly acceptingOrders: boolean | null
  readonly slug: string | null
  /** Planned end; often wrong, never a resolution. */
  readonly endDateUs: EpochMicros | null
  /** Known only when the venue said so. */
  readonly payout: Payout | null
  readonly resolvedAtUs: EpochMicros | null
  /** Last change at the source. */
  readonly sourceUpdatedUs: EpochMicros | null
}
