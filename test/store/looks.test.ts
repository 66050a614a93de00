import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { type Market, type Resolution } from "../../src/domain/Market.ts"
import { type WatchedMarket } from "../../src/domain/watched.ts"
import { type SourceId } from "../../src/domain/ids.ts"
import { lastConfirmed } from "../../src/domain/looks.ts"
import { HistoryReader } from "../../src/ports/HistoryReader.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { LookRepo } from "../../src/ports/LookRepo.ts"
import { MarketRepo } from "../../src/ports/MarketRepo.ts"
import { makeOriginal, writeOriginal } from "../original/database.ts"
import { inStore, market, noon, run, temporaryFolder, using, withSqlite } from "./support.ts"

const minute = 60_000_000
const at = (minutes: number) => noon + minutes * minute

/** A look, in minutes after noon, that showed these markets changed, and those as they were. */
const look = (
  minutes: number,
  changed: ReadonlyArray<string>,
  unchanged: ReadonlyArray<string> = [],
  source: SourceId = "gamma"
) =>
  Effect.flatMap(IngestRepo, (repo) =>
    repo.commitRun({
      run: run({ source, startedAtUs: at(minutes), finishedAtUs: at(minutes) }),
      markets: changed.map((marketId) => market({ marketId, source, updatedAtUs: at(minutes) })),
      confirmed: unchanged,
      capturedAtUs: at(minutes),
      checkpointUs: null
    })
  )

/** A run in which the source did not answer. */
const silence = (minutes: number) =>
  Effect.flatMap(IngestRepo, (repo) =>
    repo.commitRun({
      run: run({ status: "error", startedAtUs: at(minutes), finishedAtUs: at(minutes) }),
      ...{ markets: [], confirmed: null, capturedAtUs: at(minutes), checkpointUs: null }
    })
  )

/** Every interval, in minutes after noon. */
const intervals = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  Effect.map(
    sql.unsafe(
      `SELECT source, market_id, (from_us - ${noon}) / ${minute}, (to_us - ${noon}) / ${minute} FROM market_looks`
    ).values,
    (rows) => rows.map((row) => row.join(" "))
  )
)

const read = (from: number, to: number) =>
  Effect.flatMap(HistoryReader, (reader) =>
    Effect.scoped(
      Effect.map(reader.openMarkets({ fromUs: at(from), toUs: at(to) }), ({ looks }) => {
        const { intervals, times } = looks()
        return {
          times: Object.fromEntries([...times].map(([source, all]) => [source, all.map((us) => (us - noon) / minute)])),
          intervals: intervals.map(({ fromUs, marketId, toUs }) =>
            [marketId, (fromUs - noon) / minute, (toUs - noon) / minute].join(" ")
          ),
          looks: { times, intervals }
        }
      })
    )
  )

describe("market_looks", () => {
  it.effect(
    "extends a market's interval by every look that shows it, changed or not, and ends it by one that does not",
    () =>
      inStore(
        Effect.gen(function* () {
          yield* look(0, ["a", "b"])
          yield* look(1, ["a"], ["b"])
          yield* look(2, [], ["b"])
          yield* look(3, [], ["a", "b"])
          expect(yield* intervals).toEqual(["gamma a 0 1", "gamma a 3 3", "gamma b 0 3"])
        })
      )
  )

  it.effect("is not ended by a run in which the source did not answer", () =>
    inStore(
      Effect.gen(function* () {
        yield* look(0, ["a"])
        yield* silence(1)
        yield* look(2, [], ["a"])
        expect(yield* intervals).toEqual(["gamma a 0 2"])
        expect((yield* read(0, 9)).times).toEqual({ gamma: [0, 2], data: [], clob: [] })
      })
    )
  )

  it.effect("is each source's own, also where two use one id", () =>
    inStore(
      Effect.gen(function* () {
        yield* look(0, ["a"])
        yield* look(1, ["a"], [], "clob")
        yield* look(2, [], ["a"])
        yield* look(3, [], [])
        yield* look(4, [], ["a"], "clob")
        expect(yield* intervals).toEqual(["clob a 1 4", "gamma a 0 2"])
      })
    )
  )

  it.effect("takes in a look that is recorded after a later one", () =>
    inStore(
      Effect.gen(function* () {
        yield* look(0, ["a", "b", "c"])
        yield* look(4, [], ["a", "b"])
        yield* look(2, [], ["b", "c", "d"])
        expect(yield* intervals).toEqual(["gamma a 0 0", "gamma a 4 4", "gamma b 0 4", "gamma c 0 2", "gamma d 2 2"])
        yield* look(5, [], ["a", "b", "c"])
        expect(yield* intervals).toEqual([
          "gamma a 0 0",
          "gamma a 4 5",
          "gamma b 0 5",
          "gamma c 0 2",
          "gamma c 5 5",
          "gamma d 2 2"
        ])
      })
    )
  )

  it.effect("counts two looks of one moment as one", () =>
    inStore(
      Effect.gen(function* () {
        yield* look(0, ["a", "b"])
        yield* look(1, [], ["a"])
        yield* look(1, [], ["b"])
        yield* look(2, [], ["a", "b"])
        expect(yield* intervals).toEqual(["gamma a 0 2", "gamma b 0 2"])
        expect((yield* read(0, 9)).times).toMatchObject({ gamma: [0, 1, 2] })
      })
    )
  )

  it.effect("is stored with its rows or not at all", () =>
    inStore(
      Effect.gen(function* () {
        yield* look(0, ["a"])
        const sql = yield* SqlClient.SqlClient
        yield* sql`CREATE TRIGGER refuse BEFORE INSERT ON ingestion_runs BEGIN SELECT RAISE(ABORT, 'full'); END`
        yield* Effect.flip(look(1, [], ["a"]))
        expect(yield* intervals).toEqual(["gamma a 0 0"])
      })
    )
  )
})

describe("HistoryReader looks", () => {
  it.effect("are those of a window, and the newest ones before it", () =>
    inStore(
      Effect.gen(function* () {
        yield* look(0, ["a", "b"])
        yield* look(1, [], ["b"])
        yield* look(2, [], ["a", "b"])
        yield* look(3, [], ["b"])
        yield* look(6, [], ["a", "b"])
        yield* look(9, [], ["a", "b"])
        const { intervals, looks, times } = yield* read(4, 8)
        expect(times).toMatchObject({ gamma: [3, 6] })
        expect(intervals).toEqual(["b 0 9", "a 2 2", "a 6 9"])
        // Of what came after the moment, nothing shows.
        const confirmed = (marketId: string, minutes: number) => {
          const own = looks.intervals.filter((interval) => interval.marketId === marketId)
          const us = lastConfirmed(own, looks.times.get("gamma") ?? [], at(minutes))
          return us === null ? null : (us - noon) / minute
        }
        expect([4, 5, 6, 8].map((minutes) => [confirmed("a", minutes), confirmed("b", minutes)])).toEqual([
          [2, 3],
          [2, 3],
          [6, 6],
          [6, 6]
        ])
      })
    )
  )
})

describe("LookRepo", () => {
  it.effect("knows when open rows, and those that are held, were seen last", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* IngestRepo
        yield* look(0, ["a", "b"])
        yield* repo.commitRun({
          run: run(),
          markets: ["shut", "sold"].map((marketId) => market({ marketId, status: "closed", updatedAtUs: at(1) })),
          ...{ confirmed: ["b"], capturedAtUs: at(1), checkpointUs: null }
        })
        yield* look(2, [], ["b"])
        const confirmations = yield* (yield* LookRepo).confirmations(["shut"])
        expect(confirmations).toEqual([
          { source: "gamma", marketId: "a", atUs: at(0) },
          { source: "gamma", marketId: "b", atUs: at(2) },
          { source: "gamma", marketId: "shut", atUs: at(1) }
        ])
      })
    )
  )

  it.effect("knows how often each source is asked", () =>
    inStore(
      Effect.gen(function* () {
        yield* look(0, [])
        yield* look(0, [], [], "clob")
        yield* look(5, [])
        yield* silence(6)
        yield* look(10, [])
        yield* look(60, [])
        expect(yield* (yield* LookRepo).spacings).toEqual(new Map([["gamma", 5 * minute]]))
      })
    )
  )
})

describe("watched markets", () => {
  const execute = (...statements: ReadonlyArray<string>) =>
    Effect.flatMap(SqlClient.SqlClient, (sql) => Effect.forEach(statements, (text) => sql.unsafe(text)))

  const position = (marketId: string, qty: number) =>
    `INSERT INTO positions (strategy, market_id, event_id, token_id, net_qty, avg_price, realized_pnl, updated_at)
     VALUES ('s1', '${marketId}', 'e1', 'YES', ${qty}, 0.5, 0, '')`
  const order = (marketId: string, status: string) =>
    `INSERT INTO orders (strategy, market_id, event_id, token_id, side, action, mode, price, qty, status, created_at)
     VALUES ('s1', '${marketId}', 'e1', 'YES', 'buy', 'open', 'paper', 0.5, 10, '${status}', '')`
  const signal = (marketId: string, status: string, legs: string | null = null) =>
    `INSERT INTO signals (strategy, market_id, event_id, side, score, confidence, target_price, size_hint, rationale,
       payload_json, status, created_at, updated_at, legs_json)
     VALUES ('s1', '${marketId}', 'e1', 'buy', 1, 1, 0.5, 10, '', '{}', '${status}', '', '',
       ${legs === null ? "NULL" : `'${legs}'`})`
  const brief = (all: ReadonlyArray<WatchedMarket>) =>
    all.map(({ lastSeenUs, marketId, reason, source }) =>
      [source, marketId, reason, lastSeenUs === null ? null : (lastSeenUs - noon) / minute].join(" ")
    )

  it.effect("are those that something is held in, rests in, or is wanted in", () =>
    inStore(
      Effect.gen(function* () {
        yield* look(0, ["both", "held", "flat", "rests", "done", "new", "leg", "old"])
        yield* look(1, ["both"], [], "clob")
        yield* look(2, [], ["held", "both"])
        const legs = JSON.stringify([
          ["leg", "new", "YES", "buy", 500_000, 1e6],
          ["leg", "leg", "NO", "buy", 500_000, 1e6]
        ])
        yield* execute(position("held", 3), position("both", -1), position("flat", 0), position("gone", 2))
        yield* execute(order("both", "open"), order("rests", "partially_filled"), order("done", "filled"))
        yield* execute(
          signal("new", "new", legs),
          signal("held", "new"),
          signal("old", "rejected"),
          signal("x", "new", "?")
        )
        expect(brief(yield* (yield* LookRepo).watched)).toEqual([
          "clob both held 1",
          "gamma both held 2",
          " gone held ",
          "gamma held held 2",
          "gamma leg signalled 0",
          "gamma new signalled 0",
          "gamma rests resting 0",
          " x signalled "
        ])
      })
    )
  )

  it.effect("are watched until the venue has said what they pay", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* IngestRepo
        const looks = yield* LookRepo
        const held = market({ marketId: "held", status: "closed" })
        const commit = (row: typeof held) =>
          repo.commitRun({
            ...{ run: run(), markets: [row], confirmed: [], capturedAtUs: noon, checkpointUs: null }
          })
        yield* commit(held)
        yield* execute(position("held", 3))
        expect((yield* looks.watched).length).toBe(1)
        yield* commit({ ...held, payout: { yes: 1, no: 0 }, resolvedAtUs: noon })
        expect(yield* looks.watched).toEqual([])
      })
    )
  )

  it.effect("are unread when the newest run of their source did not show them, whatever became of it", () =>
    inStore(
      Effect.gen(function* () {
        const { unread } = yield* LookRepo
        yield* execute(position("a", 1), position("b", 1), order("c", "open"), signal("d", "new"), position("never", 1))
        expect(yield* unread).toEqual([])
        yield* look(0, ["a", "b", "c", "d"])
        expect(brief(yield* unread)).toEqual([" never held "])
        yield* look(1, [], ["a", "b"])
        expect(brief(yield* unread)).toEqual(["gamma c resting 0", " never held "])
        yield* look(2, [], [], "clob")
        expect(brief(yield* unread)).toEqual(["gamma c resting 0", " never held "])
        yield* silence(3)
        expect(brief(yield* unread)).toEqual(["gamma a held 1", "gamma b held 1", "gamma c resting 0", " never held "])
      })
    )
  )
})

describe("MarketRepo.shownBy", () => {
  it.effect("gives a row as its own source showed it", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* IngestRepo
        const { findAll, shownBy } = yield* MarketRepo
        const contract = { conditionId: "0xc", yesTokenId: "1", noTokenId: "2" }
        const proposed: Resolution = {
          state: "proposed",
          ...{ proposedAtUs: noon, disputedAtUs: null, finalAtUs: null, contradiction: null }
        }
        const commit = (row: Market) =>
          repo.commitRun({
            ...{ run: run({ source: row.source === "clob" ? "clob" : "gamma" }), markets: [row], confirmed: [] },
            ...{ capturedAtUs: noon, checkpointUs: null }
          })
        const gamma = market({ marketId: "1", ...contract, status: "closed", resolution: proposed })
        const clob = market({ ...gamma, source: "clob", resolution: { ...proposed, state: "final", finalAtUs: noon } })
        yield* commit(gamma)
        yield* commit({ ...clob, payout: { yes: 1, no: 0 }, resolvedAtUs: noon })
        expect((yield* findAll(["1"])).get("1")?.payout).toEqual({ yes: 1, no: 0 })
        expect([...(yield* shownBy("gamma", ["1", "2"])).values()]).toMatchObject([
          { source: "gamma", payout: null, resolution: { state: "proposed", contradiction: null } }
        ])
        yield* commit({ ...clob, payout: { yes: 0, no: 1 }, resolvedAtUs: noon })
        expect((yield* shownBy("clob", ["1"])).get("1")).toMatchObject({
          ...{ source: "clob", payout: { yes: 1, no: 0 } },
          resolution: { state: "final", contradiction: "clob later: final 0/1" }
        })
      })
    )
  )
})

it.scoped("a database of the original knows its looks by its runs, and its rows by when they were stored", () =>
  Effect.gen(function* () {
    const path = join(yield* temporaryFolder, "store.db")
    writeOriginal(path, makeOriginal(3))
    withSqlite(path, (db) => {
      db.exec("DELETE FROM ingestion_runs")
      const insert = db.prepare(
        `INSERT INTO ingestion_runs (source, status, started_at, finished_at, rows_ingested, error_buckets_json)
         VALUES (?, ?, ?, ?, 1, ?)`
      )
      insert.run("gamma", "ok", "2026-03-01T12:00:00+00:00", "2026-03-01T12:01:00.5+00:00", "{}")
      insert.run("gamma", "error", "2026-03-01T12:05:00+00:00", "2026-03-01T12:06:00+00:00", '{"network":1}')
      insert.run("gamma", "partial", "2026-03-01T12:10:00+00:00", "2026-03-01T12:11:00+00:00", "not json")
      insert.run("data", "ok", "2026-03-01T12:10:00+00:00", "2026-03-01T12:11:00+00:00", '{"source_skipped_404":1}')
    })
    const { intervals, times } = yield* using(path, read(0, 60))
    expect(times).toEqual({ gamma: [1 + 0.5 / 60, 11], data: [], clob: [] })
    expect(intervals).toEqual([])
    const seen = yield* using(
      path,
      Effect.flatMap(LookRepo, (looks) => looks.confirmations([]))
    )
    const stored = withSqlite(path, (db) =>
      db.prepare("SELECT updated_us FROM markets WHERE status = 'open' ORDER BY source, market_id").pluck().all()
    )
    expect(seen.map(({ atUs }) => atUs)).toEqual(stored)
    expect(stored.length).toBeGreaterThan(0)
  })
)
