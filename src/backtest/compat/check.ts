import { type RiskRejection } from "../../domain/rejection.ts"
import { MICRO, type MicroUnits } from "../../domain/units.ts"
import { type EntryRisk } from "../LedgerRow.ts"
import { type BacktestOptions } from "../options.ts"
import { type OriginalOrder } from "./order.ts"

/** The limits that the original knows, money in micro-USDC. They may be as large as 1e18 USDC and are not rounded. */
export interface OriginalLimits {
  readonly maxDailyLoss: MicroUnits
  readonly maxStrategyNotional: MicroUnits
  readonly maxEventNotional: MicroUnits
  readonly circuitBreakerRejections: number
}

export const originalLimits = (risk: BacktestOptions["risk"]): OriginalLimits => ({
  maxDailyLoss: Math.abs(risk.max_daily_loss) * MICRO,
  maxStrategyNotional: risk.max_strategy_notional * MICRO,
  maxEventNotional: risk.max_event_notional * MICRO,
  circuitBreakerRejections: risk.circuit_breaker_rejections
})

const refused = (
  code: RiskRejection["code"],
  setting: RiskRejection["setting"],
  value: number | null,
  limit: number | null
): RiskRejection => ({ code, by: "risk", setting, value, limit, event: null })

const invalid = ({ qty }: OriginalOrder, price: MicroUnits): boolean =>
  !(qty > 0) || !(price > 0) || !(price < MICRO) || !Number.isFinite(qty)

/**
 * Why an order may not go at `price`, or null. The caps are per strategy and per (strategy, event), loss and rejections
 * are those of the whole run, and an order that reduces what is held is checked like any other.
 */
export const refusalOf = (
  order: OriginalOrder,
  price: MicroUnits,
  { eventNotionalBefore, notional, realizedBefore, rejectionsBefore, strategyNotionalBefore }: EntryRisk,
  limits: OriginalLimits
): RiskRejection | null => {
  if (invalid(order, price)) return refused("invalid order qty/price", null, null, null)
  if (realizedBefore <= -limits.maxDailyLoss) {
    return refused("global stop-loss triggered", "max_daily_loss", realizedBefore, limits.maxDailyLoss)
  }
  const strategy = strategyNotionalBefore + notional
  if (strategy > limits.maxStrategyNotional) {
    return refused("strategy notional limit exceeded", "max_strategy_notional", strategy, limits.maxStrategyNotional)
  }
  const event = eventNotionalBefore + notional
  if (event > limits.maxEventNotional) {
    return refused("event notional limit exceeded", "max_event_notional", event, limits.maxEventNotional)
  }
  if (rejectionsBefore >= limits.circuitBreakerRejections) {
    const { circuitBreakerRejections: limit } = limits
    return refused("circuit breaker open", "circuit_breaker_rejections", rejectionsBefore, limit)
  }
  return null
}
