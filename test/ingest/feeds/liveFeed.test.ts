import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { StoreError } from "../../../src/domain/errors.ts"
import { compareEvents } from "../../../src/domain/MarketEvent.ts"
import { seenAs } from "../../../src/domain/quote.ts"
import { recorderBacklog } from "../../../src/policy/feed.ts"
import { Feed } from "../../../src/ports/Feed.ts"
import { IngestRepo } from "../../../src/ports/IngestRepo.ts"
import { TradeRepo } from "../../../src/ports/TradeRepo.ts"
import { market, noon, result, run, temporaryFolder, using, withSqlite } from "../../store/support.ts"
import { batchesUntil, brief, line, row, scripted, type TimedBatch, withFeed } from "./feedWorld.ts"

const eventsOf = (batches: ReadonlyArray<TimedBatch>) => batches.flatMap(({ events }) => events)

/** What the recording holds of each market, in the order of time. */
const snapshots = (path: string) =>
  withSqlite(path, (db) =>
    db
      .prepare<[], { source: string; id: string; at: number; yes: number }>(
        `SELECT source, market_id AS id, captured_us AS at, yes_price AS yes FROM market_snapshots
         ORDER BY captured_us, market_id, source`
      )
      .all()
  )

const asSnapshots = (batches: ReadonlyArray<TimedBatch>) =>
  eventsOf(batches).flatMap((event) =>
    event.kind === "market"
      ? [
          {
            source: event.instrument.source,
            id: event.instrument.marketId,
            at: event.atUs,
            yes: seenAs(event.quote).yesPrice
          }
        ]
      : []
  )

const isOrdered = (batches: ReadonlyArray<TimedBatch>): boolean => {
  const events = eventsOf(batches)
  return events.every((event, index) => index === 0 || compareEvents(events[index - 1]!, event) < 0)
}

const storePath = Effect.map(temporaryFolder, (folder) => join(folder, "store.db"))

const storing = (markets: Parameters<IngestRepo["Type"]["commitRun"]>[0]["markets"], capturedAtUs = noon) =>
  Effect.flatMap(IngestRepo, (repo) =>
    repo.commitRun({ run: run(), markets, capturedAtUs, confirmed: [], checkpointUs: null })
  )

describe("rounds", () => {
  it.scoped("give each source's rows as soon as it answers, and end when all have", () =>
    Effect.gen(function* () {
      const path = yield* storePath
      const gamma = scripted("gamma", (nth) => ({
        afterMs: 3_000,
        rows: [row("b", nth === 0 ? 0.2 : 0.3), row("a", 0.1)]
      }))
      const clob = scripted("clob", (nth) => ({ afterMs: 1_000, rows: [row("c", 0.5 + nth / 10)] }))
      const batches = yield* withFeed(
        { path, sources: [gamma, clob] },
        batchesUntil((_, index) => index === 4)
      )
      expect(batches.map(line)).toEqual([
        "0s",
        "1s clob [clob c open 0.5]",
        "3s gamma [gamma a open 0.1] [gamma b open 0.2] end",
        "11s clob [clob c open 0.6]",
        "13s gamma=a [gamma b open 0.3] end"
      ])
      expect(isOrdered(batches)).toBe(true)
      expect(snapshots(path)).toEqual(asSnapshots(batches))
      expect(batches.flatMap(({ problems }) => problems)).toEqual([])
    })
  )

  it.scoped("do not wait for a source that stalls; what it brings comes once, in a later round", () =>
    Effect.gen(function* () {
      const path = yield* storePath
      const gamma = scripted("gamma", (nth) => ({ afterMs: nth === 0 ? 34_000 : 500, rows: [row("a", 0.1)] }))
      const clob = scripted("clob", (nth) => ({ afterMs: 1_000, rows: [row("c", 0.5 + nth / 100)] }))
      const batches = yield* withFeed(
        { path, sources: [gamma, clob] },
        batchesUntil(({ nowUs, roundEnded }) => roundEnded && nowUs >= noon + 45_000_000)
      )
      expect(batches.map(line)).toEqual([
        "0s",
        "1s clob [clob c open 0.5]",
        "10s gamma? end",
        "10s gamma?",
        "11s clob [clob c open 0.51] end",
        "20s gamma?",
        "21s clob [clob c open 0.52] end",
        "30s gamma?",
        "31s clob [clob c open 0.53] end",
        "34s gamma [gamma a open 0.1]",
        "40.5s gamma=a",
        "41s clob [clob c open 0.54] end",
        "50.5s gamma=a",
        "51s clob [clob c open 0.55] end"
      ])
      expect(batches[2]!.problems).toEqual(["gamma: has not answered yet; what it brings comes in a later round"])
      expect([gamma.overlaps, clob.overlaps]).toEqual([0, 0])
      expect(gamma.askedMs).toEqual([0, 40_000, 50_000])
      expect(isOrdered(batches)).toBe(true)
      expect(snapshots(path)).toEqual(asSnapshots(batches))
    })
  )

  it.scoped("go on when a source fails, and say so", () =>
    Effect.gen(function* () {
      const path = yield* storePath
      const gamma = scripted("gamma", () => ({ afterMs: 100, fails: true }))
      const clob = scripted("clob", () => ({ afterMs: 1_000, rows: [row("c", 0.5)] }))
      const batches = yield* withFeed(
        { path, sources: [gamma, clob] },
        batchesUntil(({ roundEnded }) => roundEnded)
      )
      expect(batches.map(line)).toEqual(["0s", "0.1s gamma?", "1s clob [clob c open 0.5] end"])
      expect(batches[1]!.problems).toEqual(["gamma: GET /x: http_5xx: made up"])
      expect(batches[1]!.looks[0]!.problem).toBe("gamma: GET /x: http_5xx: made up")
    })
  )

  it.scoped("follow at once where one took longer than the interval, and are not made up for", () =>
    Effect.gen(function* () {
      const path = yield* storePath
      const clob = scripted("clob", (nth) => ({ afterMs: nth === 0 ? 4_500 : 100, rows: [] }))
      yield* withFeed(
        { path, sources: [clob], options: { intervalMs: 1_000 } },
        batchesUntil((_, index) => index === 4)
      )
      expect(clob.askedMs).toEqual([0, 4_500, 5_500, 6_500])
    })
  )

  it.scoped("refuse what is no request", () =>
    Effect.gen(function* () {
      const path = yield* storePath
      const clob = scripted("clob", () => ({ afterMs: 0 }))
      const none = batchesUntil(() => true)
      const limit = yield* Effect.flip(withFeed({ path, sources: [clob], options: { limit: 0 } }, none))
      expect(limit).toMatchObject({ _tag: "InputError", field: "limit" })
      const source = yield* Effect.flip(withFeed({ path, sources: [clob], options: { sources: ["gamma"] } }, none))
      expect(source).toMatchObject({ _tag: "InputError", field: "source" })
    })
  )
})

describe("what is known already", () => {
  it.scoped("comes first: open markets and those held; their resolutions once", () =>
    Effect.gen(function* () {
      const path = yield* storePath
      const won = { status: "closed", payout: { yes: 1, no: 0 }, resolvedAtUs: noon - 9 } as const
      const old = { updatedAtUs: noon - 5_000_000 }
      yield* using(
        path,
        Effect.gen(function* () {
          yield* storing([
            market({ marketId: "m1", ...old, ...won }),
            market({ marketId: "m2", ...old }),
            market({ marketId: "m3", ...old, ...won })
          ])
          yield* Effect.flatMap(TradeRepo, (trades) => trades.record({ results: [result()], signals: [], atUs: noon }))
        })
      )
      const gamma = scripted("gamma", () => ({
        afterMs: 1_000,
        rows: [row("m1", 1, { closed: true, automaticallyResolved: true, outcomePrices: ["1", "0"] })]
      }))
      const batches = yield* withFeed(
        { path, sources: [gamma] },
        batchesUntil(({ roundEnded }) => roundEnded)
      )
      expect(batches.map(line)).toEqual([
        "0s [gamma m1 closed 0.4] [gamma m2 open 0.4] [m1 pays 1/0]",
        "1s gamma [gamma m1 closed 1] end"
      ])
      expect(isOrdered(batches)).toBe(true)
    })
  )

  it.scoped("is not told again: rows that did not change are confirmed, also by a feed that starts anew", () =>
    Effect.gen(function* () {
      const path = yield* storePath
      const changed = "2026-02-01T00:00:00Z"
      const gamma = scripted("gamma", (nth) => ({
        afterMs: 100,
        rows: [
          row("a", 0.1, { updatedAt: changed }),
          ...(nth === 1 ? [row("b", 0.2, { updatedAt: "2026-02-02" })] : [])
        ]
      }))
      const twoRounds = withFeed(
        { path, sources: [gamma] },
        batchesUntil((_, index) => index === 2)
      )
      expect((yield* twoRounds).map(line)).toEqual([
        "0s",
        "0.1s gamma [gamma a open 0.1] end",
        "10.1s gamma=a [gamma b open 0.2] end"
      ])
      expect((yield* twoRounds).map(line)).toEqual([
        "0s [gamma a open 0.1] [gamma b open 0.2]",
        "0.1s gamma=a end",
        "10.1s gamma=a end"
      ])
    })
  )

  it.scoped("is told of rows that another process stores, once, and of what they resolve", () =>
    Effect.gen(function* () {
      const path = yield* storePath
      const tokens = { conditionId: `0x${"a".repeat(64)}`, yesTokenId: "11", noTokenId: "12" }
      const clob = scripted("clob", (nth) => ({
        afterMs: 1_000,
        rows: nth > 0 ? [] : [{ ...row("c", 0.5), condition_id: tokens.conditionId }]
      }))
      const late = market({ marketId: "m1", ...tokens, updatedAtUs: noon - 3_600_000_000 })
      const others = Effect.gen(function* () {
        yield* Effect.sleep("5 seconds")
        yield* storing([late])
        yield* Effect.sleep("10 seconds")
        yield* storing([{ ...late, status: "closed", payout: { yes: 0, no: 1 } }])
      })
      const batches = yield* withFeed(
        { path, sources: [clob] },
        Effect.zipRight(
          Effect.fork(others),
          batchesUntil(({ nowUs, roundEnded }) => roundEnded && nowUs > noon + 4e7)
        )
      )
      expect(batches.map(line)).toEqual([
        "0s",
        "1s clob [clob c open 0.5] end",
        // The clob's row is tied to the leading source's now.
        "10s [clob c open 0.5] [gamma m1 open 0.4]",
        "11s clob end",
        "20s [gamma m1 closed 0.4] [m1 pays 0/1]",
        "21s clob end",
        "31s clob end",
        "41s clob end"
      ])
      expect(isOrdered(batches)).toBe(true)
    })
  )

  it.scoped("resolves a contract at every source that lists it, also where the outcomes are turned", () =>
    Effect.gen(function* () {
      const path = yield* storePath
      const conditionId = `0x${"b".repeat(64)}`
      const clob = scripted("clob", (nth) => ({
        afterMs: 1_000,
        rows: nth > 0 ? [] : [{ ...row("c", 0.5), condition_id: conditionId, clobTokenIds: ["2", "1"] }]
      }))
      const gamma = scripted("gamma", (nth) => ({
        afterMs: 2_000,
        rows: [
          row("g", 0.5, {
            ...{ conditionId, clobTokenIds: ["1", "2"], slug: "the-slug" },
            ...(nth > 0 && { closed: true, automaticallyResolved: true, outcomePrices: ["1", "0"] })
          })
        ]
      }))
      const batches = yield* withFeed(
        { path, sources: [clob, gamma] },
        batchesUntil(({ nowUs, roundEnded }) => roundEnded && nowUs > noon + 3e7)
      )
      expect(batches.map(line).slice(1)).toEqual([
        "1s clob [clob c open 0.5]",
        // The clob's row comes again, tied to the leading source's.
        "2s gamma [clob c open 0.5] [gamma g open 0.5] end",
        "11s clob",
        "12s gamma [gamma g closed 1] [c pays 0/1] [g pays 1/0] end",
        "21s clob",
        "22s gamma=g end",
        "31s clob",
        "32s gamma=g end"
      ])
      const ids = eventsOf(batches.slice(2)).flatMap((event) =>
        event.kind === "market" ? [event.instrument.canonicalId] : []
      )
      expect(new Set(ids)).toEqual(new Set(["the-slug"]))
    })
  )
})

describe("recording", () => {
  const failure = new StoreError({ operation: "commit", detail: "the disk is full" })

  it.scoped("fails the feed when the store fails", () =>
    Effect.gen(function* () {
      const path = yield* storePath
      const clob = scripted("clob", () => ({ afterMs: 1_000, rows: [row("c", 0.5)] }))
      const repo = (real: IngestRepo["Type"]) => ({ ...real, commitRun: () => Effect.fail(failure) })
      const error = yield* Effect.flip(
        withFeed(
          { path, sources: [clob], repo },
          batchesUntil(() => false)
        )
      )
      expect(error).toEqual(failure)
    })
  )

  it.scoped("fails the feed when a defect ends it, instead of going on without a record", () =>
    Effect.gen(function* () {
      const path = yield* storePath
      const clob = scripted("clob", () => ({ afterMs: 1_000, rows: [row("c", 0.5)] }))
      const repo = (real: IngestRepo["Type"]) => ({ ...real, commitRun: () => Effect.die("a bug") })
      const exit = yield* Effect.exit(
        withFeed(
          { path, sources: [clob], repo },
          batchesUntil(() => false)
        )
      )
      expect(JSON.stringify(exit)).toMatch(/Die.*a bug/)
    })
  )

  it.scoped("does not hold the events back, but waits for a store that is too slow, and loses nothing", () =>
    Effect.gen(function* () {
      const path = yield* storePath
      const clob = scripted("clob", (nth) => ({ afterMs: 100, rows: [row(`c${nth}`, 0.5)] }))
      let stored = 0
      const repo = (real: IngestRepo["Type"]): IngestRepo["Type"] => ({
        ...real,
        commitRun: (input) =>
          Effect.zipRight(Effect.sleep("1 minute"), real.commitRun(input)).pipe(
            Effect.tap(() => Effect.sync(() => (stored += 1)))
          )
      })
      const storedThen: Array<number> = []
      const batches = yield* withFeed(
        { path, sources: [clob], repo, options: { intervalMs: 1_000 } },
        Effect.gen(function* () {
          const told = yield* batchesUntil(({ looks }) => {
            if (looks.length > 0) storedThen.push(stored)
            return storedThen.length === recorderBacklog + 6
          })
          return told
        })
      )
      // One is being stored, the backlog waits, and what comes after it waits for the store.
      expect(storedThen.slice(0, recorderBacklog + 1)).toEqual(new Array(recorderBacklog + 1).fill(0))
      expect(storedThen.at(-1)).toBeGreaterThanOrEqual(5)
      expect(isOrdered(batches)).toBe(true)
    })
  )

  it.scoped("says when everything that was told is stored", () =>
    Effect.gen(function* () {
      const path = yield* storePath
      const clob = scripted("clob", (nth) => ({ afterMs: 100, rows: [row("c", 0.5 + nth / 100)] }))
      const repo = (real: IngestRepo["Type"]): IngestRepo["Type"] => ({
        ...real,
        commitRun: (input) => Effect.zipRight(Effect.sleep("20 seconds"), real.commitRun(input))
      })
      const seen = yield* withFeed(
        { path, sources: [clob], repo },
        Effect.gen(function* () {
          const { batches, recorded } = yield* Feed
          yield* recorded
          const counts: Array<readonly [number, number]> = []
          yield* batches.pipe(
            Stream.filter(({ events }) => events.length > 0),
            Stream.take(2),
            Stream.runForEach(() =>
              Effect.gen(function* () {
                const before = snapshots(path).length
                yield* recorded
                counts.push([before, snapshots(path).length])
              })
            )
          )
          return counts
        })
      )
      expect(seen).toEqual([
        [0, 1],
        [1, 2]
      ])
    })
  )

  it.scoped("stores what was told when the feed is stopped, and gives a probe that is out back", () =>
    Effect.gen(function* () {
      const path = yield* storePath
      const open = `INSERT INTO ingestion_breakers (source, consecutive_failures, open_until_ts, updated_at) VALUES
        ('gamma', 3, '2026-03-01T11:59:00Z', '')`
      yield* using(path, Effect.void)
      withSqlite(path, (db) => db.exec(open))
      const gamma = scripted("gamma", () => ({ afterMs: 60_000, rows: [] }))
      const clob = scripted("clob", () => ({ afterMs: 100, rows: [row("c", 0.5)] }))
      const repo = (real: IngestRepo["Type"]): IngestRepo["Type"] => ({
        ...real,
        commitRun: (input) => Effect.zipRight(Effect.sleep("1 second"), real.commitRun(input))
      })
      const told = yield* withFeed(
        { path, sources: [gamma, clob], repo },
        Effect.gen(function* () {
          const { batches } = yield* Feed
          const came = yield* Deferred.make<string>()
          const running = yield* Effect.fork(
            Stream.runForEach(batches, ({ events }) =>
              events[0] === undefined ? Effect.void : Deferred.succeed(came, brief(events[0]))
            )
          )
          const first = yield* Deferred.await(came)
          const before = snapshots(path).length
          yield* Fiber.interrupt(running)
          return { first, before, after: snapshots(path).length }
        })
      )
      expect(told).toEqual({ first: "clob c open 0.5", before: 0, after: 1 })
      const [breaker] = withSqlite(path, (db) =>
        db
          .prepare("SELECT probe_us AS probe, last_error_bucket AS why FROM ingestion_breakers WHERE source = 'gamma'")
          .all()
      )
      expect(breaker).toEqual({ probe: null, why: "network" })
    })
  )
})
