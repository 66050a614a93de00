import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { FileError } from "../domain/errors.ts"
import { writeArtifact } from "./artifact.ts"
import { type BacktestReport } from "./BacktestReport.ts"
import { type CsvTargets, writeCsvs } from "./csvFiles.ts"
import { refuseFolder } from "./files.ts"
import { ledgerRow, type LedgerEntry, type LedgerRow, type LedgerSink } from "./LedgerRow.ts"
import { type BacktestOptions, printedLimits } from "./options.ts"
import { type ReplayHooks, runBacktest } from "./runBacktest.ts"
import { openSpool } from "./Spool.ts"

/** Files to write; null leaves one out. */
export interface BacktestTargets extends CsvTargets {
  readonly json: string | null
  readonly checksum: boolean
  readonly sidecar: boolean
}

export interface ExportedBacktest {
  readonly report: BacktestReport
  /** sha256 in the JSON artifact, when one was asked for. */
  readonly checksum: string | null
  readonly files: ReadonlyArray<string>
  /** The last rows of the ledger. */
  readonly lastRows: ReadonlyArray<LedgerRow>
}

/** Keeps the last rows only. */
const tail = (count: number, options: BacktestOptions): LedgerSink & { readonly rows: Array<LedgerRow> } => {
  const rows: Array<LedgerRow> = []
  const limits = printedLimits(options)
  return {
    rows,
    write: (entry) => {
      if (count === 0) return
      rows.push(ledgerRow(entry, limits))
      if (rows.length > count * 2) rows.splice(0, rows.length - count)
    }
  }
}

/** Signal replay (`runBacktest`), or strategy replay. */
export type BacktestRun<E, R> = (options: BacktestOptions, hooks: ReplayHooks) => Effect.Effect<BacktestReport, E, R>

/** What a caller shows of a backtest while it runs and afterwards. */
export interface BacktestView {
  readonly lastRows: number
  readonly onProgress: ((done: number, total: number) => void) | null
}

/** The ledger is written in the middle of the replay, which knows no errors of files: they come out of it as what they are. */
const spooling = <A, E, R>(run: Effect.Effect<A, E, R>): Effect.Effect<A, E | FileError, R> =>
  Effect.catchSomeDefect(run, (defect) =>
    defect instanceof FileError ? Option.some(Effect.fail(defect)) : Option.none()
  )

/**
 * Runs a backtest and writes its artifacts. The ledger goes through a temporary file, so memory does not grow with the
 * window. No file appears unless the whole run succeeded.
 */
export const exportRun = Effect.fn("backtest.export")(function* <E, R>(
  options: BacktestOptions,
  targets: BacktestTargets,
  view: BacktestView,
  run: BacktestRun<E, R>
) {
  const paths = [targets.json, targets.replay, targets.strategy, targets.event].filter((path) => path !== null)
  yield* Effect.forEach(paths, refuseFolder, { concurrency: 1, discard: true })
  const needsRows = targets.json !== null || targets.replay !== null
  const spool = needsRows ? yield* openSpool(printedLimits(options)) : null
  const last = tail(view.lastRows, options)
  const ledger = {
    write: (entry: LedgerEntry) => {
      spool?.write(entry)
      last.write(entry)
    }
  }
  const report = yield* spooling(run(options, { ledger, onProgress: view.onProgress }))
  const rows = (): Iterable<string> => spool?.lines() ?? []
  const files: Array<string> = []
  let checksum: string | null = null
  if (targets.json !== null) {
    checksum = (yield* writeArtifact(targets.json, report, rows, { checksum: targets.checksum })).checksum
    files.push(targets.json)
  }
  files.push(...(yield* writeCsvs(targets, report, rows, targets.sidecar)))
  const result: ExportedBacktest = {
    report,
    checksum,
    files,
    lastRows: last.rows.slice(-view.lastRows || last.rows.length)
  }
  return result
}, Effect.scoped)

/** The stored signals of a window, replayed and written. */
export const exportBacktest = (options: BacktestOptions, targets: BacktestTargets, view: BacktestView) =>
  exportRun(options, targets, view, runBacktest)
