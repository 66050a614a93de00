import { MIN_SAMPLES, notAvailable, samplesNote, sampleText } from "../reports/samples.ts"
import { type BacktestReport, type EventRow, type StrategyRow } from "../backtest/BacktestReport.ts"
import { type LedgerRow } from "../backtest/LedgerRow.ts"
import { type Json, type JsonObject } from "../domain/json.ts"
import { type Column, renderPairs, renderTable, renderTitle, type Screen } from "../reports/terminal.ts"
import { brierText, coverageText, cutsDay, sharpeText, winRateText } from "../reports/figureTexts.ts"
import {
  afterCloseText,
  formatNumber,
  formatPartOfHours,
  formatPercent,
  formatPnl,
  formatPrice,
  formatShares,
  formatUsdc
} from "../reports/terminalFormat.ts"

const right = <Row>(header: string, value: (row: Row) => string): Column<Row> => ({ header, value, align: "right" })
const pnl = <Row>(header: string, value: (row: Row) => number): Column<Row> => ({
  header,
  value: (row) => formatPnl(value(row)),
  align: "right",
  tone: "signed"
})

export const strategyColumns: ReadonlyArray<Column<StrategyRow>> = [
  { header: "strategy", value: (row) => row.strategy },
  pnl("pnl", (row) => row.pnl),
  right("max drawdown", (row) => formatUsdc(row.max_drawdown_marked ?? row.max_drawdown)),
  right("trades", (row) => formatNumber(row.trade_count, 0)),
  right("wins", (row) => formatNumber(row.wins, 0)),
  right("losses", (row) => formatNumber(row.losses, 0)),
  right("closed win", (row) => winRateText(row)),
  right("marked win", ({ mtm_positions: n, mtm_winrate }) =>
    sampleText(mtm_winrate, { n, least: MIN_SAMPLES.markedPositions }, formatPercent)
  ),
  right("exposure", (row) => formatUsdc(row.exposure)),
  right("turnover", (row) => formatUsdc(row.turnover)),
  right("fees", (row) => formatUsdc(row.fees)),
  right("sharpe", ({ daily_changed, sharpe }) => sharpeText(sharpe, daily_changed)),
  right("brier", ({ brier, settled_positions: n }) => brierText(brier, n))
]

/** A strategy that sent packages of several legs. */
type LegRow = StrategyRow &
  Required<Pick<StrategyRow, "leg_packages" | "leg_unwound" | "leg_stranded" | "leg_risk_cost">>

const sentPackages = (row: StrategyRow): row is LegRow => row.leg_packages !== undefined

const legColumns: ReadonlyArray<Column<LegRow>> = [
  { header: "strategy", value: (row) => row.strategy },
  right("bundles", (row) => formatNumber(row.leg_packages, 0)),
  right("unwound", (row) => formatNumber(row.leg_unwound, 0)),
  right("stranded", (row) => formatNumber(row.leg_stranded, 0)),
  right("cost", (row) => formatUsdc(row.leg_risk_cost)),
  pnl("pnl", (row) => row.pnl)
]

const eventColumns: ReadonlyArray<Column<EventRow>> = [
  { header: "strategy", value: (row) => row.strategy },
  { header: "event", value: (row) => row.event_id, flexible: true },
  pnl("pnl", (row) => row.pnl),
  right("max drawdown", (row) => formatUsdc(row.max_drawdown_marked ?? row.max_drawdown)),
  right("trades", (row) => formatNumber(row.trade_count, 0))
]

const ledgerColumns: ReadonlyArray<Column<LedgerRow>> = [
  { header: "time", value: (row) => row.ts.replace(/\.\d+Z$/, "Z") },
  { header: "strategy", value: (row) => row.strategy },
  { header: "market", value: (row) => row.market_id, flexible: true },
  { header: "order", value: (row) => `${row.side} ${row.token_id}` },
  right("asked", (row) => formatShares(row.qty)),
  right("filled", (row) => formatShares(row.executed_qty)),
  right("target", (row) => formatPrice(row.target_price)),
  right("fill", (row) => formatPrice(row.fill_price)),
  pnl("realized", (row) => row.realized_change),
  pnl("equity", (row) => row.strategy_equity),
  { header: "risk", value: (row) => row.risk_reason, flexible: true }
]

const EVENTS = 10

const largest = (rows: ReadonlyArray<EventRow>): ReadonlyArray<EventRow> =>
  [...rows].sort((a, b) => Math.abs(b.pnl) - Math.abs(a.pnl)).slice(0, EVENTS)

/** Which days Sharpe and Sortino are made of. */
const daysText = ({ from_ts, results, to_ts }: BacktestReport): string => {
  const n = results[0]?.daily_samples ?? 0
  const cut = [cutsDay(from_ts) ? "the first" : "", cutsDay(to_ts) ? "the last" : ""].filter((day) => day !== "")
  const days = `${n} UTC day${n === 1 ? "" : "s"} in the daily figures`
  return cut.length === 0 ? days : `${days}; the window cuts ${n === 1 ? "it" : cut.join(" and ")}`
}

/** Below this part of the window a market's figures rest on old quotes. */
const THIN = 0.95

/** The limit in force, or what traded beyond it where it is off; nothing by the original's rules. */
const quoteAgePairs = ({ quote_age: age }: BacktestReport): ReadonlyArray<readonly [string, string]> => {
  if (age === undefined) return []
  const own = Object.entries(age.limit_sec_by_source).map(([source, limit]) => `${source} ${formatNumber(limit, 0)} s`)
  const limit = own.length === 0 ? `${formatNumber(age.limit_sec, 0)} s` : own.join(", ")
  const older = `${age.older_fills} fill(s) on older quotes`
  return [["quote age", age.setting === "off" ? `off (auto: ${limit}), ${older}` : `at most ${limit}, ${older}`]]
}

/** The markets of the ledger that were seen less often than they should have been. */
const thinMarkets = ({
  sample_coverage: { markets = [] }
}: BacktestReport): ReadonlyArray<readonly [string, string]> => {
  const [least] = [...markets].sort((a, b) => a.coverage_ratio - b.coverage_ratio)
  const thin = markets.filter(({ coverage_ratio }) => coverage_ratio < THIN).length
  if (least === undefined || thin === 0) return []
  const of = `${thin} of ${markets.length} traded or refused`
  return [
    [
      "markets",
      `${of} with data for less than ${THIN * 100} % of the window; least ${least.market_id}: ${formatPercent(least.coverage_ratio)}`
    ]
  ]
}

const headline = (report: BacktestReport, screen: Screen): string => {
  const total = report.results.reduce((sum, row) => sum + row.pnl, 0)
  const rate = report.total_signals === 0 ? null : report.executed_signals / report.total_signals
  const { coverage_ratio, covered_hours, note, observations, window_hours } = report.sample_coverage
  const late = report.after_close
  const rules =
    report.compat === "original" ? "the original's arithmetic (--compat original)" : "what the market would have done"
  return renderPairs(
    [
      ["window", `${report.from_ts} to ${report.to_ts}`],
      ["fills", rules],
      [
        "signals",
        `${report.total_signals} (${report.executed_signals} executed, ${rate === null ? notAvailable(0) : formatPercent(rate)})`
      ],
      ["pnl", `${formatPnl(total)} USDC`, total < 0 ? "bad" : total > 0 ? "good" : "dim"],
      ["days", daysText(report)],
      ...(late === undefined || late.fills === 0
        ? []
        : [
            [
              "after close",
              `${afterCloseText(late.fills, late.pnl)} USDC: the exchange had closed the market by then`
            ] as const
          ]),
      [
        "data",
        `${coverageText(coverage_ratio, observations)}, ${formatPartOfHours(covered_hours, window_hours)}; ${note}`
      ],
      ...quoteAgePairs(report),
      ...thinMarkets(report),
      ["schema", `${report.schema_version}, ${report.ledger_rows} ledger rows`],
      ["ledger", report.ledger_sha256]
    ],
    screen
  )
}

/** What `n/a` stands for, where it stands. */
const samples = ({ results }: BacktestReport): string => (results.length === 0 ? "" : `\n${samplesNote}`)

const reasons = (report: BacktestReport): string => {
  const entries = Object.entries(report.reject_reasons)
  return entries.length === 0
    ? ""
    : `\n\nRejected: ${entries.map(([code, count]) => `${code} ${String(count)}`).join(", ")}`
}

/** The report as text: headline, strategies, largest events, and the last ledger rows. */
export const backtestText = (report: BacktestReport, lastRows: ReadonlyArray<LedgerRow>, screen: Screen): string => {
  const parts = [
    headline(report, screen),
    `${renderTitle("By strategy (USDC)", screen)}\n${renderTable(strategyColumns, report.results, screen, "No strategy.")}${samples(report)}${reasons(report)}`
  ]
  const legs = report.results.filter(sentPackages)
  if (legs.length > 0) {
    const title = "Leg risk (USDC): bundles of several legs, filled one after the other"
    parts.push(`${renderTitle(title, screen)}\n${renderTable(legColumns, legs, screen)}`)
  }
  if (report.event_results.length > 0) {
    const shown = largest(report.event_results)
    const title = `By event (largest ${shown.length} of ${report.event_results.length})`
    parts.push(`${renderTitle(title, screen)}\n${renderTable(eventColumns, shown, screen)}`)
  }
  if (lastRows.length > 0) {
    const title = `Ledger (last ${lastRows.length} of ${report.ledger_rows} rows)`
    parts.push(`${renderTitle(title, screen)}\n${renderTable(ledgerColumns, lastRows, screen)}`)
  }
  return parts.join("\n\n")
}

/** The report and what else the command has to say as one JSON value. */
export const reportJson = (report: BacktestReport, more: JsonObject): Json => {
  const plain: JsonObject = JSON.parse(JSON.stringify(report))
  return { ...plain, ...more }
}
