import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type BacktestReport } from "../backtest/BacktestReport.ts"
import { exportBacktest } from "../backtest/exportBacktest.ts"
import { type LedgerRow } from "../backtest/LedgerRow.ts"
import { type Arithmetics } from "../backtest/options.ts"
import { type Verified, verifyFile } from "../backtest/verify.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { InputError } from "../domain/errors.ts"
import { type SourceId, sourceIds, type StrategyId } from "../domain/ids.ts"
import { type EpochMicros, MICROS_PER_MS, parseTime } from "../domain/time.ts"
import { generateSignals as generate, type GenerateSignalsReport } from "../engine/commands/generateSignals.ts"
import { HistoryReader } from "../ports/HistoryReader.ts"
import { Ingestor, type IngestReport } from "../ports/Ingestor.ts"
import { type Strategy, StrategyRegistry } from "../ports/StrategyRegistry.ts"
import { ingestLayer } from "./ingest.ts"
import { runPromise, runWith, type Settings } from "./promiseRun.ts"
import { createdStore, existingStore } from "./store.ts"
import { failOnStrategyError, strategiesLayer } from "./strategies.ts"
import { loadStrategyModules } from "./strategyModules.ts"

/** Makes the database when it is missing, and brings an old one up to date. */
export const initDatabase = (settings: Settings): Promise<void> =>
  runWith(settings, Effect.void.pipe(Effect.provide(createdStore)))

export interface IngestOptions extends Settings {
  /** Default: all. */
  readonly sources?: ReadonlyArray<SourceId>
  /** Markets per source; default 500. */
  readonly limit?: number
  /** Skip what was seen before; default yes. */
  readonly incremental?: boolean
}

/** Collects markets into the database, which is made when it is missing. */
export const ingest = (options: IngestOptions): Promise<IngestReport> => {
  const { incremental = true, limit = 500, sources = sourceIds } = options
  const collect = Effect.gen(function* () {
    if (!Number.isInteger(limit) || limit < 1) {
      return yield* new InputError({ field: "limit", problem: "must be a whole number of at least 1" })
    }
    const unknownId = sources.find((source) => !sourceIds.includes(source))
    if (unknownId !== undefined || sources.length === 0) {
      return yield* new InputError({ field: "sources", problem: `must be some of ${sourceIds.join(", ")}` })
    }
    const ingestor = yield* Ingestor
    return yield* ingestor.run({ sources, limit, incremental })
  })
  return runWith(options, collect.pipe(Effect.provide(ingestLayer)))
}

export interface GenerateOptions extends Settings {
  /** Strategies of your own, and ids of configured ones; default: every configured one that is on. */
  readonly strategies?: ReadonlyArray<Strategy | StrategyId>
  /** Open markets to look at, those seen last first; default 2,000. */
  readonly marketLimit?: number
}

/** Asks strategies for signals over the open markets of the database, and stores all of them or none. */
export const generateSignals = (options: GenerateOptions): Promise<GenerateSignalsReport> => {
  const { marketLimit = 2_000, strategies } = options
  const own = (strategies ?? []).filter((strategy) => typeof strategy !== "string")
  const ids = strategies?.map((strategy) => (typeof strategy === "string" ? strategy : strategy.id)) ?? null
  const program = Effect.gen(function* () {
    const known = (yield* StrategyRegistry).filter(({ id }) => !own.some((strategy) => strategy.id === id))
    return yield* generate({ strategies: ids, marketLimit }).pipe(
      Effect.provideService(StrategyRegistry, [...known, ...own])
    )
  })
  return runWith(
    options,
    failOnStrategyError(program).pipe(Effect.provide(Layer.merge(existingStore, strategiesLayer)))
  )
}

/** ISO 8601 (UTC without an offset), or a Date. */
export type Instant = string | Date

const instant = (field: string, value: Instant): Effect.Effect<EpochMicros, InputError> => {
  const us = typeof value === "string" ? parseTime(value) : value.getTime() * MICROS_PER_MS
  return us === undefined || !Number.isFinite(us)
    ? Effect.fail(
        new InputError({ field, problem: `must be a time such as 2026-02-20T12:00:00Z, not "${String(value)}"` })
      )
    : Effect.succeed(us)
}

export interface RunBacktestOptions extends Settings {
  /** Default: the first signal or snapshot of the database. */
  readonly from?: Instant
  /** Included; default: the last signal or snapshot. */
  readonly to?: Instant
  /** Whose signals; default: all that have any. */
  readonly strategies?: ReadonlyArray<StrategyId>
  /** `original`: the Python original's arithmetic. */
  readonly compat?: Arithmetics
  /** Pay positions out when their market resolves; default yes. */
  readonly settlement?: boolean
  /** Files to write. */
  readonly files?: {
    /** The whole report with its ledger, and a checksum in it that `verifyArtifact` checks. */
    readonly json?: string
    readonly replayCsv?: string
    readonly strategyCsv?: string
    readonly eventCsv?: string
  }
  readonly onProgress?: (done: number, total: number) => void
}

export interface BacktestResult {
  readonly report: BacktestReport
  /** One row for each decision, in order. */
  readonly ledger: ReadonlyArray<LedgerRow>
  /** sha256 in the JSON file; null when none was asked for. */
  readonly checksum: string | null
}

const windowOf = Effect.fnUntraced(function* ({ from, to }: RunBacktestOptions) {
  const span = yield* Effect.flatMap(HistoryReader, (reader) => reader.span)
  const missing = new InputError({ field: "database", problem: "has no signals and no snapshots yet" })
  if (span === null && (from === undefined || to === undefined)) return yield* missing
  return {
    fromUs: from === undefined ? (span?.firstUs ?? 0) : yield* instant("from", from),
    toUs: to === undefined ? (span?.lastUs ?? 0) : yield* instant("to", to)
  }
})

/** Replays the stored signals of a window through risk and simulated fills. Limits and fills are the configuration's. */
export const runBacktest = (options: RunBacktestOptions): Promise<BacktestResult> => {
  const { files = {}, onProgress = null } = options
  const program = Effect.gen(function* () {
    const { execution, risk } = yield* AppConfig
    const { checksum, lastRows, report } = yield* exportBacktest(
      {
        ...(yield* windowOf(options)),
        strategies: options.strategies ?? [],
        compat: options.compat ?? "market",
        settlement: options.settlement ?? true,
        execution,
        risk
      },
      {
        json: files.json ?? null,
        replay: files.replayCsv ?? null,
        strategy: files.strategyCsv ?? null,
        event: files.eventCsv ?? null,
        checksum: true,
        sidecar: true
      },
      { lastRows: Number.MAX_SAFE_INTEGER, onProgress }
    )
    const result: BacktestResult = { report, ledger: lastRows, checksum }
    return result
  })
  return runWith(options, program.pipe(Effect.provide(existingStore)))
}

/** Checks a JSON artifact against the checksum in it, or a CSV against its sidecar; rejects on any mismatch. */
export const verifyArtifact = (path: string): Promise<Verified> => runPromise(verifyFile(path))

/** The strategies that a file of them exports, as `--strategy-module` loads them. */
export const loadStrategies = (path: string | URL): Promise<ReadonlyArray<Strategy>> =>
  runPromise(loadStrategyModules([{ path: typeof path === "string" ? path : fileURLToPath(path), field: "path" }]))
