import { join, relative } from "node:path"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { type BacktestReport } from "../backtest/BacktestReport.ts"
import { cycleSummary } from "../backtest/cycleSummary.ts"
import { exportBacktest } from "../backtest/exportBacktest.ts"
import { writeText } from "../backtest/files.ts"
import { type BacktestOptions } from "../backtest/options.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { type StrategyId } from "../domain/ids.ts"
import { type EpochMicros, formatTime, MICROS_PER_HOUR } from "../domain/time.ts"
import { generateSignals } from "../engine/commands/generateSignals.ts"
import { nowUs } from "../engine/now.ts"
import { byDefault, requireKnown } from "../engine/selectStrategies.ts"
import { Ingestor } from "../ports/Ingestor.ts"
import { StrategyRegistry } from "../ports/StrategyRegistry.ts"
import { pointLink, publishFolder } from "./folders.ts"
import { stamp } from "./stamp.ts"

/** `cycle`: the signals of this cycle alone. `lookback`: every stored signal of the last hours. */
export type CycleWindow = "cycle" | "lookback"

export interface CycleOptions {
  readonly lookbackHours: number
  /** Open markets that the strategies look at. */
  readonly marketLimit: number
  /** Markets to collect from Gamma. */
  readonly ingestLimit: number
  /** null: all. */
  readonly strategies: ReadonlyArray<StrategyId> | null
  /** Where runs/, latest-run.json and the link `latest` are. */
  readonly outputDir: string
  readonly window: CycleWindow
}

export interface CycleReport {
  readonly runDir: string
  readonly artifact: string
  readonly fromUs: EpochMicros
  readonly toUs: EpochMicros
  readonly rowsIngested: number
  readonly ingestStatus: "ok" | "partial" | "error"
  readonly signalsGenerated: number
  /** Open markets that the strategies did not see, because what is known of them is too old. */
  readonly staleCount: number
  readonly checksum: string | null
  readonly report: BacktestReport
  /** What the backtest was asked for: a rolling one may ask the same. */
  readonly options: BacktestOptions
}

/** Nothing came in, so there is nothing new to look at. */
export class NothingCollected extends Data.TaggedError("NothingCollected")<{ readonly message: string }> {}

const ingestGamma = (limit: number) =>
  Effect.gen(function* () {
    const ingestor = yield* Ingestor
    const { sources, status } = yield* ingestor.run({ sources: ["gamma"], limit, incremental: true })
    const said = sources.map(({ error }) => error).find((error) => error !== "") ?? "nothing was stored"
    if (status === "error") {
      return yield* new NothingCollected({ message: `ingest of gamma failed, no run was written: ${said}` })
    }
    return { status, rowsIngested: sources.reduce((sum, source) => sum + source.rowsIngested, 0) }
  })

/** Now, but later than `fromUs`: a window needs a length, and a fast cycle may begin and end in one millisecond. */
const laterThan = (fromUs: EpochMicros) =>
  Effect.gen(function* () {
    while ((yield* nowUs) <= fromUs) yield* Effect.sleep(1)
    return yield* nowUs
  })

/** Artifacts of one run, in a folder that appears when all of them are there. */
const writeRun = (
  outputDir: string,
  options: BacktestOptions,
  facts: Omit<Parameters<typeof cycleSummary>[1], "checksum">
) =>
  publishFolder(join(outputDir, "runs"), stamp(options.toUs), (folder) =>
    Effect.gen(function* () {
      const exported = yield* exportBacktest(
        options,
        {
          json: join(folder, "latest.json"),
          replay: join(folder, "replay.csv"),
          strategy: join(folder, "strategy.csv"),
          event: join(folder, "event.csv"),
          checksum: true,
          sidecar: true
        },
        { lastRows: 0, onProgress: null }
      )
      const { checksum, report } = exported
      yield* writeText(join(folder, "summary.md"), cycleSummary(report, { ...facts, checksum }))
      return { checksum, report }
    })
  )

/** The newest run, for readers that do not want to list folders. Both pointers change in one step each. */
const pointToRun = (outputDir: string, runDir: string, { fromUs, toUs }: BacktestOptions) =>
  Effect.gen(function* () {
    const pointer = {
      updated_at: formatTime(yield* nowUs),
      run_dir: runDir,
      from_ts: formatTime(fromUs),
      to_ts: formatTime(toUs),
      artifact: join(runDir, "latest.json")
    }
    yield* writeText(join(outputDir, "latest-run.json"), `${JSON.stringify(pointer, null, 2)}\n`)
    yield* pointLink(join(outputDir, "latest"), relative(outputDir, runDir))
  })

/** Collects from Gamma, finds signals, replays them, and leaves the artifacts of the run behind. */
export const runCycle = Effect.fn("app.cycle")(function* (options: CycleOptions) {
  const config = yield* AppConfig
  const registry = yield* StrategyRegistry
  const strategies = yield* requireKnown(
    options.strategies ?? byDefault(registry).map(({ id }) => id),
    registry.map(({ id }) => id),
    "--strategies"
  )
  const ingest = yield* ingestGamma(options.ingestLimit)
  const signalsUs = yield* nowUs
  const generated = yield* generateSignals({ strategies, marketLimit: options.marketLimit, staleRows: "left out" })
  const toUs = yield* laterThan(signalsUs)
  const lookbackUs = toUs - Math.round(options.lookbackHours * MICROS_PER_HOUR)
  const backtest: BacktestOptions = {
    fromUs: options.window === "lookback" ? lookbackUs : Math.max(lookbackUs, signalsUs),
    toUs,
    strategies,
    compat: "market",
    settlement: true,
    execution: config.execution,
    risk: config.risk
  }
  const facts = {
    rowsIngested: ingest.rowsIngested,
    ingestStatus: ingest.status,
    signalsGenerated: generated.signals.length,
    marketCount: generated.marketCount,
    staleCount: generated.staleCount
  }
  const { path: runDir, value } = yield* writeRun(options.outputDir, backtest, facts)
  yield* pointToRun(options.outputDir, runDir, backtest)
  const cycle: CycleReport = {
    ...value,
    ...facts,
    runDir,
    artifact: join(runDir, "latest.json"),
    fromUs: backtest.fromUs,
    toUs,
    options: backtest
  }
  return cycle
})
