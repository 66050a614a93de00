import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type BacktestReport } from "../backtest/BacktestReport.ts"
import { exportBacktest } from "../backtest/exportBacktest.ts"
import { AppConfig, type AppConfigShape } from "../config/AppConfig.ts"
import { ConfigSources } from "../config/ConfigSources.ts"
import { FileError } from "../domain/errors.ts"
import { sourceIds } from "../domain/ids.ts"
import { type EpochMicros, MICROS_PER_SECOND } from "../domain/time.ts"
import { executeSignal } from "../engine/commands/executeSignal.ts"
import { generateSignals } from "../engine/commands/generateSignals.ts"
import { settleUp } from "../engine/commands/settleUp.ts"
import { type PnlReport, pnlReport } from "../engine/commands/pnlReport.ts"
import * as IngestorLayer from "../ingest/Ingestor.ts"
import * as IngestSourcesLayer from "../ingest/IngestSources.ts"
import { makeFolders } from "../policy/makeFolders.ts"
import { Ingestor } from "../ports/Ingestor.ts"
import { TradeRepo } from "../ports/TradeRepo.ts"
import { type Exchange, startExchange } from "../simulator/server.ts"
import { makeUniverse } from "../simulator/universe.ts"
import { storeLayer } from "../store/layer.ts"
import { strategiesLayer } from "./layers.ts"
import { steppedClock } from "./steppedClock.ts"
import { orderRoute } from "./trading.ts"

export interface DemoOptions {
  readonly seed: number
  /** Markets of the generated universe. */
  readonly markets: number
  /** How often the market moves, is collected and traded. */
  readonly steps: number
  /** Market time between two steps. */
  readonly stepSeconds: number
  /** Signals executed on paper at each step, at most. */
  readonly signalsPerStep: number
  /** Where the database and the artifacts go; what an earlier demo left there is replaced. */
  readonly folder: string
}

/** What the demo did, ready to be printed. */
export interface DemoReport {
  readonly fromUs: EpochMicros
  readonly toUs: EpochMicros
  readonly rowsIngested: number
  readonly requests: number
  readonly refused: number
  readonly signals: number
  /** At once, or later while they rested. */
  readonly ordersFilled: number
  readonly bundlesExecuted: number
  readonly bundlesRejected: number
  readonly pnl: PnlReport
  readonly backtest: BacktestReport
  readonly checksum: string | null
  readonly database: string
  readonly files: ReadonlyArray<string>
}

/** The loopback exchange has no rate limit to respect, and nothing here may depend on a user's configuration. */
const demoConfig = (base: AppConfigShape, exchange: Exchange, database: string): AppConfigShape => ({
  ...base,
  app: { ...base.app, db_path: database },
  trading: { mode: "paper", enable_live_trading: false, require_manual_confirm: true, kill_switch: false },
  data: {
    ...base.data,
    gamma_base_url: exchange.urls.gamma,
    data_base_url: exchange.urls.data,
    clob_base_url: exchange.urls.clob,
    rate_limit_per_sec: 10_000
  }
})

const databaseFiles = ["demo.db", "demo.db-wal", "demo.db-shm"]

const prepareFolder = (folder: string): Effect.Effect<string, FileError> =>
  Effect.try({
    try: () => {
      makeFolders(folder)
      for (const name of databaseFiles) if (existsSync(join(folder, name))) rmSync(join(folder, name))
      return join(folder, "demo.db")
    },
    catch: (cause) =>
      new FileError({
        path: folder,
        operation: "prepare",
        detail: cause instanceof Error ? cause.message : String(cause)
      })
  })

const demoLayer = (config: AppConfigShape, database: string) => {
  const store = storeLayer(database, { create: true })
  const settings = Layer.mergeAll(
    Layer.succeed(AppConfig, config),
    Layer.succeed(ConfigSources, { file: null, setKeys: new Set<string>(), environmentSwitches: new Map() })
  )
  const ingest = IngestorLayer.layer.pipe(Layer.provide(IngestSourcesLayer.layer), Layer.provide(FetchHttpClient.layer))
  return Layer.mergeAll(ingest, orderRoute, strategiesLayer).pipe(
    Layer.provideMerge(store),
    Layer.provideMerge(settings)
  )
}

interface Counts {
  rowsIngested: number
  requests: number
  refused: number
  signals: number
  bundlesExecuted: number
  bundlesRejected: number
}

/** Collect, look, trade: what a user does, in the same order and through the same operations. */
const step = Effect.fnUntraced(function* (options: DemoOptions, counts: Counts) {
  const ingestor = yield* Ingestor
  const ingested = yield* ingestor.run({ sources: sourceIds, limit: options.markets * 2, incremental: true })
  for (const source of ingested.sources) {
    counts.rowsIngested += source.rowsIngested
    counts.requests += source.requestCount
    for (const count of source.refused.values()) counts.refused += count
  }
  yield* settleUp
  const generated = yield* generateSignals({
    strategies: null,
    marketLimit: options.markets * 3,
    staleRows: "left out"
  })
  counts.signals += generated.signals.length
  const executed = yield* executeSignal({
    pick: { _tag: "next", count: options.signalsPerStep },
    mode: "paper",
    confirmed: false
  })
  for (const { status } of executed.executions) {
    if (status === "executed") counts.bundlesExecuted += 1
    else if (status === "rejected") counts.bundlesRejected += 1
  }
})

/**
 * The main job against the simulated exchange, on market time: collect, find signals and trade on paper for some steps,
 * then replay the collected window and write its artifacts. The same seed gives the same numbers.
 */
export const runDemo = Effect.fn("app.demo")(function* (
  options: DemoOptions,
  onStep: (done: number, what: string) => void
) {
  const base = yield* AppConfig
  const live = yield* Effect.clock
  const database = yield* prepareFolder(options.folder)
  const exchange = yield* startExchange({ backend: makeUniverse({ seed: options.seed, markets: options.markets }) })
  const startUs = yield* exchange.nowUs
  const stepUs = options.stepSeconds * MICROS_PER_SECOND
  let marketUs = startUs
  const counts: Counts = {
    rowsIngested: 0,
    requests: 0,
    refused: 0,
    signals: 0,
    bundlesExecuted: 0,
    bundlesRejected: 0
  }
  const config = demoConfig(base, exchange, database)
  const job = Effect.gen(function* () {
    for (let done = 0; done < options.steps; done += 1) {
      if (done > 0) marketUs = yield* exchange.advance(stepUs)
      onStep(done, "collect, find signals, trade on paper")
      yield* step(options, counts)
    }
    onStep(options.steps, "replay")
    const pnl = yield* pnlReport
    const filled = (yield* (yield* TradeRepo).countsByStatus).get("filled") ?? 0
    const exported = yield* exportBacktest(
      {
        fromUs: startUs,
        toUs: marketUs,
        strategies: ["s1", "s2", "s4", "s8"],
        compat: "market",
        settlement: true,
        execution: config.execution,
        risk: config.risk
      },
      {
        json: join(options.folder, "backtest.json"),
        replay: join(options.folder, "replay.csv"),
        strategy: join(options.folder, "strategy.csv"),
        event: join(options.folder, "event.csv"),
        checksum: true,
        sidecar: true
      },
      { lastRows: 0, onProgress: null }
    )
    return { pnl, exported, filled }
  })
  const { exported, filled, pnl } = yield* job.pipe(
    Effect.provide(demoLayer(config, database)),
    Effect.withClock(steppedClock(live, () => marketUs))
  )
  const report: DemoReport = {
    ...counts,
    ordersFilled: filled,
    fromUs: startUs,
    toUs: marketUs,
    pnl,
    backtest: exported.report,
    checksum: exported.checksum,
    database,
    files: exported.files
  }
  return report
}, Effect.scoped)
