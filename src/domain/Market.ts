import { type Instrument } from "./instrument.ts"
import { type Observation } from "./quote.ts"
import { type EpochMicros } from "./time.ts"

export type { FeeSchedule } from "./instrument.ts"
export type { MarketStatus } from "./quote.ts"

/**
 * The payout vector of a resolution: (1,0), (0,1), (0.5,0.5), or (1,1) as some void markets are reported. A pair of
 * shares is worth exactly 1 USDC, so what a share is paid is its part of the sum: `core/account/payout.ts`.
 */
export interface Payout {
  readonly yes: number
  readonly no: number
}

/** How far the venue's resolution of a market is. Nothing is paid out before `final`. */
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

/** What is known of a market's outcome, and when the source touched it last: no strategy sees any of it. */
export interface Outcome {
  /** null: the venue has said nothing about the outcome yet. */
  readonly resolution: Resolution | null
  /** Known only when the venue's word is final. */
  readonly payout: Payout | null
  readonly resolvedAtUs: EpochMicros | null
  /** Last change at the source. */
  readonly sourceUpdatedUs: EpochMicros | null
}

/**
 * A market as last seen at one source. Prices are probabilities in USDC per share (natural units, as stored);
 * liquidity and volume are USDC. `null` means that the source does not say.
 */
export interface Market extends Instrument, Observation, Outcome {}

/** What a look at prices says of the outcome: nothing. */
export const unknownOutcome: Outcome = { resolution: null, payout: null, resolvedAtUs: null, sourceUpdatedUs: null }

/** A market put together. One literal, for the reason that `core/marketView` gives. */
export const marketFrom = (instrument: Instrument, seen: Observation, outcome: Outcome): Market => ({
  source: instrument.source,
  marketId: instrument.marketId,
  canonicalId: instrument.canonicalId,
  eventId: instrument.eventId,
  question: instrument.question,
  negRisk: instrument.negRisk,
  conditionId: instrument.conditionId,
  yesTokenId: instrument.yesTokenId,
  noTokenId: instrument.noTokenId,
  yesLabel: instrument.yesLabel,
  noLabel: instrument.noLabel,
  tickSize: instrument.tickSize,
  minOrderSize: instrument.minOrderSize,
  fee: instrument.fee,
  slug: instrument.slug,
  endDateUs: instrument.endDateUs,
  status: seen.status,
  acceptingOrders: seen.acceptingOrders,
  yesPrice: seen.yesPrice,
  noPrice: seen.noPrice,
  bestBid: seen.bestBid,
  bestAsk: seen.bestAsk,
  midPrice: seen.midPrice,
  liquidity: seen.liquidity,
  volume: seen.volume,
  updatedAtUs: seen.updatedAtUs,
  resolution: outcome.resolution,
  payout: outcome.payout,
  resolvedAtUs: outcome.resolvedAtUs,
  sourceUpdatedUs: outcome.sourceUpdatedUs
})
