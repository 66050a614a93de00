import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import { type MarketId, type SourceId } from "../domain/ids.ts"
import { type Market } from "../domain/Market.ts"
import { compareEvents, type MarketEvent } from "../domain/MarketEvent.ts"
import { type EpochMicros, MICROS_PER_MS } from "../domain/time.ts"
import { Ingestor, type SourceReport } from "../ports/Ingestor.ts"
import { MarketFeed } from "../ports/MarketFeed.ts"
import { type MarketChanges, MarketRepo } from "../ports/MarketRepo.ts"
import { TradeRepo } from "../ports/TradeRepo.ts"
import { problemsOf } from "./problems.ts"

export interface LiveFeedOptions {
  readonly sources: ReadonlyArray<SourceId>
  /** How many markets of each source a poll asks for. */
  readonly limit: number
}

/** What the polls before left behind. */
interface Progress {
  /** Where to read on in the store; null before the first poll. */
  readonly cursor: number | null
  readonly polledAtUs: EpochMicros
  /** Markets whose resolution was told. */
  readonly resolved: ReadonlySet<MarketId>
}

const start: Progress = { cursor: null, polledAtUs: Number.NEGATIVE_INFINITY, resolved: new Set() }

const nowUs = Effect.map(Clock.currentTimeMillis, (ms) => ms * MICROS_PER_MS)

/**
 * The market as this poll tells it: a row of this poll's run bears the time of its snapshot, so that a replay of the
 * recording sees it at the same moment. Outcomes come as resolutions only.
 */
const eventOf = (market: Market, atUs: EpochMicros): MarketEvent => ({
  kind: "market",
  atUs,
  market: { ...market, updatedAtUs: atUs, resolution: null, payout: null, resolvedAtUs: null, sourceUpdatedUs: null }
})

/** Never after now, even when the clock was set back; and a poll tells nothing from before the one before it. */
const eventsOf = (
  changes: MarketChanges,
  progress: Progress,
  reports: ReadonlyArray<SourceReport>,
  now: EpochMicros
): ReadonlyArray<MarketEvent> => {
  const timeOf = (us: EpochMicros) => Math.min(now, Math.max(us, progress.polledAtUs))
  const runs = new Map<string, SourceReport>(reports.map((report) => [report.source, report]))
  const capturedUs = ({ source, updatedAtUs }: Market) => {
    const run = runs.get(source)
    return run !== undefined && run.startedAtUs <= updatedAtUs ? Math.max(run.finishedAtUs, updatedAtUs) : updatedAtUs
  }
  const events = changes.markets.map((market) => eventOf(market, timeOf(capturedUs(market))))
  for (const { marketId, payout, seenAtUs } of changes.resolutions) {
    if (!progress.resolved.has(marketId)) {
      events.push({ kind: "resolution", atUs: timeOf(seenAtUs), marketId, payout })
    }
  }
  return events.sort(compareEvents)
}

/**
 * The exchange as it is now: each poll ingests, which stores what came, and tells what the store did not have before,
 * whichever process put it there. The first poll also tells the open markets and those that positions are held in. A
 * source that fails is a problem of that poll; only the store can make a poll fail.
 */
export const layer = (options: LiveFeedOptions): Layer.Layer<MarketFeed, never, Ingestor | MarketRepo | TradeRepo> =>
  Layer.effect(
    MarketFeed,
    Effect.gen(function* () {
      const ingestor = yield* Ingestor
      const markets = yield* MarketRepo
      const trades = yield* TradeRepo
      const state = yield* Ref.make(start)
      const held = Effect.map(trades.positions, (positions) => [
        ...new Set(positions.filter(({ qty }) => qty !== 0).map(({ marketId }) => marketId))
      ])
      return MarketFeed.of({
        poll: Effect.gen(function* () {
          const progress = yield* Ref.get(state)
          const { sources } = yield* ingestor.run({ ...options, incremental: true })
          const changes = yield* markets.changedSince(progress.cursor, progress.cursor === null ? yield* held : [])
          const now = yield* nowUs
          const events = eventsOf(changes, progress, sources, now)
          const resolved = new Set(progress.resolved)
          for (const event of events) if (event.kind === "resolution") resolved.add(event.marketId)
          yield* Ref.set(state, { cursor: changes.cursor, polledAtUs: now, resolved })
          return { events, ended: false, problems: sources.flatMap(problemsOf) }
        })
      })
    })
  )
