import { join } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { onVirtualTime } from "../../src/app/virtualClock.ts"
import { type MarketEvent } from "../../src/domain/MarketEvent.ts"
import { type EpochMicros, MICROS_PER_MS } from "../../src/domain/time.ts"
import * as RecordedFeed from "../../src/ingest/RecordedFeed.ts"
import { type FeedPoll, MarketFeed } from "../../src/ports/MarketFeed.ts"
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

export interface TimedPoll extends FeedPoll {
  readonly nowUs: EpochMicros
}

/** The feed of a window, polled on virtual time at the given times (whole milliseconds, rising). */
export const pollsOf = (
  path: string,
  window: { readonly fromUs: EpochMicros; readonly toUs: EpochMicros },
  times: ReadonlyArray<EpochMicros>
) =>
  onVirtualTime(times[0] ?? window.fromUs, () =>
    Effect.gen(function* () {
      const { poll } = yield* MarketFeed
      const polls: Array<TimedPoll> = []
      for (const timeUs of times) {
        const nowMs = yield* Clock.currentTimeMillis
        yield* Effect.sleep(timeUs / MICROS_PER_MS - nowMs)
        polls.push({ nowUs: timeUs, ...(yield* poll) })
      }
      return polls
    }).pipe(Effect.provide(RecordedFeed.layer(window)), (body) => using(path, body))
  )

/** An event in a few words. */
export const brief = (event: MarketEvent) =>
  event.kind === "resolution"
    ? [event.atUs, "resolved", event.marketId]
    : [event.atUs, event.market.source, event.market.marketId, event.market.yesPrice]
