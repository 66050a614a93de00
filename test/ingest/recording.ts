import { join } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as RecordedFeed from "../../src/app/recordedFeed.ts"
import { onVirtualTime } from "../../src/app/virtualClock.ts"
import { type MarketEvent } from "../../src/domain/MarketEvent.ts"
import { seenAs } from "../../src/domain/quote.ts"
import { type EpochMicros } from "../../src/domain/time.ts"
import { Feed, type FeedBatch } from "../../src/ports/Feed.ts"
import { temporaryFolder, using, withSqlite } from "../store/support.ts"

export interface Snapshot {
  readonly source: string
  readonly marketId: string
  readonly atUs: EpochMicros
  readonly yes: number | null
  readonly bid?: number | null
  readonly status?: string | null
}

export interface Recording {
  readonly markets: ReadonlyArray<{ readonly source: string; readonly marketId: string; readonly canonicalId?: string }>
  readonly snapshots: ReadonlyArray<Snapshot>
  readonly resolutions?: ReadonlyArray<{
    readonly marketId: string
    readonly resolvedUs: EpochMicros
    readonly seenUs: EpochMicros | null
  }>
}

/** A database that holds the rows, put in in the order given. */
export const recorded = (recording: Recording) =>
  Effect.gen(function* () {
    const path = join(yield* temporaryFolder, "store.db")
    yield* using(path, Effect.void)
    withSqlite(path, (db) => {
      const market = db.prepare(`INSERT INTO markets (source, market_id, canonical_id, event_id, question, status,
        updated_at, updated_us) VALUES (?, ?, ?, 'e1', 'Q?', 'closed', '2030-01-01T00:00:00Z', 1893456000000000)`)
      const snapshot = db.prepare(`INSERT INTO market_snapshots (source, market_id, event_id, yes_price, best_bid,
        mid_price, liquidity, captured_at, captured_us, status) VALUES (?, ?, 'e1', ?, ?, ?, 500, '-', ?, ?)`)
      const resolution = db.prepare(`INSERT INTO market_resolutions (market_id, payout_yes, payout_no, resolved_us,
        seen_us, basis) VALUES (?, 1, 0, ?, ?, 'venue')`)
      db.transaction(() => {
        for (const row of recording.markets) market.run(row.source, row.marketId, row.canonicalId ?? row.marketId)
        for (const { atUs, bid = null, marketId, source, status = "open", yes } of recording.snapshots) {
          snapshot.run(source, marketId, yes, bid, yes, atUs, status)
        }
        for (const row of recording.resolutions ?? []) resolution.run(row.marketId, row.resolvedUs, row.seenUs)
      })()
    })
    return path
  })

export interface TimedBatch extends FeedBatch {
  /** What the clock showed when it came. */
  readonly nowUs: EpochMicros
}

/** The batches of a recorded feed as they come, on virtual time from the start of the window on. */
export const batchesOf = (path: string, window: RecordedFeed.RecordedWindow) =>
  onVirtualTime(window.fromUs, () =>
    Effect.gen(function* () {
      const { batches } = yield* Feed
      const come: Array<TimedBatch> = []
      yield* Stream.runForEach(batches, (batch) =>
        Effect.map(Clock.currentTimeNanos, (nanos) => come.push({ nowUs: Number(nanos / 1_000n), ...batch }))
      )
      return come
    }).pipe(Effect.provide(RecordedFeed.layer(window)), (body) => using(path, body))
  )

/** Batches up to the end of a round as one, with the time of that end. */
export const byRound = (batches: ReadonlyArray<TimedBatch>): ReadonlyArray<TimedBatch> => {
  const rounds: Array<TimedBatch> = []
  let events: ReadonlyArray<MarketEvent> = []
  for (const batch of batches) {
    events = [...events, ...batch.events]
    if (!batch.roundEnded) continue
    rounds.push({ ...batch, events })
    events = []
  }
  return rounds
}

/** The rounds of a recorded feed, on virtual time from the start of the window on. */
export const roundsOf = (path: string, window: RecordedFeed.RecordedWindow) =>
  Effect.map(batchesOf(path, window), byRound)

/** An event in a few words. */
export const brief = (event: MarketEvent) =>
  event.kind === "resolution"
    ? [event.atUs, "resolved", event.marketId]
    : [event.atUs, event.instrument.source, event.instrument.marketId, seenAs(event.quote).yesPrice]
