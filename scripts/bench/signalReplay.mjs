import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { defaultConfig, LedgerTable, printedLimits, runBacktest, storeLayer } from "../../dist/index.js"
import { makeHistory } from "./history.mjs"
import { cpuMs } from "./cpu.mjs"

const optionsOf = ({ fromUs, toUs }, compat) => ({
  fromUs,
  toUs,
  strategies: ["s1", "s2", "s4", "s8"],
  compat,
  settlement: true,
  execution: {
    ...defaultConfig.execution,
    enable_partial_fill: true,
    enable_fill_probability: true,
    enable_dynamic_slippage: true
  },
  risk: {
    ...defaultConfig.risk,
    max_daily_loss: 1e18,
    max_strategy_notional: 1e18,
    max_event_notional: 1e18,
    circuit_breaker_rejections: 1_000_000_000
  }
})

export const replayOnce = async (history, compat) => {
  const options = optionsOf(history, compat)
  const ledger = new LedgerTable(printedLimits(options))
  await Effect.runPromise(
    runBacktest(options, { ledger, onProgress: null }).pipe(Effect.provide(storeLayer(history.path, { create: false })))
  )
  return ledger.length
}

/** The same rows read with the bare driver, payloads parsed. */
const readRows = ({ path }) => {
  const db = new Sqlite(path, { readonly: true })
  let seen = 0
  const snapshots = db
    .prepare(
      "SELECT market_id, captured_us, yes_price, no_price, best_bid, best_ask, liquidity FROM market_snapshots ORDER BY captured_us, id"
    )
    .raw()
  for (const row of snapshots.iterate()) if (row[2] !== null) seen += 1
  const signals = db
    .prepare(
      "SELECT id, strategy, market_id, event_id, side, target_price, size_hint, payload_json, created_us FROM signals ORDER BY created_us, id"
    )
    .raw()
  for (const row of signals.iterate()) if (JSON.parse(row[7]) !== null) seen += 1
  db.close()
  return seen
}

const floorIs = "the same rows read with better-sqlite3, payloads JSON.parsed"
const size = { signals: 100_000, markets: 300, snapshots: 288 }

const replayCase = (compat) => ({
  name: compat === "market" ? "signal replay, 100,000 signals" : "signal replay, --compat original",
  unit: "ms",
  target: 2,
  floorIs,
  prepare: (folder) => makeHistory(folder, { name: `replay-${compat}`, ...size }),
  run: (history) => cpuMs(() => replayOnce(history, compat)),
  floor: (history) => cpuMs(() => readRows(history))
})

export const signalReplay = [replayCase("market"), replayCase("original")]

export const linear = {
  name: "signal replay, 10x the signals",
  unit: "ms",
  target: 11,
  runs: 3,
  floorIs: "10,000 signals over the same markets",
  prepare: async (folder) => ({
    small: await makeHistory(folder, { ...size, name: "linear-small", signals: 10_000, snapshots: 29 }),
    large: await makeHistory(folder, { ...size, name: "linear-large", signals: 100_000, snapshots: 290 })
  }),
  run: ({ large }) => cpuMs(() => replayOnce(large, "market")),
  floor: ({ small }) => cpuMs(() => replayOnce(small, "market"))
}
