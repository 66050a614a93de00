import { brierText, profitFactorText, sharpeText, sortinoText, winRateText } from "./figureTexts.ts"
import { notAvailable } from "./samples.ts"
import { type EventFigures, type LegFigures, type ReportModel, type StrategyFigures } from "./ReportModel.ts"
import { formatNumber, formatPercent, formatPnl, formatUsdc } from "./terminalFormat.ts"

export interface TableColumn {
  readonly header: string
  /** Numbers stand right; text takes the room that is left and wraps. */
  readonly kind: "number" | "name" | "text"
}

export interface TableCell {
  readonly text: string
  /** A second, quieter line. */
  readonly below?: string
  readonly tone?: "good" | "bad"
}

/** Cells are texts that any medium can lay out. */
export interface ReportTable {
  readonly columns: ReadonlyArray<TableColumn>
  readonly rows: ReadonlyArray<ReadonlyArray<TableCell>>
  readonly total?: ReadonlyArray<TableCell>
  readonly empty: string
}

interface Column<Row> extends TableColumn {
  readonly cell: (row: Row) => TableCell
}

const tableOf = <Row>(
  columns: ReadonlyArray<Column<Row>>,
  rows: ReadonlyArray<Row>,
  empty: string,
  total?: Row
): ReportTable => {
  const line = (row: Row) => columns.map(({ cell }) => cell(row))
  return {
    columns: columns.map(({ header, kind }) => ({ header, kind })),
    rows: rows.map(line),
    ...(total === undefined ? {} : { total: line(total) }),
    empty
  }
}

const count = (value: number): TableCell => ({ text: formatNumber(value, 0) })
const usdc = (value: number | null): TableCell => ({ text: formatUsdc(value) })
const pnl = (value: number): TableCell => ({
  text: formatPnl(value),
  ...(value > 0 ? { tone: "good" as const } : value < 0 ? { tone: "bad" as const } : {})
})
const winRate = ({ losses, wins }: { readonly wins: number; readonly losses: number }): TableCell => ({
  text: winRateText({ losses, wins })
})

const strategyColumns: ReadonlyArray<Column<StrategyFigures>> = [
  { header: "Strategy", kind: "name", cell: ({ strategy }) => ({ text: strategy }) },
  { header: "Trades", kind: "number", cell: ({ trade_count }) => count(trade_count) },
  { header: "Won", kind: "number", cell: ({ wins }) => count(wins) },
  { header: "Lost", kind: "number", cell: ({ losses }) => count(losses) },
  { header: "Win rate", kind: "number", cell: winRate },
  { header: "Realized", kind: "number", cell: ({ realized }) => pnl(realized) },
  { header: "Open", kind: "number", cell: ({ open }) => pnl(open) },
  { header: "PnL", kind: "number", cell: ({ pnl: value }) => pnl(value) },
  { header: "Max drawdown", kind: "number", cell: ({ max_drawdown }) => usdc(max_drawdown) }
]

/** The sum of the rows; drawdowns do not add up, so that of all together is given. */
const totalOf = (rows: ReadonlyArray<StrategyFigures>, maxDrawdown: number): StrategyFigures | undefined => {
  const [first] = rows
  if (first === undefined || rows.length === 1) return undefined
  const sum = (value: (row: StrategyFigures) => number): number => rows.reduce((total, row) => total + value(row), 0)
  return {
    ...first,
    strategy: "All",
    trade_count: sum((row) => row.trade_count),
    wins: sum((row) => row.wins),
    losses: sum((row) => row.losses),
    realized: sum((row) => row.realized),
    open: sum((row) => row.open),
    pnl: sum((row) => row.pnl),
    max_drawdown: maxDrawdown
  }
}

export const strategyTable = (rows: ReadonlyArray<StrategyFigures>, maxDrawdown: number): ReportTable =>
  tableOf(strategyColumns, rows, "No strategy.", totalOf(rows, maxDrawdown))

const riskAdjustedColumns: ReadonlyArray<Column<StrategyFigures>> = [
  { header: "Strategy", kind: "name", cell: ({ strategy }) => ({ text: strategy }) },
  {
    header: "Sharpe",
    kind: "number",
    cell: ({ changedDays, sharpe }) => ({ text: sharpeText(sharpe, changedDays ?? undefined) })
  },
  {
    header: "Sortino",
    kind: "number",
    cell: ({ changedDays, sortino }) => ({ text: sortinoText(sortino, changedDays ?? undefined) })
  },
  {
    header: "Profit factor",
    kind: "number",
    cell: ({ profitFactor, ...row }) => ({ text: profitFactorText(profitFactor, row) })
  },
  { header: "Brier", kind: "number", cell: ({ brier, settled }) => ({ text: brierText(brier, settled ?? undefined) }) },
  { header: "Exposure", kind: "number", cell: ({ exposure }) => usdc(exposure) },
  { header: "Turnover", kind: "number", cell: ({ turnover }) => usdc(turnover) },
  { header: "Fees", kind: "number", cell: ({ fees }) => usdc(fees) }
]

export const riskAdjustedTable = (rows: ReadonlyArray<StrategyFigures>): ReportTable =>
  tableOf(riskAdjustedColumns, rows, "No strategy.")

type LegRow = LegFigures & { readonly strategy: string }

const legColumns: ReadonlyArray<Column<LegRow>> = [
  { header: "Strategy", kind: "name", cell: ({ strategy }) => ({ text: strategy }) },
  { header: "Bundles", kind: "number", cell: ({ bundles }) => count(bundles) },
  { header: "Unwound", kind: "number", cell: ({ unwound }) => count(unwound) },
  { header: "Stranded", kind: "number", cell: ({ stranded }) => count(stranded) },
  { header: "Cost", kind: "number", cell: ({ cost }) => usdc(cost) }
]

/** What legs cost, of the strategies that sent bundles of several; null: none did. */
export const legTable = (rows: ReadonlyArray<StrategyFigures>): ReportTable | null => {
  const legs = rows.flatMap(({ legs: of, strategy }) => (of === null ? [] : [{ strategy, ...of }]))
  if (legs.length === 0) return null
  const sum = (value: (row: LegRow) => number): number => legs.reduce((total, row) => total + value(row), 0)
  const all: LegRow = {
    strategy: "All",
    bundles: sum((row) => row.bundles),
    unwound: sum((row) => row.unwound),
    stranded: sum((row) => row.stranded),
    cost: sum((row) => row.cost)
  }
  return tableOf(legColumns, legs, "", legs.length === 1 ? undefined : all)
}

const belowQuestion = (eventId: string, others: number): string =>
  others === 0 ? eventId : `${eventId}, and ${others} other market${others === 1 ? "" : "s"}`

const eventColumns: ReadonlyArray<Column<EventFigures>> = [
  {
    header: "Event",
    kind: "text",
    cell: ({ eventId, label }) =>
      label === null ? { text: eventId } : { text: label.question, below: belowQuestion(eventId, label.otherMarkets) }
  },
  { header: "Strategy", kind: "name", cell: ({ strategy }) => ({ text: strategy }) },
  { header: "Trades", kind: "number", cell: ({ trade_count }) => count(trade_count) },
  { header: "Win rate", kind: "number", cell: winRate },
  { header: "PnL", kind: "number", cell: ({ pnl: value }) => pnl(value) },
  { header: "Max drawdown", kind: "number", cell: ({ max_drawdown }) => usdc(max_drawdown) }
]

export const eventTable = (events: ReportModel["events"]): ReportTable => {
  const table = tableOf(eventColumns, events.shown, "No event was traded.")
  if (events.hidden === 0) return table
  const more = `and ${formatNumber(events.hidden, 0)} more`
  const total = table.columns.map(({ header }): TableCell => {
    if (header === "Event") return { text: more }
    return header === "PnL" ? pnl(events.hiddenPnl) : { text: "" }
  })
  return { ...table, total }
}

export const rejectionTable = (rejections: ReportModel["rejections"], signals: number): ReportTable =>
  tableOf<ReportModel["rejections"][number]>(
    [
      { header: "Reason", kind: "text", cell: ({ reason }) => ({ text: reason }) },
      { header: "Signals", kind: "number", cell: ({ count: value }) => count(value) },
      {
        header: "Of all signals",
        kind: "number",
        cell: ({ count: value }) => ({ text: signals === 0 ? notAvailable(0) : formatPercent(value / signals) })
      }
    ],
    rejections,
    "No signal was rejected."
  )
