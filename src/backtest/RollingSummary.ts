import { ratio } from "../core/metrics.ts"
import { type JsonObject } from "../domain/json.ts"
import { type EpochMicros, formatTime } from "../domain/time.ts"
import { VERSION } from "../domain/version.ts"
import { executionConfigOf, riskConfigOf } from "./BacktestReport.ts"
import { configDigest, sha256 } from "./digest.ts"
import { overlapMode, type OverlapMode, type RollingOptions, type Window, windowCoverage } from "./rollingWindows.ts"
import { type ReasonCounts, type RollingWindow, sortedCounts, type WindowRun } from "./windowRun.ts"

export const ROLLING_SCHEMA_VERSION = "rolling-1.0"
export const ROLLING_KIND = "backtest_rolling_summary"

const COVERAGE_BASIS = "coverage_ratio=covered_hours/range_hours; overlap_ratio=overlap_hours/covered_hours"

export type CoverageLabel = "full" | "partial" | "sparse"

/** All windows together. Money in USDC. */
export interface RollingTotals {
  readonly run_count: number
  readonly total_signals: number
  readonly executed_signals: number
  readonly rejected_signals: number
  readonly execution_rate: number
  /** Windows without a signal. */
  readonly empty_window_count: number
  readonly positive_window_count: number
  readonly positive_window_rate: number
  readonly pnl_sum: number
  readonly pnl_avg: number
  readonly range_hours: number
  readonly sampled_hours: number
  readonly covered_hours: number
  readonly overlap_hours: number
  readonly coverage_ratio: number
  readonly overlap_ratio: number
  readonly coverage_label: CoverageLabel
  readonly coverage_basis: string
  /** Hours of all windows that data covers, counted by gaps, and their part of sampled_hours. */
  readonly data_covered_hours: number
  readonly data_coverage_ratio: number
  readonly risk_rejection_reasons: ReasonCounts
}

/** One strategy over the windows. */
export interface StrategyAggregate {
  readonly strategy: string
  readonly windows: number
  readonly avg_pnl: number
  readonly avg_winrate: number
  readonly total_trades: number
}

export interface RollingSummary {
  readonly schema_version: string
  readonly kind: string
  readonly generated_at: string
  readonly from_ts: string
  readonly to_ts: string
  readonly window_hours: number
  readonly step_hours: number
  readonly overlap_mode: OverlapMode
  readonly strategies: ReadonlyArray<string>
  readonly compat: string
  readonly execution_config: JsonObject
  readonly risk_config: JsonObject
  readonly summary: RollingTotals
  readonly windows: ReadonlyArray<RollingWindow>
  readonly strategy_aggregate: ReadonlyArray<StrategyAggregate>
  readonly program: { readonly version: string; readonly config_digest: string; readonly data_digest: string }
  /** sha256 over the windows' own, each ended by a line feed. */
  readonly ledger_sha256: string
}

const sumOf = <A>(rows: ReadonlyArray<A>, value: (row: A) => number): number =>
  rows.reduce((sum, row) => sum + value(row), 0)

const coverageLabel = (coverage: number): CoverageLabel =>
  coverage >= 0.95 ? "full" : coverage >= 0.5 ? "partial" : "sparse"

const allReasons = (rows: ReadonlyArray<RollingWindow>): ReasonCounts => {
  const counts = new Map<string, number>()
  for (const { risk_rejection_reasons } of rows) {
    for (const [reason, count] of Object.entries(risk_rejection_reasons)) {
      counts.set(reason, (counts.get(reason) ?? 0) + count)
    }
  }
  return sortedCounts(counts)
}

const totalsOf = (range: Window, windows: ReadonlyArray<Window>, rows: ReadonlyArray<RollingWindow>): RollingTotals => {
  const total_signals = sumOf(rows, (row) => row.total_signals)
  const executed_signals = sumOf(rows, (row) => row.executed_signals)
  const positive_window_count = rows.filter((row) => row.pnl_total > 0).length
  const pnl_sum = sumOf(rows, (row) => row.pnl_total)
  const coverage = windowCoverage(range, windows)
  const data_covered_hours = sumOf(rows, ({ sample_coverage }) => sample_coverage.covered_hours)
  const coverage_ratio = ratio(coverage.covered_hours, coverage.range_hours, 0)
  return {
    run_count: rows.length,
    total_signals,
    executed_signals,
    rejected_signals: sumOf(rows, (row) => row.rejected_signals),
    execution_rate: ratio(executed_signals, total_signals, 0),
    empty_window_count: rows.filter((row) => row.total_signals === 0).length,
    positive_window_count,
    positive_window_rate: ratio(positive_window_count, rows.length, 0),
    pnl_sum,
    pnl_avg: ratio(pnl_sum, rows.length, 0),
    ...coverage,
    coverage_ratio,
    overlap_ratio: ratio(coverage.overlap_hours, coverage.covered_hours, 0),
    coverage_label: coverageLabel(coverage_ratio),
    coverage_basis: COVERAGE_BASIS,
    data_covered_hours,
    data_coverage_ratio: ratio(data_covered_hours, coverage.sampled_hours, 0),
    risk_rejection_reasons: allReasons(rows)
  }
}

const aggregatesOf = (runs: ReadonlyArray<WindowRun>): ReadonlyArray<StrategyAggregate> => {
  const sums = new Map<string, { windows: number; pnl: number; winrate: number; trades: number }>()
  for (const { strategies } of runs) {
    for (const { pnl, strategy, trade_count, winrate } of strategies) {
      const sum = sums.get(strategy) ?? { windows: 0, pnl: 0, winrate: 0, trades: 0 }
      sum.windows += 1
      sum.pnl += pnl
      sum.winrate += winrate
      sum.trades += trade_count
      sums.set(strategy, sum)
    }
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([strategy, { pnl, trades, windows, winrate }]) => ({
      strategy,
      windows,
      avg_pnl: pnl / windows,
      avg_winrate: winrate / windows,
      total_trades: trades
    }))
}

const digestOver = (digests: ReadonlyArray<string>): string => sha256(digests.map((digest) => `${digest}\n`).join(""))

/** The artifact, from the windows' runs in the windows' order: who ran them, and when each was done, leaves no trace. */
export const summarize = (
  options: RollingOptions,
  windows: ReadonlyArray<Window>,
  runs: ReadonlyArray<WindowRun>,
  generatedAtUs: EpochMicros
): RollingSummary => {
  const rows = runs.map(({ window }) => window)
  const settings = {
    from_ts: formatTime(options.fromUs),
    to_ts: formatTime(options.toUs),
    window_hours: options.windowHours,
    step_hours: options.stepHours,
    overlap_mode: overlapMode(options),
    strategies: options.strategies,
    compat: options.compat,
    execution_config: executionConfigOf(options),
    risk_config: riskConfigOf(options)
  }
  return {
    schema_version: ROLLING_SCHEMA_VERSION,
    kind: ROLLING_KIND,
    generated_at: formatTime(generatedAtUs),
    ...settings,
    summary: totalsOf(options, windows, rows),
    windows: rows,
    strategy_aggregate: aggregatesOf(runs),
    program: {
      version: VERSION,
      config_digest: configDigest(settings),
      data_digest: digestOver(runs.map(({ dataDigest }) => dataDigest))
    },
    ledger_sha256: digestOver(rows.map(({ ledger_sha256 }) => ledger_sha256))
  }
}
