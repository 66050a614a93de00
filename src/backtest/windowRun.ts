import * as Effect from "effect/Effect"
import { ratio } from "../core/metrics.ts"
import { type SampleCoverage } from "./BacktestReport.ts"
import { type BacktestOptions } from "./options.ts"
import { runBacktest } from "./runBacktest.ts"

/** Counts by whole reason text, in the order of the texts. */
export type ReasonCounts = Readonly<Record<string, number>>

/** One window as the rolling summary prints it. */
export interface RollingWindow {
  readonly from_ts: string
  readonly to_ts: string
  /** Whether what happened at `to_ts` counts in this window. */
  readonly end_included: boolean
  readonly total_signals: number
  readonly executed_signals: number
  readonly rejected_signals: number
  readonly execution_rate: number
  readonly pnl_total: number
  readonly risk_rejection_reasons: ReasonCounts
  readonly sample_coverage: SampleCoverage
  readonly ledger_sha256: string
}

export interface WindowStrategy {
  readonly strategy: string
  readonly pnl: number
  readonly winrate: number
  readonly trade_count: number
}

/** What is kept of a window's run: plain data without the ledger, fit to be sent from thread to thread. */
export interface WindowRun {
  readonly window: RollingWindow
  readonly strategies: ReadonlyArray<WindowStrategy>
  readonly dataDigest: string
}

/** Reasons carry amounts, so almost every one can be different: beyond this many, a window counts by code. */
export const MAX_REASON_TEXTS = 10_000

/** Counts texts in bounded memory; the sum is exact whatever happens. */
export class ReasonTally {
  private readonly counts = new Map<string, number>()

  add(reason: string, count: number): void {
    const known = this.counts.get(reason)
    if (known !== undefined || this.counts.size < MAX_REASON_TEXTS) {
      this.counts.set(reason, (known ?? 0) + count)
      return
    }
    const other = `${reason.split(":", 1)[0] ?? reason}: other amounts`
    this.counts.set(other, (this.counts.get(other) ?? 0) + count)
  }

  sorted(): ReasonCounts {
    return sortedCounts(this.counts)
  }
}

export const sortedCounts = (counts: ReadonlyMap<string, number>): ReasonCounts =>
  Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))

/** A summary of many windows would be mostly lists of markets. */
const withoutMarkets = (of: SampleCoverage): SampleCoverage => ({
  window_hours: of.window_hours,
  covered_hours: of.covered_hours,
  coverage_ratio: of.coverage_ratio,
  observations: of.observations,
  spacing_sec: of.spacing_sec,
  history_limited: of.history_limited,
  note: of.note
})

/** Runs one window by itself: accounts, limits and breaker start anew, quotes know what came before. */
export const runWindow = Effect.fn("backtest.window")(function* (options: BacktestOptions) {
  const reasons = new ReasonTally()
  const report = yield* runBacktest(options, {
    ledger: null,
    onProgress: null,
    onRejected: (reason, signals) => reasons.add(reason, signals)
  })
  const { executed_signals, ledger_sha256, rejected_signals, results, sample_coverage, total_signals } = report
  const run: WindowRun = {
    window: {
      from_ts: report.from_ts,
      to_ts: report.to_ts,
      end_included: options.excludesEnd !== true,
      total_signals,
      executed_signals,
      rejected_signals,
      execution_rate: ratio(executed_signals, total_signals, 0),
      pnl_total: results.reduce((sum, { pnl }) => sum + pnl, 0),
      risk_rejection_reasons: reasons.sorted(),
      sample_coverage: withoutMarkets(sample_coverage),
      ledger_sha256
    },
    strategies: results.map(({ pnl, strategy, trade_count, winrate }) => ({ strategy, pnl, winrate, trade_count })),
    dataDigest: report.program.data_digest
  }
  return run
})
