import { type RollingSummary, type StrategyAggregate } from "../backtest/RollingSummary.ts"
import { type ReasonCounts, type RollingWindow } from "../backtest/windowRun.ts"
import { type Column, renderPairs, renderTable, renderTitle, type Screen } from "../reports/terminal.ts"
import { coverageText } from "../reports/figureTexts.ts"
import { notAvailable } from "../reports/samples.ts"
import { formatNumber, formatPercent, formatPnl } from "../reports/terminalFormat.ts"

const right = <Row>(header: string, value: (row: Row) => string): Column<Row> => ({ header, value, align: "right" })
const pnl = <Row>(header: string, value: (row: Row) => number): Column<Row> => ({
  header,
  value: (row) => formatPnl(value(row)),
  align: "right",
  tone: "signed"
})
const count = <Row>(header: string, value: (row: Row) => number): Column<Row> =>
  right(header, (row) => formatNumber(value(row), 0))

const second = (time: string): string => time.replace(/\.\d+Z$/, "Z")

interface ReasonRow {
  readonly reason: string
  readonly count: number
}

const largestFirst = (counts: ReasonCounts): ReadonlyArray<ReasonRow> =>
  Object.entries(counts)
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))

const windowColumns: ReadonlyArray<Column<RollingWindow>> = [
  { header: "from", value: (row) => second(row.from_ts) },
  { header: "to", value: (row) => second(row.to_ts) },
  count("signals", (row) => row.total_signals),
  count("executed", (row) => row.executed_signals),
  count("rejected", (row) => row.rejected_signals),
  right("rate", (row) => (row.total_signals === 0 ? notAvailable(0) : formatPercent(row.execution_rate))),
  pnl("pnl", (row) => row.pnl_total),
  right("data", ({ sample_coverage: data }) => coverageText(data.coverage_ratio, data.observations)),
  {
    header: "most rejected for",
    value: (row) => largestFirst(row.risk_rejection_reasons)[0]?.reason ?? "-",
    flexible: true,
    atLeast: 24
  }
]

const strategyColumns: ReadonlyArray<Column<StrategyAggregate>> = [
  { header: "strategy", value: (row) => row.strategy },
  count("windows", (row) => row.windows),
  pnl("average pnl", (row) => row.avg_pnl),
  right("average win rate", (row) => formatPercent(row.avg_winrate)),
  count("trades", (row) => row.total_trades)
]

/** Texts differ by their amounts: people want to know how often which rule refused. */
interface RuleRow {
  readonly rule: string
  readonly count: number
  readonly texts: number
  readonly example: string
}

const byRule = (reasons: ReadonlyArray<ReasonRow>): ReadonlyArray<RuleRow> => {
  const rules = new Map<string, RuleRow>()
  for (const { count, reason } of reasons) {
    const rule = reason.split(":", 1)[0] ?? reason
    const known = rules.get(rule) ?? { rule, count: 0, texts: 0, example: reason }
    rules.set(rule, { ...known, count: known.count + count, texts: known.texts + 1 })
  }
  return [...rules.values()].sort((a, b) => b.count - a.count || (a.rule < b.rule ? -1 : 1))
}

const ruleColumns = (rejected: number): ReadonlyArray<Column<RuleRow>> => [
  { header: "reason", value: (row) => row.rule, flexible: true },
  count("signals", (row) => row.count),
  right("share", (row) => formatPercent(row.count / rejected)),
  count("texts", (row) => row.texts),
  { header: "most often", value: (row) => row.example, flexible: true, atLeast: 24 }
]

const hours = (value: number): string => `${formatNumber(value, 1)} h`

const headline = (report: RollingSummary, screen: Screen): string => {
  const { summary } = report
  const rate = summary.total_signals === 0 ? null : summary.execution_rate
  const rules =
    report.compat === "original" ? "the original's arithmetic (--compat original)" : "what the market would have done"
  return renderPairs(
    [
      ["range", `${report.from_ts} to ${report.to_ts} (${hours(summary.range_hours)})`],
      [
        "windows",
        `${summary.run_count} of ${formatNumber(report.window_hours, 2)} h, one every ${formatNumber(report.step_hours, 2)} h (${report.overlap_mode})`
      ],
      [
        "coverage",
        `windows on ${formatPercent(summary.coverage_ratio)} of the range (${summary.coverage_label}), ${hours(summary.overlap_hours)} more than once`
      ],
      ["data", `${formatPercent(summary.data_coverage_ratio)} of the windows' time, counted by gaps`],
      ["fills", rules],
      [
        "signals",
        `${summary.total_signals} (${summary.executed_signals} executed, ${rate === null ? notAvailable(0) : formatPercent(rate)})`
      ],
      [
        "pnl",
        `${formatPnl(summary.pnl_sum)} USDC over all windows, ${formatPnl(summary.pnl_avg)} a window`,
        summary.pnl_sum < 0 ? "bad" : summary.pnl_sum > 0 ? "good" : "dim"
      ],
      [
        "positive",
        `${summary.positive_window_count} windows (${formatPercent(summary.positive_window_rate)}); ${summary.empty_window_count} without signals`
      ],
      ["schema", report.schema_version],
      ["ledger", report.ledger_sha256]
    ],
    screen
  )
}

const section = <Row>(
  title: string,
  columns: ReadonlyArray<Column<Row>>,
  rows: ReadonlyArray<Row>,
  screen: Screen
): string => `${renderTitle(title, screen)}\n${renderTable(columns, rows, screen)}`

/** The summary as text: headline, the first windows, strategies, and what was rejected most. 0 leaves a part out. */
export const rollingText = (
  report: RollingSummary,
  limits: { readonly windows: number; readonly reasons: number },
  screen: Screen
): string => {
  const windows = report.windows.slice(0, limits.windows)
  const rules = byRule(largestFirst(report.summary.risk_rejection_reasons))
  const shownRules = rules.slice(0, limits.reasons)
  const parts = [headline(report, screen)]
  if (windows.length > 0) {
    const some = windows.length < report.windows.length ? ` (first ${windows.length} of ${report.windows.length})` : ""
    parts.push(section(`Windows${some}`, windowColumns, windows, screen))
  }
  parts.push(section("By strategy (USDC)", strategyColumns, report.strategy_aggregate, screen))
  if (shownRules.length > 0) {
    const some = shownRules.length < rules.length ? ` (largest ${shownRules.length} of ${rules.length})` : ""
    parts.push(section(`Rejected${some}`, ruleColumns(report.summary.rejected_signals), shownRules, screen))
  }
  return parts.join("\n\n")
}
