import { type BacktestReport } from "./BacktestReport.ts"
import { NIGHTLY_KIND, NIGHTLY_SCHEMA_VERSION, type NightlySummary } from "./nightlySchema.ts"
import { type RollingSummary } from "./RollingSummary.ts"

export interface NightlyFacts {
  readonly date: string
  readonly generatedAt: string
  readonly report: BacktestReport
  readonly rolling: RollingSummary
  /** 0: none are wanted. */
  readonly rejectTopK: number
  readonly pdf: string
  readonly rollingJson: string
  readonly runDir: string
  readonly files: NightlySummary["files"]
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The strategy with the highest profit among those that traded; ties go to the first by name. */
const bestStrategy = ({ executed_signals, results }: BacktestReport): NightlySummary["best_strategy"] => {
  const traded = executed_signals === 0 ? [] : results.filter(({ trade_count }) => trade_count > 0)
  const [best] = [...traded].sort((a, b) => b.pnl - a.pnl || compare(a.strategy, b.strategy))
  return best === undefined ? null : { strategy: best.strategy, pnl: best.pnl }
}

/** A summary of rolling windows holds texts alone; each begins with the stable code of its reason. */
const reasonCode = (reason: string): string => reason.split(":", 1)[0]?.trim() || "no reason given"

const countsByCode = (reasons: Readonly<Record<string, number>>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const [reason, count] of Object.entries(reasons)) {
    const code = reasonCode(reason)
    counts.set(code, (counts.get(code) ?? 0) + count)
  }
  return counts
}

/** The first `k` reasons by count, then by name. Amounts make almost every reason its own, so their stable codes count. */
export const topReasons = (
  reasons: Readonly<Record<string, number>>,
  k: number
): NightlySummary["rolling"]["reject_top"] =>
  [...countsByCode(reasons)]
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count || compare(a.reason, b.reason))
    .slice(0, k)

const percent = (ratio: number): string => `${(ratio * 100).toFixed(2)}%`
const hours = (value: number): string => value.toFixed(2)

/** Separators and line ends belong to the line, not to what stands in it. */
const part = (text: string): string => text.replace(/[|;\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ")

const rejectText = ({ reject_top, reject_top_k }: NightlySummary["rolling"]): string => {
  if (reject_top_k === 0) return "disabled"
  return reject_top.length === 0 ? "none" : reject_top.map(({ count, reason }) => `${part(reason)}:${count}`).join(";")
}

const rollingText = (rolling: NightlySummary["rolling"]): string =>
  [
    `rolling runs=${rolling.runs}`,
    `exec_rate=${percent(rolling.execution_rate)}`,
    `pos_win_rate=${percent(rolling.positive_window_rate)}`,
    `empty_windows=${rolling.empty_window_count}`,
    `positive_window_rate=${percent(rolling.positive_window_rate)}`,
    `empty_window_count=${rolling.empty_window_count}`,
    `range_h=${hours(rolling.range_hours)}`,
    `coverage=${percent(rolling.coverage_ratio)}`,
    `overlap=${percent(rolling.overlap_ratio)}`,
    `range_hours=${hours(rolling.range_hours)}`,
    `coverage_ratio=${percent(rolling.coverage_ratio)}`,
    `overlap_ratio=${percent(rolling.overlap_ratio)}`,
    `coverage_label=${rolling.coverage_label}`,
    `rolling_reject_top_k=${rolling.reject_top_k}`,
    `rolling_reject_top=${rejectText(rolling)}`
  ].join(" ")

/** summary.txt: the night in one line. */
const nightlyText = (summary: Omit<NightlySummary, "text">): string => {
  const { best_strategy: best, signals } = summary
  return [
    `Nightly ${summary.date}`,
    `window=${summary.from_ts} -> ${summary.to_ts}`,
    `signals total=${signals.total} executed=${signals.executed} rejected=${signals.rejected}`,
    `best_strategy=${best === null ? "n/a" : part(best.strategy)} pnl=${(best?.pnl ?? 0).toFixed(4)}`,
    rollingText(summary.rolling),
    `pdf=${part(summary.pdf)}`,
    `rolling_json=${part(summary.rolling_json)}`
  ].join(" | ")
}

/** The facts of a night in the words of summary.json, with the line of summary.txt. */
export const nightlySummary = (facts: NightlyFacts): NightlySummary => {
  const { report, rolling } = facts
  const totals = rolling.summary
  const summary: Omit<NightlySummary, "text"> = {
    schema_version: NIGHTLY_SCHEMA_VERSION,
    kind: NIGHTLY_KIND,
    generated_at: facts.generatedAt,
    date: facts.date,
    from_ts: report.from_ts,
    to_ts: report.to_ts,
    signals: { total: report.total_signals, executed: report.executed_signals, rejected: report.rejected_signals },
    best_strategy: bestStrategy(report),
    rolling: {
      from_ts: rolling.from_ts,
      to_ts: rolling.to_ts,
      runs: totals.run_count,
      execution_rate: totals.execution_rate,
      positive_window_rate: totals.positive_window_rate,
      empty_window_count: totals.empty_window_count,
      range_hours: totals.range_hours,
      coverage_ratio: totals.coverage_ratio,
      overlap_ratio: totals.overlap_ratio,
      coverage_label: totals.coverage_label,
      reject_top_k: facts.rejectTopK,
      reject_top: topReasons(totals.risk_rejection_reasons, facts.rejectTopK)
    },
    pdf: facts.pdf,
    rolling_json: facts.rollingJson,
    run_dir: facts.runDir,
    files: facts.files
  }
  return { ...summary, text: nightlyText(summary) }
}
