import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Stream from "effect/Stream"
import { onVirtualTime } from "../../../src/app/virtualClock.ts"
import { AppConfig, defaultConfig } from "../../../src/config/AppConfig.ts"
import { SourceError } from "../../../src/domain/errors.ts"
import { type SourceId } from "../../../src/domain/ids.ts"
import { seenAs } from "../../../src/domain/quote.ts"
import { type MarketEvent } from "../../../src/domain/MarketEvent.ts"
import { type EpochMicros, MICROS_PER_MS } from "../../../src/domain/time.ts"
import { layer as liveFeed, type LiveFeedOptions } from "../../../src/ingest/feeds/liveFeed.ts"
import { Feed, type FeedBatch } from "../../../src/ports/Feed.ts"
import { IngestRepo } from "../../../src/ports/IngestRepo.ts"
import { IngestSources, type SourceShape } from "../../../src/ports/IngestSource.ts"
import { type MarketRepo } from "../../../src/ports/MarketRepo.ts"
import { type TradeRepo } from "../../../src/ports/TradeRepo.ts"
import { noon, using } from "../../store/support.ts"

/** What a source does when it is asked: so much later, these rows or a failure. */
export interface Answer {
  readonly afterMs: number
  readonly rows?: ReadonlyArray<unknown>
  readonly fails?: boolean
}

export interface ScriptedSource extends SourceShape {
  /** When it was asked, milliseconds after noon. */
  readonly askedMs: Array<number>
  /** How often it was asked while it was asked already. */
  overlaps: number
}

/** A source that answers as `script` says, the nth time it is asked. */
export const scripted = (id: SourceId, script: (nth: number) => Answer): ScriptedSource => {
  let busy = 0
  const source: ScriptedSource = {
    id,
    askedMs: [],
    overlaps: 0,
    canAsk: () => false,
    byId: () => Stream.empty,
    pages: ({ observer }) =>
      Stream.unwrapScoped(
        Effect.gen(function* () {
          yield* Effect.acquireRelease(
            Effect.sync(() => {
              if (busy > 0) source.overlaps += 1
              busy += 1
            }),
            () => Effect.sync(() => (busy -= 1))
          )
          source.askedMs.push((yield* Clock.currentTimeMillis) - noon / MICROS_PER_MS)
          const { afterMs, fails, rows } = script(source.askedMs.length - 1)
          observer.onRequest()
          yield* Effect.sleep(afterMs)
          const error = new SourceError({
            ...{ source: id, operation: "GET /x", bucket: "http_5xx", retryable: true },
            ...{ retryAfterMs: null, detail: "made up" }
          })
          return fails === true ? Stream.fail(error) : Stream.make({ rows: rows ?? [] })
        })
      )
  }
  return source
}

/** A market as a source sends it. */
export const row = (id: string, yes: number, more: object = {}) => ({
  id,
  question: `Question ${id}`,
  outcomes: ["Yes", "No"],
  outcomePrices: [String(yes), String(1 - yes)],
  ...more
})

export interface TimedBatch extends FeedBatch {
  readonly nowUs: EpochMicros
}

export interface World {
  readonly path: string
  readonly sources: ReadonlyArray<SourceShape>
  readonly options?: Partial<LiveFeedOptions>
  /** Stands in for the repository that the feed writes to. */
  readonly repo?: (repo: IngestRepo["Type"]) => IngestRepo["Type"]
}

/** Runs `body` with a feed over the database at `path`, on virtual time from noon on. */
export const withFeed = <A, E>(
  { options, path, repo = (same) => same, sources }: World,
  body: Effect.Effect<A, E, Feed | IngestRepo | MarketRepo | TradeRepo>
) => {
  const all = { sources: sources.map(({ id }) => id), limit: 100, intervalMs: 10_000, ...options }
  const feed = liveFeed(all).pipe(
    Layer.provide(Layer.effect(IngestRepo, Effect.map(IngestRepo, repo))),
    Layer.provide(Layer.succeed(IngestSources, sources)),
    Layer.provide(Layer.succeed(AppConfig, defaultConfig))
  )
  return onVirtualTime(noon, () => using(path, Effect.provide(body, feed))).pipe(
    Logger.withMinimumLogLevel(LogLevel.None)
  )
}

/** The batches of the feed up to the first that `last` holds for, with the moment at which each came. */
export const batchesUntil = (last: (batch: TimedBatch, index: number) => boolean) =>
  Effect.gen(function* () {
    const { batches } = yield* Feed
    const told: Array<TimedBatch> = []
    yield* batches.pipe(
      Stream.mapEffect((batch) =>
        Effect.map(Clock.currentTimeMillis, (ms) => {
          const timed = { ...batch, nowUs: ms * MICROS_PER_MS }
          told.push(timed)
          return timed
        })
      ),
      Stream.takeUntil((batch) => last(batch, told.length - 1)),
      Stream.runDrain
    )
    return told
  })

export const secondsOf = (us: EpochMicros): number => Math.round((us - noon) / 1_000) / 1_000

/** An event in a few words. */
export const brief = (event: MarketEvent): string =>
  event.kind === "resolution"
    ? `${event.marketId} pays ${event.payout.yes}/${event.payout.no}`
    : `${event.instrument.source} ${event.instrument.marketId} ${event.quote.status} ${seenAs(event.quote).yesPrice}`

/** A batch in one line: when it came, the looks, the events, and whether the round ended. */
export const line = ({ events, looks, nowUs, roundEnded }: TimedBatch): string =>
  [
    `${secondsOf(nowUs)}s`,
    ...looks.map(
      ({ answered, confirmed, source }) => `${source}${answered ? "" : "?"}${confirmed.map((id) => `=${id}`).join("")}`
    ),
    ...events.map((event) => `[${brief(event)}]`),
    ...(roundEnded ? ["end"] : [])
  ].join(" ")
