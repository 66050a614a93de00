import { type RiskLimits } from "../domain/Risk.ts"
import { MICROS_PER_SECOND } from "../domain/time.ts"
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
  readonly max_quote_age_sec: number | null
  readonly max_resolution_date_notional: number | null
  readonly max_scenario_loss: number | null
  readonly max_event_scenario_loss: number | null
  readonly buying_power: number | null
  readonly max_market_notional: number | null
  readonly max_total_notional: number | null
  readonly max_drawdown: number | null
  readonly allow_disputed: boolean
}

const money = (natural: number): Usdc => usdc(natural * MICRO)
const maybeMoney = (natural: number | null): Usdc | null => (natural === null ? null : money(natural))
const maybePrice = (natural: number | null): Price | null => (natural === null ? null : price(natural * MICRO))
const maybeTime = (seconds: number | null): number | null => (seconds === null ? null : seconds * MICROS_PER_SECOND)

/** Configured limits in micro-units. Limits may be as large as 1e18 USDC, so they are not rounded. */
export const limitsOf = (settings: RiskSettings): RiskLimits => ({
  maxDailyLoss: money(Math.abs(settings.max_daily_loss)),
  maxStrategyNotional: money(settings.max_strategy_notional),
  maxEventNotional: money(settings.max_event_notional),
  circuitBreakerRejections: settings.circuit_breaker_rejections,
  circuitBreakerWindowUs: settings.circuit_breaker_window_sec * MICROS_PER_SECOND,
  circuitBreakerCooldownUs: settings.circuit_breaker_cooldown_sec * MICROS_PER_SECOND,
  maxOrderNotional: maybeMoney(settings.max_order_notional),
  maxOpenOrders: settings.max_open_orders,
  priceCollar: maybePrice(settings.price_collar),
  maxQuoteAgeUs: maybeTime(settings.max_quote_age_sec),
  maxResolutionDateNotional: maybeMoney(settings.max_resolution_date_notional),
  maxScenarioLoss: maybeMoney(settings.max_scenario_loss),
  maxEventScenarioLoss: maybeMoney(settings.max_event_scenario_loss),
  buyingPower: maybeMoney(settings.buying_power),
  maxMarketNotional: maybeMoney(settings.max_market_notional),
  maxTotalNotional: maybeMoney(settings.max_total_notional),
  maxDrawdown: maybeMoney(settings.max_drawdown),
  allowDisputed: settings.allow_disputed
})
