import { createHash } from "node:crypto"
import { basename } from "node:path"
import { stringify } from "csv-stringify/sync"
import * as Effect from "effect/Effect"
import { type FileError } from "../domain/errors.ts"
import { type BacktestReport, type EventRow, type StrategyRow } from "./BacktestReport.ts"
import { writeText, writeWhole } from "./files.ts"
import { ledgerColumns } from "./LedgerRow.ts"

const strategyColumns: ReadonlyArray<keyof StrategyRow> = [
  "strategy",
  "pnl",
  "winrate",
  "max_drawdown",
  "trade_count",
  "wins",
  "losses",
  "closed_winrate",
  "mtm_winrate",
  "sharpe",
  "sortino",
  "profit_factor",
  "exposure",
  "turnover",
  "fees",
  "brier",
  "leg_packages",
  "leg_unwound",
  "leg_stranded",
  "leg_risk_cost",
  "max_drawdown_marked",
  "mtm_positions",
  "daily_samples",
  "daily_changed",
  "settled_positions"
]
const eventColumns: ReadonlyArray<keyof EventRow> = [
  "strategy",
  "event_id",
  "pnl",
  "winrate",
  "max_drawdown",
  "trade_count",
  "wins",
  "losses",
  "max_drawdown_marked"
]

/** Booleans and numbers as JSON writes them; null is an empty cell. */
const cell = (value: unknown): string => (value === null || value === undefined ? "" : String(value))

type Cells = ReadonlyArray<string>

function* table(
  schemaVersion: string,
  columns: ReadonlyArray<string>,
  rows: Iterable<Readonly<Record<string, unknown>>>
): Generator<Cells> {
  yield ["schema_version", ...columns]
  for (const row of rows) yield [schemaVersion, ...columns.map((column) => cell(row[column]))]
}

const ROWS_AT_ONCE = 1_024

/** Writes lines in batches and returns the sha256 of the bytes. */
const writeTable = (path: string, lines: Iterable<Cells>): Effect.Effect<string, FileError> =>
  writeWhole(path, (file) => {
    const hash = createHash("sha256")
    let batch: Array<Cells> = []
    const put = (): void => {
      const text = stringify(batch.map((cells) => [...cells]))
      hash.update(text, "utf8")
      file.write(text)
      batch = []
    }
    for (const line of lines) if (batch.push(line) >= ROWS_AT_ONCE) put()
    if (batch.length > 0) put()
    return hash.digest("hex")
  })

/** `<hex>  <file name>` beside the file, as sha256sum reads it. */
const writeSidecar = (path: string, hex: string): Effect.Effect<void, FileError> =>
  writeText(`${path}.sha256`, `${hex}  ${basename(path)}\n`)

export interface CsvTargets {
  readonly replay: string | null
  readonly strategy: string | null
  readonly event: string | null
}

function* parsed(rows: Iterable<string>): Generator<Readonly<Record<string, unknown>>> {
  for (const row of rows) yield JSON.parse(row)
}

const records = (rows: ReadonlyArray<object>): ReadonlyArray<Readonly<Record<string, unknown>>> =>
  rows.map((row) => ({ ...row }))

/** Writes the CSVs that were asked for, each with its sidecar when `sidecar`. Returns the paths written. */
export const writeCsvs = Effect.fnUntraced(function* (
  targets: CsvTargets,
  report: BacktestReport,
  rows: () => Iterable<string>,
  sidecar: boolean
) {
  const tables: ReadonlyArray<
    readonly [string | null, ReadonlyArray<string>, () => Iterable<Readonly<Record<string, unknown>>>]
  > = [
    [targets.replay, ledgerColumns, () => parsed(rows())],
    [targets.strategy, strategyColumns, () => records(report.results)],
    [targets.event, eventColumns, () => records(report.event_results)]
  ]
  const written: Array<string> = []
  for (const [path, columns, body] of tables) {
    if (path === null) continue
    const hex = yield* writeTable(path, table(report.schema_version, columns, body()))
    if (sidecar) yield* writeSidecar(path, hex)
    written.push(path)
  }
  return written
})
