import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Market } from "../../src/domain/Market.ts"
import { HistoryReader } from "../../src/ports/HistoryReader.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { MarketRepo } from "../../src/ports/MarketRepo.ts"
import { newestBefore, windowSnapshots } from "../../src/store/marketHistory.ts"
import { at, inStore, market, noon, olderOriginal, run, temporaryFolder, using, withSqlite } from "./support.ts"

const commit = (markets: ReadonlyArray<Market>, source: "gamma" | "clob" = "gamma") =>
  Effect.flatMap(IngestRepo, (repo) =>
    repo.commitRun({ run: run({ source }), markets, capturedAtUs: noon, confirmed: [], checkpointUs: null })
  )

const names = (markets: ReadonlyArray<Market>) => markets.map(({ marketId, source }) => `${source} ${marketId}`)

describe("MarketRepo.changedSince", () => {
  it.effect("starts with what is open or held, and goes on in the order of storing", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* MarketRepo
        yield* commit([market({ marketId: "b" }), market({ marketId: "a", status: "closed" })])
        yield* commit([market({ marketId: "b", source: "clob", status: "closed" })], "clob")
        expect(names((yield* repo.changedSince(null, [])).markets)).toEqual(["gamma b"])
        const start = yield* repo.changedSince(null, ["a", "b", "unknown"])
        expect(names(start.markets)).toEqual(["clob b", "gamma a", "gamma b"])
        expect((yield* repo.changedSince(start.cursor, [])).markets).toEqual([])
        yield* commit([market({ marketId: "c", updatedAtUs: 5 }), market({ marketId: "b", updatedAtUs: 4 })])
        const next = yield* repo.changedSince(start.cursor, [])
        expect(names(next.markets)).toEqual(["gamma b", "gamma c"])
        expect((yield* repo.changedSince(next.cursor, [])).markets).toEqual([])
      })
    )
  )

  it.effect("says what a void market pays, and of prices that only look final nothing", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* MarketRepo
        const { cursor } = yield* repo.changedSince(null, [])
        yield* commit([
          market({ marketId: "void", status: "closed", payout: { yes: 1, no: 1 }, resolvedAtUs: noon - 9 }),
          market({ marketId: "looks", status: "closed", yesPrice: 1, noPrice: 0 })
        ])
        expect((yield* repo.changedSince(cursor, [])).resolutions).toEqual([
          { marketId: "void", payout: { yes: 0.5, no: 0.5 }, seenAtUs: noon }
        ])
      })
    )
  )
})

describe("recorded markets", () => {
  it.effect("are one instrument through all snapshots, and another only while the price step is another", () =>
    inStore(
      Effect.gen(function* () {
        const ingest = yield* IngestRepo
        const ticks = [0.01, 0.01, 0.001, 0.001, null, 0.01]
        for (const [index, tickSize] of ticks.entries()) {
          yield* ingest.commitRun({
            run: run(),
            markets: [market({ marketId: "a", tickSize, yesPrice: index / 10 }), market({ marketId: "b" })],
            capturedAtUs: noon + index,
            confirmed: [],
            checkpointUs: null
          })
        }
        const reader = yield* HistoryReader
        const { moments } = yield* reader.openMarkets({ fromUs: noon, toUs: noon + 9 })
        const read = [...moments]
        const of = (at: number) => read.flatMap(({ quotes }) => quotes.slice(at, at + 1))
        const [first, second, third, fourth, fifth, sixth] = of(0).map(({ instrument }) => instrument)
        expect(of(0).map(({ instrument }) => instrument.tickSize)).toEqual([0.01, 0.01, 0.001, 0.001, 0.01, 0.01])
        expect([second, fifth, sixth].every((one) => one === first)).toBe(true)
        expect(fourth).toBe(third)
        expect(third).toEqual({ ...first, tickSize: 0.001 })
        expect(of(0).map(({ quote }) => [quote.atUs, quote.yes])).toEqual(
          ticks.map((_, index) => [noon + index, index * 100_000])
        )
        expect(new Set(of(1).map(({ instrument }) => instrument)).size).toBe(1)
      }).pipe(Effect.scoped)
    )
  )

  it.scoped("are found by indexes, whatever else is stored", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      yield* using(path, Effect.void)
      const plan = (query: string) =>
        withSqlite(path, (db) =>
          db
            .prepare(`EXPLAIN QUERY PLAN ${query.replaceAll("?", "5")}`)
            .all()
            .map((row) => JSON.stringify(row))
            .join()
        )
      expect(plan(windowSnapshots)).toMatch(/SEARCH seen USING INDEX idx_market_snapshots_captured_us/)
      expect(plan(windowSnapshots)).not.toMatch(/SCAN|TEMP B-TREE/)
      expect(plan(newestBefore)).not.toMatch(/SCAN (seen|older)/)
    })
  )

  it.scoped("of an older database kept no status; its resolutions were learnt when prices showed them", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      withSqlite(path, (db) => db.exec(olderOriginal))
      yield* using(path, Effect.void)
      const read = (query: string) => withSqlite(path, (db) => db.prepare(query).raw().all())
      expect(read("SELECT DISTINCT status, accepting_orders, tick_size FROM market_snapshots")).toEqual([
        [null, null, null]
      ])
      withSqlite(path, (db) =>
        db.exec(`
          INSERT INTO market_resolutions (market_id, payout_yes, payout_no, resolved_us, basis) VALUES
            ('unseen', 0, 1, ${at("2025-12-01T00:00:00Z")}, 'venue'), ('live', 0, 1, ${noon}, 'venue');
          INSERT INTO market_snapshots (source, market_id, event_id, yes_price, captured_at, captured_us) VALUES
            ('gamma', 'unseen', 'e1', 0, '-', ${at("2026-01-02T00:00:00Z")});
          DELETE FROM schema_migrations WHERE migration_id >= 8;`)
      )
      yield* using(path, Effect.void)
      expect(read("SELECT market_id, seen_us FROM market_resolutions ORDER BY market_id")).toEqual([
        ["live", noon],
        ["unseen", at("2026-01-02T00:00:00Z")],
        ["won", at("2026-01-03T00:00:00.000001Z")]
      ])
    })
  )
})
