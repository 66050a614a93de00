import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { AppConfig } from "../config/AppConfig.ts"
import { ConfigSources } from "../config/ConfigSources.ts"
import { type FileError } from "../domain/errors.ts"
import { type JsonObject } from "../domain/json.ts"
import { type EpochMicros, formatTime, MICROS_PER_HOUR, MICROS_PER_SECOND } from "../domain/time.ts"
import { fromMicros } from "../domain/units.ts"
import { nowUs } from "../engine/now.ts"
import { isWhole, runSoakCycle, type SoakCycle } from "../engine/soak/soakCycle.ts"
import { stageRetry } from "../policy/soak.ts"
import { type CycleLine, openSoakFiles, type SoakFiles } from "./soakFiles.ts"

export interface SoakOptions {
  readonly hours: number
  /** From the start of a cycle to the start of the next. */
  readonly intervalSec: number
  readonly maxSignalsPerCycle: number
  /** Markets per source and cycle. */
  readonly ingestLimit: number
  readonly retryMax: number
  readonly retryBackoffSec: number
  readonly outDir: string
}

export interface SoakReport {
  readonly outDir: string
  readonly startedAtUs: EpochMicros
  readonly endedAtUs: EpochMicros
  /** This and the next two: of the whole soak, earlier processes included. */
  readonly cycles: number
  readonly partialCycles: number
  readonly executed: number
  readonly resumed: boolean
  /** Ended by Ctrl-C or SIGTERM, before its hours were over. */
  readonly stopped: boolean
}

/** A full disk or a folder that went away must not end a soak either. */
const orTell = (writing: Effect.Effect<void, FileError>): Effect.Effect<void> =>
  Effect.catchTag(writing, "FileError", (error) => Effect.logError(error.message))

const lineOf = (
  cycle: SoakCycle,
  number: number,
  atUs: EpochMicros,
  dbPath: string,
  config: string | null
): CycleLine => ({
  ts: formatTime(atUs),
  cycle: number,
  status: isWhole(cycle) ? "ok" : "partial",
  ingest_ok: cycle.ingestOk,
  signals_ok: cycle.signalsOk,
  execute_ok: cycle.executeOk,
  executed_count: cycle.executed,
  execute_failures: cycle.failures,
  cycle_sec: Math.round(cycle.seconds * 1_000) / 1_000,
  db_path: dbPath,
  config
})

const figuresOf = ({ metrics, pnl, ...cycle }: SoakCycle): JsonObject => ({
  match_ok: cycle.matchOk,
  report_ok: cycle.reportOk,
  rows_ingested: cycle.rowsIngested,
  signals_generated: cycle.signalsGenerated,
  stale_markets: cycle.stale,
  expired_count: cycle.expired,
  rejected_count: cycle.rejected,
  stopped_by: cycle.stoppedBy,
  errors: cycle.errors,
  pnl:
    pnl === null
      ? null
      : {
          realized: fromMicros(pnl.total.realized),
          unrealized: fromMicros(pnl.total.unrealized),
          total: fromMicros(pnl.total.pnl),
          fees: fromMicros(pnl.total.fees),
          cash: fromMicros(pnl.cash),
          open_positions: pnl.open.length
        },
  metrics:
    metrics === null
      ? null
      : {
          orders: metrics.total.orders,
          fills: metrics.total.fills,
          fill_rate: metrics.total.fillRate,
          rejection_rate: metrics.total.rejectionRate,
          win_rate: metrics.total.winRate,
          max_drawdown: fromMicros(metrics.total.maxDrawdown)
        }
})

const logText = (cycle: SoakCycle, line: CycleLine): string => {
  const pnl = cycle.pnl === null ? "pnl not known" : `pnl ${fromMicros(cycle.pnl.total.pnl).toFixed(2)} USDC`
  const unanswered = cycle.ingestOk ? "" : "; no source answered: nothing was opened"
  const switched = cycle.stoppedBy === null ? "" : `; stopped by ${cycle.stoppedBy}`
  return (
    `cycle ${line.cycle} ${line.status} in ${line.cycle_sec} s: ${cycle.rowsIngested} rows, ` +
    `${cycle.signalsGenerated} signals, ${cycle.executed} executed, ${cycle.rejected} rejected, ` +
    `${cycle.expired} expired, ${cycle.failures} failed, ${cycle.stale} stale left out, ${pnl}${unanswered}${switched}`
  )
}

/** The loop over open files. `afterCycle` sees each cycle once it is on record. */
const soakLoop = <E, R>(
  options: SoakOptions,
  files: SoakFiles,
  stop: Deferred.Deferred<void>,
  afterCycle: (line: CycleLine, cycle: SoakCycle) => Effect.Effect<void, E, R>
) =>
  Effect.gen(function* () {
    const { app, execution } = yield* AppConfig
    const dbPath = app.db_path
    const { file: config } = yield* ConfigSources
    const endsAtUs = files.startedAtUs + options.hours * MICROS_PER_HOUR
    const log = (text: string) => Effect.flatMap(nowUs, (atUs) => orTell(files.log(atUs, text)))
    const request = {
      retry: stageRetry(options.retryMax, options.retryBackoffSec),
      stop,
      log,
      ingestLimit: options.ingestLimit,
      maxSignals: options.maxSignalsPerCycle,
      maxSignalAgeSec: execution.max_signal_age_sec,
      intervalSec: options.intervalSec
    }
    const frame = {
      started_at: formatTime(files.startedAtUs),
      ends_at: formatTime(endsAtUs),
      interval_sec: options.intervalSec,
      out_dir: options.outDir,
      db_path: dbPath,
      config
    }
    let figures: JsonObject = {}
    let number = files.lastCycle
    let { executed, partial: partialCycles } = files.before
    const latest = (status: "starting" | "ok" | "partial" | "finished") =>
      Effect.flatMap(nowUs, (atUs) =>
        files.latest({ ...figures, ts: formatTime(atUs), status, cycle: number, ...frame })
      )
    yield* latest("starting")
    yield* log(
      files.resumed
        ? `resumed after cycle ${number}; ends at ${frame.ends_at}`
        : `started; ends at ${frame.ends_at}; database ${dbPath}`
    )
    for (;;) {
      if ((yield* Deferred.isDone(stop)) || (yield* nowUs) >= endsAtUs) break
      const startedNanos = yield* Clock.currentTimeNanos
      number += 1
      const cycle = yield* runSoakCycle(request)
      const line = lineOf(cycle, number, yield* nowUs, dbPath, config)
      executed += cycle.executed
      if (line.status === "partial") partialCycles += 1
      figures = { ...line, ...figuresOf(cycle) }
      yield* orTell(files.history(line))
      yield* orTell(latest(line.status))
      yield* log(logText(cycle, line))
      yield* afterCycle(line, cycle)
      const elapsedSec = Number((yield* Clock.currentTimeNanos) - startedNanos) / 1e9
      const waitSec = Math.max(0, options.intervalSec - elapsedSec)
      if ((yield* nowUs) + waitSec * MICROS_PER_SECOND >= endsAtUs) break
      yield* Effect.raceFirst(Effect.sleep(waitSec * 1_000), Deferred.await(stop))
    }
    const endedAtUs = yield* nowUs
    const stopped = yield* Deferred.isDone(stop)
    const ts = formatTime(endedAtUs)
    yield* files.history({ ts, status: "finished", cycles: number, out_dir: options.outDir, db_path: dbPath })
    yield* latest("finished")
    yield* log(`finished after ${number} cycle(s)${stopped ? ", stopped by hand" : ""}`)
    const { resumed, startedAtUs } = files
    const report: SoakReport = {
      outDir: options.outDir,
      startedAtUs,
      endedAtUs,
      cycles: number,
      partialCycles,
      executed,
      resumed,
      stopped
    }
    return report
  })

/**
 * Trades on paper, cycle after cycle, until the hours are over or `stop` is done; then the running cycle is finished
 * and the end written down. A folder whose process was killed is gone on with: same start, same count.
 */
export const runSoak = <E = never, R = never>(
  options: SoakOptions,
  stop: Deferred.Deferred<void>,
  afterCycle: (line: CycleLine, cycle: SoakCycle) => Effect.Effect<void, E, R> = () => Effect.void
) =>
  Effect.gen(function* () {
    const { app } = yield* AppConfig
    return yield* Effect.acquireUseRelease(
      Effect.flatMap(nowUs, (atUs) => openSoakFiles(options.outDir, app.db_path, atUs)),
      (files) => soakLoop(options, files, stop, afterCycle),
      (files) => orTell(files.release)
    )
  })
