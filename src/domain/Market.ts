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

/**
 * The payout vector of a resolution: (1,0), (0,1), (0.5,0.5), or (1,1) as some void markets are reported. A pair of
 * shares is worth exactly 1 USDC, so what a share is paid is its part of the sum: `core/payout.ts`.
 */
export interface Payout {
  readonly yes: number
  readonly no: number
}

/** How far the venue's resolution of a market is. Nobody is paid before `final`. */
export type ResolutionState = "proposed" | "disputed" | "final"

/** What the venue says about the outcome, with the times at which this project first saw it say so. */
export interface Resolution {
  readonly state: ResolutionState
  readonly proposedAtUs: EpochMicros | null
  readonly disputedAtUs: EpochMicros | null
  readonly finalAtUs: EpochMicros | null
  /** A later report that disagrees with the final one, for people; it changes nothing. null: none. */
  readonly contradiction: string | null
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
  /** null: the venue has said nothing about the outcome yet. */
  readonly resolution: Resolution | null
  /** Known only when the venue's word is final. */
  readonly payout: Payout | null
  readonly resolvedAtUs: EpochMicros | null
  /** Last change at the source. */
  readonly sourceUpdatedUs: EpochMicros | null
}
