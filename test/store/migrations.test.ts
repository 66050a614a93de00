import { chmodSync, copyFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { toMicros } from "../../src/domain/units.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { SignalRepo } from "../../src/ports/SignalRepo.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { checkInvariants } from "../../src/store/invariants.ts"
import { makeOriginal, writeOriginal } from "../original/database.ts"
import { describeShared } from "../shared.ts"
import { at, olderOriginal, temporaryFolder, using, withSqlite } from "./support.ts"
import { orderMessage } from "../../src/domain/Order.ts"

type Content = ReadonlyMap<string, { readonly columns: ReadonlyArray<string>; readonly rows: ReadonlyArray<unknown> }>

/** Every row of every table, with the columns that `like` had (all, the first time). */
const contentOf = (path: string, like?: Content): Content =>
  withSqlite(path, (db) => {
    const tables =
      like === undefined
        ? db
            .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
            .pluck()
            .all()
            .map(String)
        : [...like.keys()]
    return new Map(
      tables.map((table) => {
        const all = db.prepare("SELECT name FROM pragma_table_info(?)").pluck().all(table).map(String)
        const columns = like?.get(table)?.columns ?? all
        const rows = db
          .prepare(`SELECT rowid, ${columns.join(", ")} FROM ${table} ORDER BY rowid`)
          .raw()
          .all()
        return [table, { columns, rows }]
      })
    )
  })

const dump = (path: string) =>
  withSqlite(path, (db) => {
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").pluck().all()
    return tables.map((table) => [
      table,
      db
        .prepare(`SELECT * FROM ${String(table)}`)
        .raw()
        .all()
    ])
  })

/** Opens a database that `write` makes, twice, and expects everything that was in it. */
const keepsEverything = (write: (path: string) => void) =>
  Effect.gen(function* () {
    const path = join(yield* temporaryFolder, "store.db")
    write(path)
    const before = contentOf(path)
    expect(yield* using(path, checkInvariants)).toEqual([])
    expect(contentOf(path, before)).toEqual(before)
    const first = dump(path)
    yield* using(path, Effect.void)
    expect(dump(path)).toEqual(first)
  })

it.scoped("a database as the original makes it keeps every row and value through two openings", () =>
  keepsEverything((path) => writeOriginal(path, makeOriginal(3)))
)

describeShared("golden", "a database of the original", (golden) => {
  it.scoped.each(readdirSync(golden).filter((name) => name.endsWith(".db")))(
    "%s keeps every row and value through two openings",
    (name) =>
      keepsEverything((path) => {
        copyFileSync(join(golden, name), path)
        chmodSync(path, 0o644)
      })
  )

  it.scoped("resolves the market that ends inside the recording, and only with a snapshot to show for it", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      copyFileSync(join(golden, "events-2026-01.db"), path)
      chmodSync(path, 0o644)
      yield* using(path, Effect.void)
      withSqlite(path, (db) => {
        const resolutions = db.prepare<[], { market_id: string; resolved_us: number; payout_yes: number }>(
          "SELECT * FROM market_resolutions"
        )
        const found = resolutions.all()
        expect(found.length).toBeGreaterThan(0)
        for (const row of found) {
          const odd = db.prepare(
            "SELECT COUNT(*) FROM market_snapshots WHERE market_id = ? AND captured_us >= ? AND yes_price <> ?"
          )
          expect(odd.pluck().get(row.market_id, row.resolved_us, row.payout_yes)).toBe(0)
        }
      })
    })
  )
})

const upgraded = Effect.gen(function* () {
  const path = join(yield* temporaryFolder, "store.db")
  withSqlite(path, (db) => db.exec(olderOriginal))
  const before = contentOf(path)
  yield* using(path, Effect.void)
  return { path, before }
})

const read = (path: string, query: string) => withSqlite(path, (db) => db.prepare(query).raw().all())

describe("an older database of the original", () => {
  it.scoped("keeps every row and value, and opens again without a change", () =>
    Effect.gen(function* () {
      const { before, path } = yield* upgraded
      expect(contentOf(path, before)).toEqual(before)
      const first = dump(path)
      yield* using(path, Effect.void)
      expect(dump(path)).toEqual(first)
    })
  )

  it.scoped("gets the columns it lacks", () =>
    Effect.gen(function* () {
      const { path } = yield* upgraded
      expect(
        read(path, "SELECT request_count, failure_count, retry_count, error_buckets_json FROM ingestion_runs")
      ).toEqual([[0, 0, 0, "{}"]])
      expect(read(path, "SELECT DISTINCT external_fill_id, raw_report_json FROM fills")).toEqual([[null, ""]])
    })
  )

  it.scoped("gets integer times, and keeps rows whose time cannot be read", () =>
    Effect.gen(function* () {
      const { path } = yield* upgraded
      expect(read(path, "SELECT captured_us FROM market_snapshots WHERE market_id = 'won' ORDER BY id")).toEqual([
        [at("2026-01-01T00:00:00Z")],
        [at("2026-01-02T00:00:00.25Z")],
        [at("2026-01-03T00:00:00.000001Z")],
        [at("2026-01-04T00:00:00Z")],
        [null]
      ])
      expect(read(path, "SELECT created_us FROM signals ORDER BY id")).toEqual([
        [at("2026-01-01T00:00:00.000001Z")],
        [null]
      ])
      const signals = yield* using(
        path,
        Effect.flatMap(SignalRepo, (repo) => repo.list({ limit: 10, status: "all", strategy: null }))
      )
      expect(signals.map((signal) => signal.createdAtUs)).toEqual([0, at("2026-01-01T00:00:00.000001Z")])
      expect(signals.map((signal) => signal.payload)).toEqual([{ a: 1 }, { unparsed: '{"a": NaN}' }])
    })
  )

  it.scoped("has its payloads decoded once, where they say more than the columns", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      const insert = `INSERT INTO signals (strategy, market_id, event_id, side, score, confidence, target_price, size_hint,
        rationale, payload_json, created_at, updated_at) VALUES ('s', 'm', 'e1', 'buy', 1, 0.5, 0.4, 10, '', ?, ?, '')`
      const payloads = [
        '{"tier": "A"}',
        '{"primary_leg": {"token": "NO", "price": 0.93, "qty": 5}, "tail_hedge": {"market_id": "t", "price": 0.02, "qty": 7}}',
        '{"sell_leg": {"market_id": "dear", "mid": 0.5}}',
        '{"basket_markets": ["m", "n"]}',
        '{"primary_leg": {"token": "NO", "price": NaN}}',
        '{"legs": [{"market_id": "x", "token": "NO", "side": "buy", "price": 0.3, "qty": 2}]}',
        '{"basket_markets": "m"}'
      ]
      const time = "2026-01-01T00:00:00+00:00"
      withSqlite(path, (db) => {
        db.exec(olderOriginal)
        db.exec("DELETE FROM signals")
        for (const payload of payloads) db.prepare(insert).run(payload, time)
        db.prepare(insert).run('{"basket_markets": []}', "yesterday")
      })
      yield* using(path, Effect.void)
      expect(read(path, "SELECT legs_json, package_id, style FROM signals ORDER BY id")).toEqual([
        [null, null, "aggressive"],
        [
          '[["primary","m","NO","buy",930000,5000000],["hedge","t","YES","buy",20000,7000000]]',
          ...[null, "aggressive"]
        ],
        [
          '[["primary","m","YES","buy",400000,10000000],["sell_leg","dear","YES","sell",495000,10000000]]',
          ...[null, "aggressive"]
        ],
        [null, `s:e1:${at("2026-01-01T00:00:00Z")}`, "aggressive"],
        [null, null, "aggressive"],
        ['[["leg","x","NO","buy",300000,2000000]]', null, "aggressive"],
        [null, null, "aggressive"],
        [null, "s:e1:0", "aggressive"]
      ])
      expect(read(path, "SELECT payload_json FROM signals ORDER BY id LIMIT 7").flat()).toEqual(payloads)
      // The original goes on writing: what it adds is decoded at the next opening.
      withSqlite(path, (db) => db.prepare(insert).run(payloads[3], "2026-01-02T00:00:00+00:00"))
      yield* using(path, Effect.void)
      expect(read(path, "SELECT package_id, style FROM signals WHERE id = (SELECT MAX(id) FROM signals)")).toEqual([
        [`s:e1:${at("2026-01-02T00:00:00Z")}`, "aggressive"]
      ])
    })
  )

  it.scoped("resolves a closed market at the first snapshot from which on its prices are final", () =>
    Effect.gen(function* () {
      const { path } = yield* upgraded
      expect(read(path, "SELECT market_id, payout_yes, payout_no, resolved_us, basis FROM market_resolutions")).toEqual(
        [["won", 1, 0, at("2026-01-03T00:00:00.000001Z"), "price"]]
      )
    })
  )

  it.scoped("folds realized changes and filled quantities out of the fills", () =>
    Effect.gen(function* () {
      const { path } = yield* upgraded
      expect(read(path, "SELECT realized_change FROM fills ORDER BY id")).toEqual([[0], [0.8]])
      expect(read(path, "SELECT filled_qty FROM orders ORDER BY id")).toEqual([[10], [4], [0], [0], [0]])
      const found = yield* using(
        path,
        Effect.gen(function* () {
          const trades = yield* TradeRepo
          return {
            position: yield* trades.position("s1", "won", "YES"),
            decisions: yield* trades.decisionsSince(0),
            counts: yield* trades.countsByStatus,
            rejected: yield* trades.orders({ limit: 10, status: "rejected", strategy: null })
          }
        })
      )
      expect(Option.getOrThrow(found.position)).toMatchObject({ qty: 6e6, cost: 2.4e6, realized: 0.8e6 })
      expect(found.decisions.map(({ rejected }) => rejected)).toEqual([false, false, true, false])
      expect([...found.counts].sort()).toEqual([
        ["filled", 2],
        ["rejected", 3]
      ])
      expect(found.rejected[0] && orderMessage(found.rejected[0])).toBe('status "frozen"')
    })
  )

  it.scoped("takes no checkpoint from the future", () =>
    Effect.gen(function* () {
      const { path } = yield* upgraded
      const checkpoints = yield* using(
        path,
        Effect.flatMap(IngestRepo, (repo) => Effect.all([repo.checkpoint("gamma"), repo.checkpoint("clob")]))
      )
      expect(checkpoints).toEqual([at("2026-01-01T00:00:01.5Z"), at("2025-12-31T00:00:00Z")])
    })
  )

  it.scoped("takes in what the original writes after the upgrade", () =>
    Effect.gen(function* () {
      const { path } = yield* upgraded
      withSqlite(path, (db) =>
        db.exec(`
          INSERT INTO market_snapshots (source, market_id, event_id, captured_at)
            VALUES ('gamma', 'won', 'e1', '2026-01-05T00:00:00+00:00');
          INSERT INTO fills (order_id, strategy, market_id, event_id, token_id, side, price, qty, created_at)
            VALUES (2, 's1', 'won', 'e1', 'YES', 'sell', 0.5, 6, '2026-01-05T00:00:00+00:00');
          UPDATE positions SET net_qty = 0, avg_price = 0, realized_pnl = 1.4;
        `)
      )
      const history = yield* using(
        path,
        Effect.flatMap(TradeRepo, (trades) => trades.fillHistory)
      )
      expect(history.map(({ realizedChange }) => realizedChange)).toEqual([0, toMicros(0.8), toMicros(0.6)])
      expect(read(path, "SELECT MAX(captured_us) FROM market_snapshots")).toEqual([[at("2026-01-05T00:00:00Z")]])
    })
  )
})
