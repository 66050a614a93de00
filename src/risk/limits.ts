import { type QuoteAgeSetting } from "../domain/Freshness.ts"
import { type RiskLimits } from "../domain/Risk.ts"
import { type EpochMicros, MICROS_PER_SECOND } from "../domain/time.ts"
import { MICRO, price, type Price, usdc, type Usdc } from "../domain/units.ts"

/** Limits as configured: USDC, prices in USDC per share, seconds. */
export interface RiskSettings {
  readonly max_daily_loss: number
  readonly max_strategy_notional: number
  readonly max_event_notional: number
  readonly circuit_breaker_rejections: number
  readonly circuit_breaker_window_sec: number
  readonly circuit_breaker_cooldown_sec: number
  readonly max_order_notional: number | null
  readonly max_open_orders: number | null
  readonly price_collar: number | null
  /** Resolved before an engine starts (core/freshness.ts), because `auto` depends on what was recorded. */
  readonly max_quote_age_sec: QuoteAgeSetting
  readonly max_resolution_date_notional: number | null
  readonly max_scenario_loss: number | null
  readonly max_event_scenario_loss: number | null
  readonly buying_power: number | null
  readonly max_market_notional: number | null
  readonly max_total_notional: number | null
  readonly max_drawdown: number | null
  readonly allow_disputed: boolean
}

/**
 * The product, without the binary noise of writing it in decimals: 0.29 USDC are 290,000 micro-USDC, and an order of as much
 * is within them. A limit that is finer than a micro-unit stays as it is.
 */
const times = (natural: number, unit: number): number => {
  const exact = natural * unit
  const whole = Math.round(exact)
  return Math.abs(exact - whole) <= Math.abs(exact) * 2 * Number.EPSILON ? whole : exact
}

const money = (natural: number): Usdc => usdc(times(natural, MICRO))
const maybeMoney = (natural: number | null): Usdc | null => (natural === null ? null : money(natural))
const maybePrice = (natural: number | null): Price | null => (natural === null ? null : price(times(natural, MICRO)))
const micros = (seconds: number): EpochMicros => times(seconds, MICROS_PER_SECOND)

/** Configured limits in micro-units. Limits may be as large as 1e18 USDC. */
export const limitsOf = (settings: RiskSettings): RiskLimits => ({
  maxDailyLoss: money(Math.abs(settings.max_daily_loss)),
  maxStrategyNotional: money(settings.max_strategy_notional),
  maxEventNotional: money(settings.max_event_notional),
  circuitBreakerRejections: settings.circuit_breaker_rejections,
  circuitBreakerWindowUs: micros(settings.circuit_breaker_window_sec),
  circuitBreakerCooldownUs: micros(settings.circuit_breaker_cooldown_sec),
  maxOrderNotional: maybeMoney(settings.max_order_notional),
  maxOpenOrders: settings.max_open_orders,
  priceCollar: maybePrice(settings.price_collar),
  maxResolutionDateNotional: maybeMoney(settings.max_resolution_date_notional),
  maxScenarioLoss: maybeMoney(settings.max_scenario_loss),
  maxEventScenarioLoss: maybeMoney(settings.max_event_scenario_loss),
  buyingPower: maybeMoney(settings.buying_power),
  maxMarketNotional: maybeMoney(settings.max_market_notional),
  maxTotalNotional: maybeMoney(settings.max_total_notional),
  maxDrawdown: maybeMoney(settings.max_drawdown),
  allowDisputed: settings.allow_disputed
})
