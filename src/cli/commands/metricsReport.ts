import * as Effect from "effect/Effect"
import { tradingLayer } from "../../app/trading.ts"
import { type JsonObject } from "../../domain/json.ts"
import { formatTime } from "../../domain/time.ts"
import { fromMicros, type Usdc, usdc } from "../../domain/units.ts"
import { type MarkedDrawdowns, markedDrawdowns } from "../../engine/commands/markedDrawdown.ts"
import { settleUp } from "../../engine/commands/settleUp.ts"
import { type MetricsReport, metricsReport, type TradeMetrics } from "../../engine/commands/metricsReport.ts"
import { winRateText } from "../../reports/figureTexts.ts"
import { notAvailable } from "../../reports/samples.ts"
import { type Column, renderTable, renderTitle, type Screen } from "../../reports/terminal.ts"
import { afterCloseText, formatMicroUsdc, formatNumber, formatPercent } from "../../reports/terminalFormat.ts"
import { defineCommand } from "../command.ts"
import { Output } from "../Output.ts"
import { pnl } from "../tradeTables.ts"

interface Row extends TradeMetrics {
  readonly name: string
  /** At the prices of every moment. */
  readonly marked: Usdc
}

/** A rate of orders; without any there is none. */
const of = (orders: number, rate: number): string => (orders === 0 ? notAvailable(0) : formatPercent(rate))

const columns: ReadonlyArray<Column<Row>> = [
  { header: "strategy", value: ({ name }) => name, flexible: true },
  { header: "orders", value: ({ orders }) => formatNumber(orders, 0), align: "right" },
  { header: "fill rate", value: ({ fillRate, orders }) => of(orders, fillRate), align: "right" },
  { header: "of shares", value: ({ orders, quantityFillRate }) => of(orders, quantityFillRate), align: "right" },
  { header: "rejected", value: ({ orders, rejectionRate }) => of(orders, rejectionRate), align: "right" },
  { header: "fills", value: ({ fills }) => formatNumber(fills, 0), align: "right" },
  { header: "wins", value: ({ wins }) => formatNumber(wins, 0), align: "right" },
  { header: "losses", value: ({ losses }) => formatNumber(losses, 0), align: "right" },
  { header: "win rate", value: (row) => winRateText(row), align: "right" },
  { header: "realized", value: ({ realized }) => pnl(realized), align: "right", tone: "signed" },
  { header: "drawdown", value: ({ marked }) => formatMicroUsdc(marked), align: "right" }
]

const metricsJson = (metrics: TradeMetrics, marked: Usdc): JsonObject => ({
  orders: metrics.orders,
  orders_by_status: Object.fromEntries(metrics.byStatus),
  fill_rate: metrics.fillRate,
  quantity_fill_rate: metrics.quantityFillRate,
  rejection_rate: metrics.rejectionRate,
  rejection_reasons: Object.fromEntries(metrics.rejectionReasons),
  cancel_reasons: Object.fromEntries(metrics.cancelReasons),
  fills: metrics.fills,
  wins: metrics.wins,
  losses: metrics.losses,
  win_rate: metrics.winRate,
  realized_pnl: fromMicros(metrics.realized),
  fees: fromMicros(metrics.fees),
  max_drawdown: fromMicros(metrics.maxDrawdown),
  max_drawdown_marked: fromMicros(marked),
  after_close: { fills: metrics.afterClose.fills, pnl: fromMicros(metrics.afterClose.pnl) }
})

type Count = readonly [name: string, count: number]
const counts = (header: string, rows: ReadonlyMap<string, number>, screen: Screen, empty: string): string =>
  renderTable<Count>(
    [
      { header, value: ([name]) => name, flexible: true },
      { header: "orders", value: ([, count]) => formatNumber(count, 0), align: "right" }
    ],
    [...rows],
    screen,
    empty
  )

const markedOf = ({ byStrategy }: MarkedDrawdowns, strategy: string): Usdc => byStrategy.get(strategy) ?? usdc(0)

const text = ({ strategies, total }: MetricsReport, marked: MarkedDrawdowns, screen: Screen): string => {
  if (total.orders === 0 && total.fills === 0) return "No orders yet."
  const rows = [
    ...strategies.map((row) => ({ name: row.strategy, marked: markedOf(marked, row.strategy), ...row })),
    { name: "total", marked: marked.total, ...total }
  ]
  return [
    renderTitle("Orders and what came of them", screen),
    renderTable(columns, rows, screen),
    ...(total.afterClose.fills === 0
      ? []
      : [
          "",
          `${afterCloseText(total.afterClose.fills, fromMicros(total.afterClose.pnl))}: the exchange had closed the market by then.`
        ]),
    "",
    counts("status", total.byStatus, screen, "No orders."),
    "",
    counts("rejected because", total.rejectionReasons, screen, "Nothing was rejected."),
    "",
    counts("canceled because", total.cancelReasons, screen, "Nothing was canceled.")
  ].join("\n")
}

export const command = defineCommand({
  name: "metrics-report",
  description: "Shows how well orders trade: by status, fill and rejection rates with reasons, win rate, drawdown.",
  settings: {},
  layer: tradingLayer,
  handler: () =>
    Effect.gen(function* () {
      yield* settleUp
      const report = yield* metricsReport
      const marked = yield* markedDrawdowns
      const output = yield* Output
      yield* output.result(
        {
          generated_at: formatTime(report.atUs),
          ...metricsJson(report.total, marked.total),
          strategies: report.strategies.map((row) => ({
            strategy: row.strategy,
            ...metricsJson(row, markedOf(marked, row.strategy))
          }))
        },
        (screen) => text(report, marked, screen)
      )
    })
})
