import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, describe, expect, it } from "vitest"
import { type NewSignal } from "../../src/domain/Signal.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { SignalRepo } from "../../src/ports/SignalRepo.ts"
import { makeUniverse } from "../../src/simulator/universe.ts"
import { scratch } from "../cli/cli.ts"
import { withExchange } from "../simulator/support.ts"
import { market, noon, run, using } from "../store/support.ts"
import { copyDatabase, type Ended, Killer, type Measured, runKilled } from "./killing.ts"
import { problemsOf, query, scalar } from "./support.ts"
import { type PayloadSignal, withOrders } from "../signals.ts"

// Half of the kills fall into ingest and half into trading; two processes run at any time.
const KILLS_PER_LANE = 50
const LANES = [1, 2]
const TIMEOUT = 900_000

const { dir, remove } = scratch()
afterAll(remove)

// The quotes of the template are older than the clock, and get older from kill to kill: how old they are decides nothing here.
const config = join(dir, "kill.yaml")
writeFileSync(
  config,
  `data: {rate_limit_per_sec: 1000}
risk: {max_quote_age_sec: null, max_daily_loss: 1000000000, max_strategy_notional: 1000000000, max_event_notional: 1000000000}
`
)

/** Runs without a kill, and it must go well. */
const finish = async (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): Promise<Ended> => {
  const ended = await runKilled(args, { cwd: dir, env }, null)
  expect([ended.stderr, ended.code]).toStrictEqual(["", 0])
  return ended
}

const measuredOf = (...runs: ReadonlyArray<Ended>): Measured => ({
  ms: Math.max(...runs.map(({ ms }) => ms)),
  events: Math.max(...runs.map(({ marks }) => marks.length))
})

/** Every kind of moment was hit; in a transaction too, which neither clock nor luck alone would give. */
const expectSpread = (killers: ReadonlyArray<Killer>) => {
  const sum = (of: (killer: Killer) => number) => killers.reduce((total, killer) => total + of(killer), 0)
  const kills = sum(({ count }) => count)
  const spread = {
    before: sum(({ before }) => before),
    during: sum(({ during }) => during),
    after: sum(({ after }) => after),
    inTransaction: sum(({ inTransaction }) => inTransaction)
  }
  console.log(`${kills} kills: ${JSON.stringify(spread)}, ${sum(({ missed }) => missed)} too late`)
  expect(kills).toBe(KILLS_PER_LANE * LANES.length)
  expect(spread.before).toBeGreaterThan(10)
  expect(spread.during).toBeGreaterThan(5)
  expect(spread.after).toBeGreaterThanOrEqual(10)
  expect(spread.inTransaction).toBeGreaterThan(10)
}

/** The rules of one run being one transaction, and of the checkpoint; `[]` when they hold. */
const ingestProblems = (path: string) => [
  // A run without its snapshots, or snapshots without their run.
  ...query(
    path,
    `SELECT r.id, r.source, r.rows_ingested, COUNT(s.id) AS snapshots FROM ingestion_runs AS r
     LEFT JOIN market_snapshots AS s ON s.source = r.source AND s.captured_us = r.finished_us
     GROUP BY r.id HAVING COUNT(s.id) <> r.rows_ingested`
  ),
  ...query(
    path,
    `SELECT s.source, s.captured_us FROM market_snapshots AS s
     WHERE NOT EXISTS (SELECT 1 FROM ingestion_runs AS r WHERE r.source = s.source AND r.finished_us = s.captured_us)`
  ),
  ...query(
    path,
    `SELECT source, checkpoint_us FROM ingestion_state AS state WHERE checkpoint_us >
       (SELECT COALESCE(MAX(source_updated_us), 0) FROM markets WHERE markets.source = state.source)`
  ),
  // A state for every source that ran, with the requests of exactly its runs.
  ...query(
    path,
    `SELECT r.source FROM ingestion_runs AS r LEFT JOIN ingestion_state AS s ON s.source = r.source
     GROUP BY r.source HAVING COALESCE(MAX(s.total_requests), 0) <> SUM(r.request_count)`
  ),
  // Being killed is nobody's failure.
  ...query(path, "SELECT source FROM ingestion_breakers WHERE consecutive_failures > 0 OR open_until_ts IS NOT NULL")
]

const tables = (path: string): number =>
  existsSync(path) ? Number(scalar(path, "SELECT COUNT(*) FROM sqlite_master WHERE name = 'ingestion_runs'")) : 0

const runsIn = (path: string): number =>
  tables(path) === 0 ? 0 : Number(scalar(path, "SELECT COUNT(*) FROM ingestion_runs"))

const marketFields =
  "source, market_id, canonical_id, event_id, question, status, yes_price, no_price, best_bid, best_ask, liquidity, " +
  "volume, condition_id, yes_token_id, no_token_id, tick_size, min_order_size, fee_rate, source_updated_us"

describe("ingest, killed at any moment", () => {
  it(
    "leaves whole runs or nothing, and goes on",
    () =>
      withExchange({ backend: makeUniverse({ seed: "kill", markets: 150 }) }, async ({ advance, urls }) => {
        const env = {
          MONOMARKET_GAMMA_URL: urls.gamma,
          MONOMARKET_DATA_URL: urls.data,
          MONOMARKET_CLOB_URL: urls.clob
        }
        const args = (path: string) => [
          ...["ingest", "--source", "all", "--full", "--limit", "100000", "--json"],
          ...["--config", config, "--db", path]
        ]
        const tomorrow = () => Effect.runPromise(advance(300_000_000))
        const measure = () =>
          Promise.all(LANES.map((lane) => finish(args(join(dir, `measure${lane}.db`)), env))).then((runs) =>
            measuredOf(...runs)
          )
        const fresh = await measure()
        const warm = await measure()

        const lane = async (number: number): Promise<Killer> => {
          const killer = new Killer(`ingest ${number}`)
          const check = join(dir, `check${number}.db`)
          let path = ""
          for (let kills = 0; kills < KILLS_PER_LANE;) {
            // A new database every now and then: making and upgrading it is killed as well.
            if (kills % 10 === 0) path = join(dir, `ingest${number}-${kills}.db`)
            await tomorrow()
            const known = runsIn(path)
            const ended = await runKilled(args(path), { cwd: dir, env }, killer.next(known === 0 ? fresh : warm))
            expect(ended.stderr).toBe("")
            copyDatabase(path, check)
            if (!killer.note(ended, runsIn(check) - known, 3)) continue
            kills += 1
            if (tables(check) > 0) {
              expect(await problemsOf(check)).toStrictEqual([])
              expect(ingestProblems(check)).toStrictEqual([])
            }
            if (kills % 10 === 0) await finish(args(path), env)
          }
          return killer
        }
        const killers = await Promise.all(LANES.map(lane))
        expectSpread(killers)

        // What a killed database ends with is what a database that was never killed has.
        const [survivor, calm] = [join(dir, "ingest1-40.db"), join(dir, "calm.db")]
        await finish(args(survivor), env)
        await finish(args(calm), env)
        const markets = (path: string) => query(path, `SELECT ${marketFields} FROM markets ORDER BY 1, 2`)
        expect(markets(calm).length).toBeGreaterThan(200)
        expect(markets(survivor)).toStrictEqual(markets(calm))
        expect(await problemsOf(survivor)).toStrictEqual([])
        expect(ingestProblems(survivor)).toStrictEqual([])
      }),
    TIMEOUT
  )
})

const NEXT = 15
const SIGNALS = 200

/** Every kind of bundle: single, hedged, with a sale, basket; some that find no seller, some too small. */
const wish = (n: number): PayloadSignal => {
  const marketId = `m${n % 30}`
  const base: PayloadSignal = {
    ...{ strategy: "s4", marketId, eventId: `e${n % 7}`, side: "buy", score: 1, confidence: 0.5 },
    ...{ targetPrice: 0.42, sizeHint: 10, rationale: "", payload: {} }
  }
  switch (n % 6) {
    case 1:
      return {
        ...base,
        strategy: "s8",
        payload: { tail_hedge: { market_id: "m3", token: "YES", price: 0.45, qty: 6 } }
      }
    case 2:
      return { ...base, strategy: "s1", payload: { sell_leg: { market_id: "m5", mid: 0.39 } } }
    case 3:
      return { ...base, side: "sell", targetPrice: 0.38 }
    case 4:
      return { ...base, targetPrice: n % 4 === 0 ? 0.3 : 0.45 }
    case 5:
      return { ...base, sizeHint: n % 5 === 0 ? 1 : 12.5 }
    default:
      return base
  }
}

const basket = (event: number): ReadonlyArray<NewSignal> =>
  [1, 2, 3].map((leg) =>
    withOrders({
      ...wish(0),
      ...{
        strategy: "s2",
        eventId: `basket${event}`,
        marketId: `m${leg}`,
        payload: { basket_markets: ["m1", "m2", "m3"] }
      }
    })
  )

const makeTemplate = (path: string): Promise<void> =>
  Effect.runPromise(
    using(
      path,
      Effect.gen(function* () {
        const ingest = yield* IngestRepo
        const signals = yield* SignalRepo
        const markets = Array.from({ length: 30 }, (_, n) => market({ marketId: `m${n}`, eventId: `e${n % 7}` }))
        yield* ingest.commitRun({ run: run(), markets, capturedAtUs: noon, confirmed: [], checkpointUs: null })
        const wishes = Array.from({ length: SIGNALS }, (_, n) =>
          n % 16 === 8 ? basket(n) : [withOrders(wish(n))]
        ).flat()
        yield* signals.insertAll(wishes, noon)
      })
    )
  )

const orderFields = "signal_id, strategy, market_id, token_id, side, action, price, qty, filled_qty, status, message"
const ordersIn = (path: string) =>
  query(path, `SELECT ${orderFields} FROM orders WHERE strategy <> 'manual' ORDER BY id`)
const positionsIn = (path: string) =>
  query(
    path,
    `SELECT strategy, market_id, token_id, event_id, net_qty, cost_micros, realized_pnl FROM positions
     WHERE strategy <> 'manual' ORDER BY 1, 2, 3`
  )
const signalsIn = (path: string) => query(path, "SELECT id, status FROM signals ORDER BY id")
const pendingIn = (path: string): number => Number(scalar(path, "SELECT COUNT(*) FROM signals WHERE status = 'new'"))
const manualIn = (path: string): number => Number(scalar(path, "SELECT COUNT(*) FROM orders WHERE strategy = 'manual'"))

/** What must hold between signals, orders and fills beyond the store's own invariants. */
const tradeProblems = (path: string) => [
  ...query(
    path,
    `SELECT s.id, s.status FROM signals AS s
     WHERE (s.status = 'new') = EXISTS (SELECT 1 FROM orders AS o WHERE o.signal_id = s.id)`
  ),
  ...query(
    path,
    `SELECT o.id FROM orders AS o JOIN signals AS s ON s.id = o.signal_id
     WHERE (o.filled_qty > 0) <> (s.status = 'executed')`
  ),
  ...query(path, "SELECT id FROM orders WHERE strategy = 'manual' AND (status <> 'filled' OR filled_qty <> 10)"),
  ...query(
    path,
    `SELECT signal_id FROM orders WHERE signal_id IS NOT NULL
     GROUP BY signal_id, market_id, token_id, side HAVING COUNT(*) > 1`
  )
]

describe("order execution, killed at any moment", () => {
  const template = join(dir, "template.db")
  const execute = (path: string, count: number) => [
    ...["execute-signal", "--next", String(count), "--json", "--config", config, "--db", path]
  ]
  const place = (path: string) => [
    ...["place-order", "--market", "m7", "--token", "YES", "--side", "buy", "--price", "0.45", "--qty", "10"],
    ...["--tif", "ioc", "--json", "--config", config, "--db", path]
  ]
  const copy = (name: string): string => {
    const path = join(dir, name)
    copyDatabase(template, path)
    return path
  }

  it(
    "executes each signal once or not yet, and goes on",
    async () => {
      await makeTemplate(template)
      // Undisturbed: how long it takes, and what must come out in the end.
      const calm = copy("calm.trade.db")
      await finish(execute(calm, 100_000))
      expect(new Set(signalsIn(calm).map(({ status }) => status))).toStrictEqual(new Set(["executed", "rejected"]))
      const expected = ordersIn(calm)
      const [first, second] = LANES.map((lane) => copy(`measure${lane}.trade.db`))
      const execution = measuredOf(...(await Promise.all([first, second].map((path) => finish(execute(path!, NEXT))))))
      const placing = measuredOf(...(await Promise.all([first, second].map((path) => finish(place(path!))))))

      const complete = async (path: string) => {
        await finish(execute(path, 100_000))
        await finish(place(path))
        expect(ordersIn(path)).toStrictEqual(expected)
        expect(signalsIn(path)).toStrictEqual(signalsIn(calm))
        expect(positionsIn(path)).toStrictEqual(positionsIn(calm))
        expect(await problemsOf(path)).toStrictEqual([])
        expect(tradeProblems(path)).toStrictEqual([])
      }

      const lane = async (number: number): Promise<Killer> => {
        const killer = new Killer(`trade ${number}`)
        let copies = 1
        let path = copy(`trade${number}-1.db`)
        for (let kills = 0; kills < KILLS_PER_LANE;) {
          const byHand = kills % 5 === 4
          if (!byHand && pendingIn(path) < NEXT + 3) {
            await complete(path)
            copies += 1
            path = copy(`trade${number}-${copies}.db`)
          }
          const [pending, manual] = [pendingIn(path), manualIn(path)]
          const ended = byHand
            ? await runKilled(place(path), { cwd: dir }, killer.next(placing))
            : await runKilled(execute(path, NEXT), { cwd: dir }, killer.next(execution))
          expect(ended.stderr).toBe("")
          const placed = manualIn(path) - manual
          expect([0, byHand ? 1 : 0]).toContain(placed)
          if (!killer.note(ended, byHand ? placed : pending - pendingIn(path), byHand ? 1 : NEXT)) continue
          kills += 1
          expect(await problemsOf(path)).toStrictEqual([])
          expect(tradeProblems(path)).toStrictEqual([])
          const orders = ordersIn(path)
          expect(orders).toStrictEqual(expected.slice(0, orders.length))
        }
        await complete(path)
        return killer
      }
      expectSpread(await Promise.all(LANES.map(lane)))
    },
    TIMEOUT
  )
})
