import * as Effect from "effect/Effect"
import { tradingLayer } from "../../app/trading.ts"
import { longestQuoteAge } from "../../domain/Freshness.ts"
import { type JsonObject } from "../../domain/json.ts"
import { formatTime, MICROS_PER_SECOND } from "../../domain/time.ts"
import { fromMicros, type MicroUnits } from "../../domain/units.ts"
import { riskStatus, type RiskStatus } from "../../engine/commands/riskStatus.ts"
import { type Column, renderPairs, renderTable, renderTitle, type Screen } from "../../reports/terminal.ts"
import { formatMicroUsdc, formatNumber, formatPercent } from "../../reports/terminalFormat.ts"
import { defineCommand } from "../command.ts"
import { Output } from "../Output.ts"
import { natural } from "../tradeJson.ts"
import { pnl } from "../tradeTables.ts"

const seconds = (us: number): number => us / MICROS_PER_SECOND

/** The limit in force; where the sources have different ones, the longest. */
const quoteAgeOf = ({ limit, setting }: RiskStatus["freshness"]): number | null =>
  setting === null ? null : seconds(longestQuoteAge(limit))

const limitsJson = ({ freshness, limits }: RiskStatus): JsonObject => ({
  max_daily_loss: fromMicros(limits.maxDailyLoss),
  max_strategy_notional: fromMicros(limits.maxStrategyNotional),
  max_event_notional: fromMicros(limits.maxEventNotional),
  circuit_breaker_rejections: limits.circuitBreakerRejections,
  circuit_breaker_window_sec: seconds(limits.circuitBreakerWindowUs),
  circuit_breaker_cooldown_sec: seconds(limits.circuitBreakerCooldownUs),
  max_order_notional: natural(limits.maxOrderNotional),
  max_open_orders: limits.maxOpenOrders,
  price_collar: natural(limits.priceCollar),
  max_quote_age_sec: quoteAgeOf(freshness),
  max_resolution_date_notional: natural(limits.maxResolutionDateNotional),
  max_scenario_loss: natural(limits.maxScenarioLoss),
  max_event_scenario_loss: natural(limits.maxEventScenarioLoss),
  buying_power: natural(limits.buyingPower),
  max_market_notional: natural(limits.maxMarketNotional),
  max_total_notional: natural(limits.maxTotalNotional),
  max_drawdown: natural(limits.maxDrawdown),
  allow_disputed: limits.allowDisputed
})

const stopLossHit = ({ limits, realizedToday }: RiskStatus): boolean => realizedToday <= -limits.maxDailyLoss

const drawdownHit = ({ drawdown, limits }: RiskStatus): boolean =>
  drawdown !== null && limits.maxDrawdown !== null && drawdown.fall >= limits.maxDrawdown

/** What the limits that are off unless configured look at; null where they are off. */
const optionalJson = (status: RiskStatus): JsonObject => {
  const { bankroll, drawdown, drawdownResetUs, totalNotional } = status
  return {
    bankroll: bankroll === null ? null : { used: fromMicros(bankroll.used), free: fromMicros(bankroll.free) },
    total_notional: natural(totalNotional),
    drawdown:
      drawdown === null
        ? null
        : {
            equity: fromMicros(drawdown.equity),
            peak: fromMicros(drawdown.peak),
            fall: fromMicros(drawdown.fall),
            triggered: drawdownHit(status)
          },
    drawdown_reset_at: drawdownResetUs === null ? null : formatTime(drawdownResetUs)
  }
}

const statusJson = (status: RiskStatus): JsonObject => ({
  at: formatTime(status.atUs),
  limits: limitsJson(status),
  max_quote_age_by_source: Object.fromEntries(
    status.freshness.limit.bySource.map(({ maxUs, source }) => [source, seconds(maxUs)])
  ),
  realized_today: fromMicros(status.realizedToday),
  daily_stop_loss_triggered: stopLossHit(status),
  strategies: status.strategies.map(({ notional, strategy }) => ({
    strategy,
    notional: fromMicros(notional),
    limit: fromMicros(status.limits.maxStrategyNotional)
  })),
  events: status.events.map(({ eventId, notional, worstLoss }) => ({
    event_id: eventId,
    notional: fromMicros(notional),
    limit: fromMicros(status.limits.maxEventNotional),
    worst_loss: natural(worstLoss)
  })),
  worst_loss: natural(status.worstLoss),
  open_orders: status.openOrders,
  ...optionalJson(status),
  breaker: {
    state: status.breaker.phase,
    rejections: status.breaker.rejections,
    threshold: status.limits.circuitBreakerRejections,
    probe_at: status.breaker.probeAtUs === null ? null : formatTime(status.breaker.probeAtUs)
  }
})

interface Use {
  readonly name: string
  readonly notional: MicroUnits
  readonly limit: MicroUnits
  readonly worstLoss?: MicroUnits | null
}

const useColumns = (header: string): ReadonlyArray<Column<Use>> => [
  { header, value: ({ name }) => name, flexible: true },
  { header: "notional", value: ({ notional }) => formatMicroUsdc(notional), align: "right" },
  { header: "limit", value: ({ limit }) => formatMicroUsdc(limit), align: "right" },
  { header: "used", value: ({ limit, notional }) => formatPercent(notional / limit), align: "right" }
]

const worstLossColumn: Column<Use> = {
  header: "worst loss",
  value: ({ worstLoss = null }) => (worstLoss === null ? "" : formatMicroUsdc(worstLoss)),
  align: "right"
}

const breakerText = ({ breaker, limits }: RiskStatus): string => {
  const count = `${breaker.rejections} of ${limits.circuitBreakerRejections} rejections`
  if (breaker.probeAtUs === null) return `closed, ${count}`
  return breaker.phase === "open"
    ? `open, ${count}; lets one order probe at ${formatTime(breaker.probeAtUs)}`
    : `lets the next order probe (since ${formatTime(breaker.probeAtUs)})`
}

type Pair = readonly [name: string, value: string, tone?: "good" | "bad"]

/** What counts against the limits that are off unless configured; nothing where they are off. */
const optionalPairs = (status: RiskStatus): ReadonlyArray<Pair> => {
  const { bankroll, drawdown, limits, totalNotional, worstLoss } = status
  const pairs: Array<Pair> = []
  if (bankroll !== null && limits.buyingPower !== null) {
    const [used, free] = [formatMicroUsdc(bankroll.used), formatMicroUsdc(bankroll.free)]
    pairs.push(["bankroll", `${used} of ${formatMicroUsdc(limits.buyingPower)} in use, ${free} free`])
  }
  if (totalNotional !== null) pairs.push(["total notional", formatMicroUsdc(totalNotional)])
  if (drawdown !== null && limits.maxDrawdown !== null) {
    const { equity, fall, peak } = drawdown
    const amounts = `${formatMicroUsdc(fall)} below the peak of ${formatMicroUsdc(peak)}, equity ${formatMicroUsdc(equity)}`
    const hit = drawdownHit(status)
    const stops = `stops at ${formatMicroUsdc(limits.maxDrawdown)}`
    pairs.push([
      "drawdown",
      `${amounts} (${hit ? "triggered; risk-reset-drawdown ends it" : stops})`,
      hit ? "bad" : "good"
    ])
  }
  if (worstLoss !== null) pairs.push(["worst loss", formatMicroUsdc(worstLoss)])
  return pairs
}

const text = (status: RiskStatus, screen: Screen): string => {
  const { limits } = status
  const optional = Object.entries(limitsJson(status)).slice(6)
  const off = optional.filter(([, value]) => value === null).map(([name]) => name)
  const on = optional.flatMap(([name, value]) =>
    typeof value === "number" ? [[name, formatNumber(value, 2)] as const] : []
  )
  return [
    renderPairs(
      [
        ["realized today", `${pnl(status.realizedToday)} (stops at -${formatMicroUsdc(limits.maxDailyLoss)})`],
        ["daily stop-loss", stopLossHit(status) ? "triggered" : "not triggered", stopLossHit(status) ? "bad" : "good"],
        ["circuit breaker", breakerText(status), status.breaker.phase === "open" ? "bad" : "good"],
        ["open orders", formatNumber(status.openOrders, 0)],
        ...optionalPairs(status),
        ...on,
        ["disputed markets", limits.allowDisputed ? "positions may be opened" : "no position is opened"],
        ["limits that are off", off.length === 0 ? "none" : off.join(", ")]
      ],
      screen
    ),
    "",
    renderTitle("Notional by strategy, USDC", screen),
    renderTable(
      useColumns("strategy"),
      status.strategies.map(({ notional, strategy }) => ({
        name: strategy,
        notional,
        limit: limits.maxStrategyNotional
      })),
      screen,
      "Nothing is at stake."
    ),
    "",
    renderTitle("By event", screen),
    renderTable(
      status.worstLoss === null ? useColumns("event") : [...useColumns("event"), worstLossColumn],
      status.events.map(({ eventId, notional, worstLoss }) => ({
        name: eventId,
        notional,
        limit: limits.maxEventNotional,
        worstLoss
      })),
      screen,
      "Nothing is at stake."
    )
  ].join("\n")
}

export const command = defineCommand({
  name: "risk-status",
  description:
    "Shows the risk limits, what counts against them now, and when an open circuit breaker lets a probe through.",
  settings: {},
  decidesRisk: true,
  layer: tradingLayer,
  handler: () =>
    Effect.gen(function* () {
      const status = yield* riskStatus
      const output = yield* Output
      yield* output.result(statusJson(status), (screen) => text(status, screen))
    })
})
