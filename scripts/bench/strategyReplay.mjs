import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import {
  AppConfig,
  defaultConfig,
  Feed,
  noHooks,
  onVirtualTime,
  recordedFeed,
  regenerate,
  storeLayer,
  strategiesLayer
} from "../../dist/index.js"
import { makeHistory } from "./history.mjs"
import { cpuMs } from "./cpu.mjs"

const MARKETS = 2_000
const STEPS = 288
const STEP_MS = 300_000

/** The same rows read with the bare driver, grouped into moments, and the newest of each market kept. */
const readAndGroup = ({ path }) => {
  const db = new Sqlite(path, { readonly: true })
  const query = db
    .prepare(
      `SELECT captured_us, source, market_id, status, accepting_orders, tick_size, yes_price, no_price, best_bid,
         best_ask, mid_price, liquidity, volume FROM market_snapshots ORDER BY captured_us, id`
    )
    .raw()
  const newest = { gamma: new Map(), clob: new Map() }
  let moments = 0
  let atUs = 0
  let moment = []
  for (const row of query.iterate()) {
    if (row[0] !== atUs) {
      moments += moment.length > 0 ? 1 : 0
      atUs = row[0]
      moment = []
    }
    moment.push(row)
    newest[row[1]].set(row[2], row)
  }
  db.close()
  if (moments !== STEPS - 1) throw new Error(`${moments} moments`)
}

/** The recorded feed alone, round by round on virtual time. */
const feedOnce = async ({ fromUs, path, toUs }) => {
  let told = 0
  const program = Effect.gen(function* () {
    const { batches } = yield* Feed
    yield* Stream.runForEach(batches, ({ events }) =>
      Effect.sync(() => {
        told += events.length
      })
    )
  })
  const store = storeLayer(path, { create: false })
  await Effect.runPromise(
    onVirtualTime(fromUs, () =>
      program.pipe(Effect.provide(recordedFeed({ fromUs, toUs, intervalMs: STEP_MS })), Effect.provide(store))
    )
  )
  if (told !== MARKETS * STEPS) throw new Error(`${told} events were told`)
}

/** The whole trading program, asked at every step: strategies, risk, fills, ledger and report. */
export const replayStrategies = ({ fromUs, path, toUs }, strategies = ["s1", "s2", "s4", "s8"]) => {
  const { execution, risk } = defaultConfig
  const asked = regenerate({ intervalMs: STEP_MS, maxSignals: 20, cooldownUs: 3_600_000_000 })
  return Effect.runPromise(
    asked({ fromUs, toUs, strategies, compat: "market", settlement: true, execution, risk }, noHooks).pipe(
      Effect.provide(Layer.merge(strategiesLayer, storeLayer(path, { create: false }))),
      Effect.provideService(AppConfig, defaultConfig)
    )
  )
}

const replayOnce = async (history) => {
  const report = await replayStrategies(history)
  if (report.executed_signals < 100) throw new Error(`${report.executed_signals} signals were executed`)
}

const floorIs = `the rows of ${MARKETS} markets x ${STEPS} steps read with better-sqlite3 and grouped`
const prepare = (name) => (folder) =>
  makeHistory(folder, { name, signals: 0, markets: MARKETS, snapshots: STEPS, whole: true })

export const strategyReplay = [
  {
    name: "strategy replay, s1 s2 s4 s8 (s4 and s8 rest)",
    unit: "ms",
    target: 3,
    floorIs,
    prepare: prepare("strategies"),
    run: (history) => cpuMs(() => replayOnce(history)),
    floor: (history) => cpuMs(() => readAndGroup(history))
  },
  {
    name: "market feed, recorded",
    unit: "ms",
    target: 2,
    floorIs,
    prepare: prepare("feed"),
    run: (history) => cpuMs(() => feedOnce(history)),
    floor: (history) => cpuMs(() => readAndGroup(history))
  }
]
