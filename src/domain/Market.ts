import { type Instrument } from "./instrument.ts"
import { type Observation } from "./quote.ts"
import { type EpochMicros } from "./time.ts"

export type { FeeSchedule } from "./instrument.ts"
export type { MarketStatus } from "./quote.ts"

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
