import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { StoreError } from "../domain/errors.ts"
import { type MarketEvent } from "../domain/MarketEvent.ts"
import { type EpochMicros, MICROS_PER_MS } from "../domain/time.ts"
import { HistoryReader, type MarketHistory, type MarketMoment, type ResolutionRow } from "../ports/HistoryReader.ts"
import { type FeedPoll, MarketFeed } from "../ports/MarketFeed.ts"

/** Walks moments and resolutions side by side; what lies after the time asked for is not even built. */
class Walk {
  private readonly moments: Iterator<MarketMoment>
  private readonly resolutions: Iterator<ResolutionRow>
  private moment: MarketMoment | null
  private resolution: ResolutionRow | null

  constructor(history: MarketHistory) {
    this.moments = history.moments[Symbol.iterator]()
    this.resolutions = history.resolutions[Symbol.iterator]()
    this.moment = this.moments.next().value ?? null
    this.resolution = this.resolutions.next().value ?? null
  }

  /** Everything recorded up to and at `nowUs`; within one moment markets come before resolutions. */
  until(nowUs: EpochMicros): FeedPoll {
    const events: Array<MarketEvent> = []
    let unknown = 0
    for (;;) {
      const { moment, resolution } = this
      const momentUs = moment?.atUs ?? Number.POSITIVE_INFINITY
      const resolutionUs = resolution?.atUs ?? Number.POSITIVE_INFINITY
      if (moment !== null && momentUs <= resolutionUs && momentUs <= nowUs) {
        for (const market of moment.markets) events.push({ kind: "market", atUs: momentUs, market })
        unknown += moment.unknown
        this.moment = this.moments.next().value ?? null
      } else if (resolution !== null && resolutionUs <= nowUs) {
        const { marketId, payout } = resolution
        events.push({ kind: "resolution", atUs: resolutionUs, marketId, payout })
        this.resolution = this.resolutions.next().value ?? null
      } else break
    }
    const problems =
      unknown === 0 ? [] : [`${unknown} snapshot(s) left out: the markets table does not know their markets`]
    return { events, ended: this.moment === null && this.resolution === null, problems }
  }
}

const toStoreError = (cause: unknown): StoreError =>
  cause instanceof StoreError
    ? cause
    : new StoreError({
        operation: "read history",
        detail: cause instanceof Error ? cause.message : String(cause),
        cause
      })

/**
 * Recorded markets of a window, told as the Clock passes their times: first the newest snapshot of each market before
 * the window, then all inside it, and every resolution when it was learnt. A database that cannot be read further
 * stays so: each poll fails with the same error.
 */
export const layer = (window: {
  readonly fromUs: EpochMicros
  readonly toUs: EpochMicros
}): Layer.Layer<MarketFeed, StoreError, HistoryReader> =>
  Layer.scoped(
    MarketFeed,
    Effect.gen(function* () {
      const reader = yield* HistoryReader
      const history = yield* reader.openMarkets(window)
      const walk = yield* Effect.try({ try: () => new Walk(history), catch: toStoreError })
      let broken: StoreError | null = null
      const poll = (nowUs: EpochMicros): FeedPoll => {
        if (broken !== null) throw broken
        try {
          return walk.until(nowUs)
        } catch (cause) {
          broken = toStoreError(cause)
          throw broken
        }
      }
      return MarketFeed.of({
        poll: Effect.flatMap(Clock.currentTimeMillis, (ms) =>
          Effect.try({ try: () => poll(ms * MICROS_PER_MS), catch: toStoreError })
        )
      })
    })
  )
