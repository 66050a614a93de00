import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { HistoryReader } from "../../src/ports/HistoryReader.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { HISTORY_PAGE_ROWS } from "../../src/policy/store.ts"
import { readSignals, readSnapshots } from "../../src/store/historyPages.ts"
import { market, noon, run, temporaryFolder, using, withSqlite } from "./support.ts"

type Db = Parameters<Parameters<typeof withSqlite>[1]>[0]

const addSignals = (db: Db, rows: ReadonlyArray<readonly [strategy: string, us: number | null]>) => {
  const insert = db.prepare(`INSERT INTO signals (strategy, market_id, event_id, side, score, confidence, target_price,
    size_hint, rationale, payload_json, created_at, created_us, updated_at)
    VALUES (?, 'm1', 'e1', 'buy', 1, 1, 0.5, 10, '', '{}', '', ?, '')`)
  db.transaction(() => rows.forEach(([strategy, us]) => insert.run(strategy, us)))()
}

const addSnapshots = (
  db: Db,
  rows: ReadonlyArray<readonly [market: string, us: number | null, yes: number | null]>
) => {
  const insert = db.prepare(`INSERT INTO market_snapshots (source, market_id, event_id, yes_price, liquidity,
    captured_at, captured_us) VALUES ('gamma', ?, 'e1', ?, 5, '', ?)`)
  db.transaction(() => rows.forEach(([id, us, yes]) => insert.run(id, yes, us)))()
}

/** Opens a database filled by `fill` and gives what `read` makes of the reader. */
const reading = <A, E>(fill: (db: Db) => void, read: Effect.Effect<A, E, HistoryReader>) =>
  Effect.gen(function* () {
    const path = join(yield* temporaryFolder, "store.db")
    yield* using(path, Effect.void)
    withSqlite(path, fill)
    return yield* using(path, read)
  })

const open = (fromUs: number, toUs: number, strategies: ReadonlyArray<string> | null = null) =>
  Effect.flatMap(HistoryReader, (reader) => reader.open({ fromUs, toUs, strategies }))

/** How SQLite finds the rows of the one query among those that `read` really sends in which `part` stands. */
const planOf = (db: Db, part: string, read: (db: Db) => Iterable<unknown>): string => {
  const sent = new Set<string>()
  const spied = new Proxy(db, {
    get: (target, name) => {
      if (name !== "prepare") return Reflect.get(target, name)
      return (query: string) => {
        sent.add(query)
        return target.prepare(query)
      }
    }
  })
  expect([...read(spied)]).toEqual([])
  const [query, ...others] = [...sent].filter((text) => text.includes(part))
  expect([query === undefined, others]).toEqual([false, []])
  const parameters = (query ?? "")
    .split("?")
    .slice(1)
    .map((rest) => (rest.startsWith("))") ? "[]" : 5))
  const steps = db.prepare(`EXPLAIN QUERY PLAN ${query}`).all(...parameters)
  return steps.map((row) => JSON.stringify(row)).join()
}

describe("HistoryReader", () => {
  it.scoped("gives the signals of a window and its strategies by time, then id", () =>
    Effect.gen(function* () {
      const fill = (db: Db) =>
        addSignals(db, [
          ["s1", 30],
          ["s2", 20],
          ["s1", 20],
          ["s1", 41],
          ["s1", 9],
          ["s3", 25],
          ["s1", 10],
          ["s2", 40],
          ["s1", null]
        ])
      const read = Effect.scoped(
        Effect.gen(function* () {
          const all = yield* open(10, 40)
          const some = yield* open(10, 40, ["s2", "s3", "none"])
          return [all.signalCount, [...all.signals], some.signalCount, [...some.signals].map(({ id }) => id)] as const
        })
      )
      const [count, signals, someCount, some] = yield* reading(fill, read)
      expect(count).toBe(6)
      expect(signals.map(({ id }) => id)).toEqual([7, 2, 3, 6, 1, 8])
      expect(signals[0]).toEqual({
        id: 7,
        timeToLiveSec: null,
        withdrawnAtUs: null,
        strategy: "s1",
        marketId: "m1",
        eventId: "e1",
        side: "buy",
        targetPrice: 0.5,
        sizeHint: 10,
        legs: [{ role: "primary", marketId: "m1", token: "YES", side: "buy", limitPrice: 500_000, qty: 10_000_000 }],
        packageId: null,
        style: "aggressive",
        payloadJson: "{}",
        createdAtUs: 10
      })
      expect([someCount, some]).toEqual([3, [2, 6, 8]])
    })
  )

  it.scoped("starts with the newest snapshot of each market before the window", () =>
    Effect.gen(function* () {
      const fill = (db: Db) =>
        addSnapshots(db, [
          ["b", 5, 0.1],
          ["a", 9, 0.2],
          ["a", 9, 0.3],
          ["b", 12, 0.4],
          ["c", 50, 0.5],
          ["a", 10, 0.6],
          ["d", null, 0.7],
          ["b", 4, 0.8],
          ["a", 20, null]
        ])
      const read = Effect.scoped(
        Effect.map(open(10, 20), ({ coverage, snapshots }) => ({ coverage, snapshots: [...snapshots] }))
      )
      const { coverage, snapshots } = yield* reading(fill, read)
      expect(snapshots.map(({ atUs, marketId, yes }) => [marketId, atUs, yes])).toEqual([
        ["b", 5, 0.1],
        ["a", 9, 0.3],
        ["a", 10, 0.6],
        ["b", 12, 0.4],
        ["a", 20, null]
      ])
      expect(snapshots[0]).toEqual({
        ...{ marketId: "b", atUs: 5, yes: 0.1, no: null, bid: null, ask: null },
        ...{ liquidity: 5, status: "open", acceptingOrders: null, disputed: null, tickSize: null }
      })
      expect(coverage).toEqual({ firstUs: 10, lastUs: 20 })
    })
  )

  it.scoped("orders each moment by market, source and content, whatever order the rows were stored in", () =>
    Effect.gen(function* () {
      type Row = readonly [us: number, market: string, source: string, yes: number]
      const many = Array.from({ length: 40 }, (_, index): Row => [100, `m${index}`, "gamma", 0.5])
      const rows: ReadonlyArray<Row> = [
        ...many,
        ...many.map(([, id], index): Row => [200, id, index % 2 === 0 ? "clob" : "gamma", 0.4]),
        // Few of many; one market from two sources, and twice from one; a market that nobody knew before.
        ...[300, 400].flatMap((us): ReadonlyArray<Row> => [
          [us, "m9", "gamma", 0.3],
          [us, "m10", "gamma", 0.3],
          [us, "m10", "gamma", 0.2],
          [us, "m10", "clob", 0.9],
          [us, `k${us}`, "gamma", 0.1]
        ]),
        ...many.map(([, id]): Row => [500, id, "gamma", 0.2]),
        [500, "m3", "clob", 0.7],
        [500, "a", "gamma", 0.7]
      ]
      const text = ([us, market, source, yes]: Row) => [String(us), market, source, String(yes)].join("\u0000")
      const expected = [...rows].sort((a, b) => (text(a) < text(b) ? -1 : 1))
      const stored = [rows, [...rows].reverse(), [...rows].sort((a, b) => a[3] - b[3]), expected]
      for (const order of stored) {
        const fill = (db: Db) => {
          const insert = db.prepare(`INSERT INTO market_snapshots (source, market_id, event_id, yes_price, liquidity,
            captured_at, captured_us) VALUES (?, ?, 'e1', ?, 5, '', ?)`)
          db.transaction(() => order.forEach(([us, market, source, yes]) => insert.run(source, market, yes, us)))()
        }
        const read = Effect.scoped(Effect.map(open(1, 1_000), ({ snapshots }) => [...snapshots]))
        const found = yield* reading(fill, read)
        expect(found.map(({ atUs, marketId, yes }) => [atUs, marketId, yes])).toEqual(
          expected.map(([us, market, , yes]) => [us, market, yes])
        )
      }
    })
  )

  it.scoped("keeps names apart that hold any character, and words that it does not know", () =>
    Effect.gen(function* () {
      const names = [
        ["s1", "m\u001f1", "e1", "buy"],
        ["s1", "m", "1\u001fe1", "buy"],
        ["s1", "m", "1", "hold"],
        ["s1", "m", "1", "sell"],
        ["s1", "m", "1", "sell"]
      ] as const
      const fill = (db: Db) => {
        const insert = db.prepare(`INSERT INTO signals (strategy, market_id, event_id, side, score, confidence,
          target_price, size_hint, rationale, payload_json, created_at, created_us, updated_at)
          VALUES (?, ?, ?, ?, 1, 1, 0.5, 10, '', '{}', '', 5, '')`)
        for (const row of names) insert.run(...row)
      }
      const found = yield* reading(fill, Effect.scoped(Effect.map(open(1, 9), ({ signals }) => [...signals])))
      expect(found.map(({ eventId, marketId, side, strategy }) => [strategy, marketId, eventId, side])).toEqual(names)
    })
  )

  it.scoped("loses and repeats nothing at the edges of its pages, many rows at one instant included", () =>
    Effect.gen(function* () {
      const rows = 3 * HISTORY_PAGE_ROWS + 17
      const times = Array.from({ length: rows }, (_, index) => 1_000 + Math.floor(index / 777))
      const fill = (db: Db) => {
        addSignals(
          db,
          times.map((us) => ["s1", us] as const)
        )
        addSnapshots(
          db,
          times.map((us) => ["m1", us, 0.5] as const)
        )
      }
      const read = Effect.scoped(
        Effect.map(open(1_000, 2_000), (history) => ({
          ids: [...history.signals].map(({ id }) => id),
          snapshots: [...history.snapshots].length
        }))
      )
      const { ids, snapshots } = yield* reading(fill, read)
      expect(ids).toEqual(times.map((_, index) => index + 1))
      expect(snapshots).toBe(rows)
    })
  )

  it.scoped(
    "gives the resolutions that were learnt up to the end of the window, and the instrument of every market",
    () =>
      Effect.gen(function* () {
        const path = join(yield* temporaryFolder, "store.db")
        const fee = { rate: 0.05, exponent: 2, takerOnly: true, rebateRate: 0.25 }
        const payout = { yes: 0, no: 1 }
        const commit = Effect.flatMap(IngestRepo, (repo) =>
          repo.commitRun({
            run: run(),
            markets: [
              market({ marketId: "b", payout, resolvedAtUs: noon, fee, tickSize: 0.01, minOrderSize: 5 }),
              market({ marketId: "a", payout, resolvedAtUs: noon, eventId: "e2" }),
              market({ marketId: "c", payout, resolvedAtUs: noon + 1 })
            ],
            capturedAtUs: noon,
            confirmed: [],
            checkpointUs: null
          })
        )
        yield* using(path, commit)
        const later = Effect.flatMap(IngestRepo, (repo) =>
          repo.commitRun({
            run: run(),
            markets: [market({ marketId: "d", payout, resolvedAtUs: noon - 1 })],
            capturedAtUs: noon + 1,
            confirmed: [],
            checkpointUs: null
          })
        )
        yield* using(path, later)
        const history = yield* using(path, Effect.scoped(open(noon, noon)))
        expect(history.resolutions).toEqual([
          { marketId: "a", atUs: noon, endedUs: noon, payout },
          { marketId: "b", atUs: noon, endedUs: noon, payout },
          // It says that it resolves a moment later, and was known then.
          { marketId: "c", atUs: noon, endedUs: noon + 1, payout }
        ])
        expect(history.instruments.get("b")).toMatchObject({ eventId: "e1", tickSize: 0.01, minOrderSize: 5, fee })
        expect(history.instruments.get("a")).toMatchObject({
          eventId: "e2",
          tickSize: null,
          minOrderSize: null,
          fee: null
        })
        expect(history.instruments.size).toBe(4)
      })
  )

  it.scoped(
    "says whether a market was open at each snapshot: without a kept status, until its resolution was learnt",
    () =>
      Effect.gen(function* () {
        const fill = (db: Db) => {
          addSnapshots(db, [
            ["old", 10, 0.5],
            ["old", 20, 0.5],
            ["old", 30, 0.5],
            ["kept", 10, 0.5],
            ["kept", 20, 0.5]
          ])
          db.exec(`
          UPDATE market_snapshots SET status = 'open', accepting_orders = captured_us = 10 WHERE market_id = 'kept';
          UPDATE market_snapshots SET status = 'closed' WHERE market_id = 'kept' AND captured_us = 20;
          INSERT INTO market_resolutions (market_id, payout_yes, payout_no, resolved_us, seen_us, basis) VALUES
            ('old', 1, 0, 15, 30, 'venue'), ('kept', 1, 0, 5, 5, 'venue')`)
        }
        const look = Effect.scoped(Effect.map(open(0, 100), ({ snapshots }) => [...snapshots]))
        const found = (yield* reading(fill, look)).map((row) => [
          row.marketId,
          row.atUs,
          row.status,
          row.acceptingOrders
        ])
        expect(found).toEqual([
          ["kept", 10, "open", true],
          ["old", 10, "open", null],
          ["kept", 20, "closed", false],
          ["old", 20, "open", null],
          ["old", 30, "closed", null]
        ])
      })
  )

  it.scoped("does not see what is written after it opened", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      yield* using(path, Effect.void)
      withSqlite(path, (db) => addSnapshots(db, [["m1", 10, 0.5]]))
      const read = Effect.scoped(
        Effect.gen(function* () {
          const history = yield* open(0, 100)
          withSqlite(path, (db) => addSnapshots(db, [["m1", 11, 0.5]]))
          return [...history.snapshots].length
        })
      )
      expect(yield* using(path, read)).toBe(1)
      expect(yield* using(path, Effect.scoped(Effect.map(open(0, 100), (h) => [...h.snapshots].length)))).toBe(2)
    })
  )

  it.scoped("knows the span of the database", () =>
    Effect.gen(function* () {
      const span = Effect.flatMap(HistoryReader, (reader) => reader.span)
      expect(yield* reading(() => undefined, span)).toBe(null)
      const onlySignals = (db: Db) => addSignals(db, [["s1", 7]])
      expect(yield* reading(onlySignals, span)).toEqual({ firstUs: 7, lastUs: 7 })
      const both = (db: Db) => {
        addSignals(db, [["s1", 7]])
        addSnapshots(db, [
          ["m1", 3, 0.5],
          ["m1", 5, 0.5]
        ])
      }
      expect(yield* reading(both, span)).toEqual({ firstUs: 3, lastUs: 7 })
    })
  )

  it.scoped("has an empty window without coverage", () =>
    Effect.gen(function* () {
      const history = yield* reading((db) => addSnapshots(db, [["m1", 500, 0.5]]), Effect.scoped(open(0, 100)))
      expect([history.coverage, history.signalCount]).toEqual([null, 0])
    })
  )

  it.scoped("shows what others wrote between two windows, rules included, and nothing of it within one", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      yield* using(path, Effect.void)
      const write = (tick: number) =>
        withSqlite(path, (db) => {
          db.prepare("DELETE FROM markets").run()
          db.prepare(
            `INSERT INTO markets (source, market_id, canonical_id, event_id, question, status, updated_at, tick_size)
             VALUES ('gamma', 'm1', 'm1', 'e1', 'Q?', 'open', '', ?)`
          ).run(tick)
          addSignals(db, [["s1", 10]])
        })
      const seen = yield* using(
        path,
        Effect.gen(function* () {
          const look = (between: () => void) =>
            Effect.scoped(
              Effect.map(open(0, 100), ({ instruments, signals }) => {
                between()
                return [instruments.get("m1")?.tickSize, [...signals].length]
              })
            )
          write(0.01)
          const first = yield* look(() => write(0.001))
          const second = yield* look(() => undefined)
          const third = yield* look(() => undefined)
          return [first, second, third]
        })
      )
      expect(seen).toEqual([
        [0.01, 1],
        [0.001, 2],
        [0.001, 2]
      ])
    })
  )

  it.scoped("finds the rows of a window by an index, whatever else is stored", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      yield* using(path, Effect.void)
      const window = { fromUs: 1, toUs: 9, strategies: ["s1"] }
      const [snapshots, signals, all] = withSqlite(path, (db) => [
        planOf(db, "market_snapshots AS seen WHERE (seen.captured_us", (spied) => readSnapshots(spied, window)),
        planOf(db, "signals WHERE (created_us", (spied) => readSignals(spied, window)),
        planOf(db, "signals WHERE (created_us", (spied) => readSignals(spied, { ...window, strategies: null }))
      ])
      for (const text of [snapshots, signals, all]) {
        expect(text).toMatch(/USING INDEX idx_\w+_us /)
        expect(text).not.toMatch(/SCAN (market_snapshots|seen|signals)|TEMP B-TREE/)
      }
    })
  )
})
