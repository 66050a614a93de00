import { MIN_SAMPLES, samplesNote, sampleText } from "../core/samples.ts"
import { type BacktestReport, type StrategyRow } from "./BacktestReport.ts"

/** What a cycle did before its backtest. */
export interface CycleFacts {
  readonly rowsIngested: number
  readonly ingestStatus: string
  readonly signalsGenerated: number
  readonly marketCount: number
  readonly checksum: string | null
}

const money = (value: number): string => value.toFixed(2)
const winRateCell = (row: StrategyRow): string =>
  sampleText(
    row.closed_winrate,
    { n: row.wins + row.losses, least: MIN_SAMPLES.closedFills },
    (value) => `${(value * 100).toFixed(2)} %`
  )

/** Text for a cell of a Markdown table: foreign names must not end the cell or the row. */
export const cellText = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").replace(/([\\|`<>*_[\]])/g, "\\$1")

const afterCloseLine = ({ after_close: late }: BacktestReport): ReadonlyArray<string> =>
  late === undefined || late.fills === 0
    ? []
    : [
        `- After the close: ${late.fills} fill${late.fills === 1 ? "" : "s"}, ${late.pnl > 0 ? "+" : ""}${money(late.pnl)} USDC: the exchange had closed the market by then`
      ]

const strategyLine = (row: StrategyRow): string =>
  `| ${[
    cellText(row.strategy),
    money(row.pnl),
    winRateCell(row),
    money(row.max_drawdown_marked ?? row.max_drawdown),
    String(row.trade_count),
    String(row.wins),
    String(row.losses),
    money(row.turnover),
    money(row.fees)
  ].join(" | ")} |`

/** The run as a page of Markdown: window, counts, a table of strategy metrics. */
export const cycleSummary = (report: BacktestReport, facts: CycleFacts): string => {
  const reasons = Object.entries(report.reject_reasons)
  const { covered_hours, note, window_hours } = report.sample_coverage
  // The signals of one cycle are made within a second.
  const [scale, unit] = window_hours < 0.1 ? [3_600, "s"] : [1, "h"]
  return [
    "# Backtest cycle",
    "",
    `- Window: ${report.from_ts} to ${report.to_ts}`,
    `- Data: ${(covered_hours * scale).toFixed(2)} of ${(window_hours * scale).toFixed(2)} ${unit}; ${note}`,
    `- Ingest: ${facts.ingestStatus}, ${facts.rowsIngested} market rows`,
    `- Signals of this cycle: ${facts.signalsGenerated} from ${facts.marketCount} open markets`,
    `- Signals replayed: ${report.total_signals} (${report.executed_signals} executed, ${report.rejected_signals} rejected)`,
    ...afterCloseLine(report),
    `- Mode: paper; ENABLE_LIVE_TRADING=false`,
    `- Ledger: ${report.ledger_rows} rows, sha256 ${report.ledger_sha256}`,
    ...(facts.checksum === null ? [] : [`- Artifact: latest.json, sha256 ${facts.checksum}`]),
    "",
    "## Strategies (USDC)",
    "",
    "| strategy | pnl | win rate | max drawdown | trades | wins | losses | turnover | fees |",
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ...report.results.map(strategyLine),
    "",
    samplesNote,
    "",
    "## Rejected",
    "",
    ...(reasons.length === 0
      ? ["Nothing was rejected."]
      : ["| reason | signals |", "|---|---:|", ...reasons.map(([code, n]) => `| ${cellText(code)} | ${String(n)} |`)]),
    ""
  ].join("\n")
}
