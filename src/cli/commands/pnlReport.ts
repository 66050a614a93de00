import * as Effect from "effect/Effect"
import { tradingLayer } from "../../app/trading.ts"
import { type JsonObject } from "../../domain/json.ts"
import { formatTime } from "../../domain/time.ts"
import { fromMicros, MICRO } from "../../domain/units.ts"
import { unreadJson, unreadLines, type WatchedMarket } from "../../domain/watched.ts"
import { LookRepo } from "../../ports/LookRepo.ts"
import { settleUp } from "../../engine/commands/settleUp.ts"
import {
  type Finality,
  type OpenPosition,
  type PnlFigures,
  type PnlReport,
  pnlReport
} from "../../engine/commands/pnlReport.ts"
import { type Column, renderTable, renderTitle, type Screen } from "../../reports/terminal.ts"
import {
  afterCloseText,
  formatMicroUsdc,
  formatNumber,
  formatPrice,
  formatShares
} from "../../reports/terminalFormat.ts"
import { defineCommand } from "../command.ts"
import { Output } from "../Output.ts"
import { natural } from "../tradeJson.ts"
import { pnl } from "../tradeTables.ts"

interface Row extends PnlFigures {
  readonly name: string
}

const columns = (header: string): ReadonlyArray<Column<Row>> => [
  { header, value: ({ name }) => name, flexible: true },
  { header: "realized", value: ({ realized }) => pnl(realized), align: "right", tone: "signed" },
  { header: "unrealized", value: ({ unrealized }) => pnl(unrealized), align: "right", tone: "signed" },
  { header: "pnl", value: (row) => pnl(row.pnl), align: "right", tone: "signed" },
  { header: "fees", value: ({ fees }) => formatNumber(fromMicros(fees), 5), align: "right" },
  { header: "turnover", value: ({ turnover }) => formatMicroUsdc(turnover), align: "right" },
  { header: "open cost", value: ({ notional }) => formatMicroUsdc(notional), align: "right" },
  { header: "fills", value: ({ fills }) => formatNumber(fills, 0), align: "right" }
]

const openColumns: ReadonlyArray<Column<OpenPosition>> = [
  { header: "strategy", value: ({ strategy }) => strategy },
  { header: "market", value: ({ marketId }) => marketId, flexible: true },
  { header: "token", value: ({ token }) => token },
  { header: "qty", value: ({ qty }) => formatShares(fromMicros(qty)), align: "right" },
  { header: "average", value: ({ averagePrice }) => formatPrice(fromMicros(averagePrice)), align: "right" },
  { header: "mark", value: ({ mark }) => formatPrice(natural(mark)), align: "right" },
  { header: "unrealized", value: ({ unrealized }) => pnl(unrealized), align: "right", tone: "signed" }
]

const figuresJson = (figures: PnlFigures): JsonObject => ({
  realized_pnl: fromMicros(figures.realized),
  unrealized_pnl: fromMicros(figures.unrealized),
  total_pnl: fromMicros(figures.pnl),
  fees: fromMicros(figures.fees),
  turnover: fromMicros(figures.turnover),
  open_cost: fromMicros(figures.notional),
  fills: figures.fills
})

const finalityJson = ({ final, provisional, provisionalFills, provisionalTurnover }: Finality): JsonObject => ({
  final_realized_pnl: fromMicros(final.realized),
  final_unrealized_pnl: fromMicros(final.unrealized),
  provisional_realized_pnl: fromMicros(provisional.realized),
  provisional_unrealized_pnl: fromMicros(provisional.unrealized),
  provisional_fills: provisionalFills,
  provisional_turnover: fromMicros(provisionalTurnover)
})

const reportJson = (report: PnlReport, unread: ReadonlyArray<WatchedMarket>): JsonObject => ({
  generated_at: formatTime(report.atUs),
  ...figuresJson(report.total),
  cash: fromMicros(report.cash),
  equity: fromMicros(report.equity),
  after_close: { fills: report.afterClose.fills, pnl: fromMicros(report.afterClose.pnl) },
  finality: report.finality === null ? null : finalityJson(report.finality),
  strategies: report.strategies.map((row) => ({ strategy: row.strategy, ...figuresJson(row) })),
  events: report.events.map((row) => ({ event_id: row.eventId, ...figuresJson(row) })),
  open_positions: report.open.map((position) => ({
    strategy: position.strategy,
    market_id: position.marketId,
    event_id: position.eventId,
    token_id: position.token,
    net_qty: fromMicros(position.qty),
    avg_price: Math.round(position.averagePrice) / MICRO,
    mark: natural(position.mark),
    unrealized_pnl: fromMicros(position.unrealized),
    realized_pnl: fromMicros(position.realized)
  })),
  contradicted_resolutions: report.contradictions.map(({ marketId, report: later }) => ({
    market_id: marketId,
    report: later
  })),
  unread_markets: unread.map(unreadJson),
  positions_that_differ_from_fills: report.mismatches.map((position) => ({
    strategy: position.strategy,
    market_id: position.marketId,
    token_id: position.token
  }))
})

interface Share {
  readonly name: string
  readonly realized: number
  readonly unrealized: number
}

const shareColumns: ReadonlyArray<Column<Share>> = [
  { header: "trades", value: ({ name }) => name },
  { header: "realized", value: ({ realized }) => pnl(realized), align: "right", tone: "signed" },
  { header: "unrealized", value: ({ unrealized }) => pnl(unrealized), align: "right", tone: "signed" }
]

/** Nothing where all was on paper. */
const finalityText = (finality: Finality | null, screen: Screen): ReadonlyArray<string> => {
  if (finality === null) return []
  const { final, provisional, provisionalFills: fills, provisionalTurnover } = finality
  const pending = `${formatNumber(fills, 0)} ${fills === 1 ? "fill" : "fills"}, ${formatMicroUsdc(provisionalTurnover)} USDC`
  return [
    "",
    renderTitle("Final and provisional", screen),
    renderTable(
      shareColumns,
      [
        { name: "final", ...final },
        { name: `provisional (${pending})`, ...provisional }
      ],
      screen
    )
  ]
}

const afterCloseLines = ({ fills, pnl: gained }: PnlReport["afterClose"]): ReadonlyArray<string> =>
  fills === 0 ? [] : ["", `${afterCloseText(fills, fromMicros(gained))}: the exchange had closed the market by then.`]

const text = (report: PnlReport, screen: Screen): string => {
  if (report.total.fills === 0) return "Nothing has been traded yet."
  const total: Row = { name: "total", ...report.total }
  const strategies = [...report.strategies.map((row) => ({ name: row.strategy, ...row })), total]
  const events = [...report.events.map((row) => ({ name: row.eventId, ...row })), total]
  return [
    renderTitle("Profit and loss by strategy, USDC", screen),
    renderTable(columns("strategy"), strategies, screen),
    "",
    renderTitle("By event", screen),
    renderTable(columns("event"), events, screen),
    ...finalityText(report.finality, screen),
    ...afterCloseLines(report.afterClose),
    "",
    renderTitle("Open positions", screen),
    renderTable(openColumns, report.open, screen, "Nothing is held."),
    "",
    `Cash ${formatMicroUsdc(report.cash)} + open cost ${formatMicroUsdc(report.openCost)} = realized ${pnl(report.total.realized)}.`
  ].join("\n")
}

export const command = defineCommand({
  name: "pnl-report",
  description: "Shows realized and unrealized profit, fees taken off, in all, by strategy and by event.",
  settings: {},
  layer: tradingLayer,
  handler: () =>
    Effect.gen(function* () {
      yield* settleUp
      const report = yield* pnlReport
      const unread = yield* (yield* LookRepo).unread
      const output = yield* Output
      for (const line of unreadLines(unread)) yield* output.note(`note: ${line}`)
      if (report.mismatches.length > 0) {
        yield* output.note(
          `note: ${report.mismatches.length} stored position(s) differ from their fills; the report counts the fills`
        )
      }
      for (const { marketId, report: later } of report.contradictions) {
        yield* output.note(`note: market ${marketId} is resolved for good; ${later}: nothing is paid again`)
      }
      yield* output.result(reportJson(report, unread), (screen) => text(report, screen))
    })
})
