import { type EventId, type MarketId, type Side, type SignalId, type StrategyId, type Token } from "./ids.ts"
import { type ExecutionStyle, type LegRole } from "./OrderIntent.ts"
import { type Attempt } from "./Attempt.ts"
import { type EpochMicros, MICROS_PER_SECOND } from "./time.ts"
import { type Price, type Shares } from "./units.ts"

/**
 * An order that follows a resting one: with each fill of that one it is ordered in proportion, and rests too. Limit in
 * micro-USDC per share, quantities in micro-shares.
 */
export interface Follower {
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly eventId: EventId
  readonly token: Token
  readonly side: Side
  readonly limitPrice: Price
  /** For the whole of the order that it follows. */
  readonly qty: Shares
  /** Of that, how much was ordered so far. */
  readonly orderedQty: Shares
  readonly role: LegRole
  readonly signalId: SignalId | null
}

/** How an order rests that a signal asked for, or that a person gave a time to live. */
export interface RestTerms {
  /** From its arrival at the venue to its end, microseconds; null: until it is cancelled or its market closes. */
  readonly timeToLiveUs: EpochMicros | null
  /** What is left of it at the end of its time to live is sent once more, as an immediate order within its limit. */
  readonly thenTake: boolean
  /** The signal that it carries out: it is withdrawn when the strategy no longer gives one. null: no signal. */
  readonly asked: Attempt | null
  /** When a stored signal was withdrawn, which only a replay knows beforehand; null: it was not, or not yet. */
  readonly withdrawnAtUs: EpochMicros | null
  readonly followers: ReadonlyArray<Follower>
  /** It follows another order itself: what is left of it when it ends has no hedge. */
  readonly hedges: boolean
}

/** For how long the orders of a signal rest whose strategy does not say it, seconds. */
export const DEFAULT_TIME_TO_LIVE_SEC = 3_600

/** How the orders of a signal rest; null: they do not rest. `timeToLiveSec` null: the default. */
export const restOfStyle = (
  style: ExecutionStyle,
  timeToLiveSec: number | null,
  asked: Attempt,
  withdrawnAtUs: EpochMicros | null
): RestTerms | null =>
  style === "aggressive"
    ? null
    : {
        timeToLiveUs: Math.round((timeToLiveSec ?? DEFAULT_TIME_TO_LIVE_SEC) * MICROS_PER_SECOND),
        thenTake: style === "passive_then_aggressive",
        asked: { strategy: asked.strategy, marketId: asked.marketId, side: asked.side },
        withdrawnAtUs,
        followers: [],
        hedges: false
      }

/** When the order ends by itself; null: never. */
export const expiryOf = (order: {
  readonly createdAtUs: EpochMicros
  readonly rest?: RestTerms | null
}): EpochMicros | null => {
  const timeToLiveUs = order.rest?.timeToLiveUs ?? null
  return timeToLiveUs === null ? null : order.createdAtUs + timeToLiveUs
}
