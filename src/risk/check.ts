import { notionalOf } from "../core/account/portfolio.ts"
import { type ApprovedOrder } from "../domain/ApprovedOrder.ts"
import { type OrderRequest } from "../domain/Order.ts"
import { type RiskRejection } from "../domain/rejection.ts"
import { type RiskDecision, type RiskLimits } from "../domain/Risk.ts"
import { type BreakerPhase, type ScenarioPreview } from "../domain/RiskVerdict.ts"
import { type EpochMicros } from "../domain/time.ts"
import { MICRO, type Price, type Usdc, usdc } from "../domain/units.ts"
import { approve } from "./approve.ts"
import { scenarioRefusal } from "./scenario.ts"

/** What risk looks at besides the order. Money in micro-USDC; null where it is not known. */
export interface RiskState {
  /** Realized PnL that the daily stop-loss looks at: of the current UTC day. */
  readonly realized: Usdc
  /** Sum of |quantity * average| over the strategy's positions and working orders. */
  readonly strategyNotional: Usdc
  /** The same over all strategies in the order's event. */
  readonly eventNotional: Usdc
  /** The order only gives back what is held. */
  readonly reduces: boolean
  readonly breaker: BreakerPhase
  /** Rejections in a row that count, for the text. */
  readonly rejections: number
  readonly openOrders: number
  readonly midPrice: Price | null
  readonly quoteAgeUs: EpochMicros | null
  /** Notional of everything that resolves on the order's resolution day; null when the day is not known. */
  readonly resolutionDateNotional: Usdc | null
  /** What the order would do to the worst loss; asked last, and only of orders that may go. null: no limit is set. */
  readonly scenario: (() => ScenarioPreview) | null
}

export type RiskResult =
  | { readonly _tag: "Approved"; readonly decision: RiskDecision; readonly order: ApprovedOrder }
  | { readonly _tag: "Refused"; readonly decision: RiskDecision }

const refused = (
  code: RiskRejection["code"],
  setting: RiskRejection["setting"],
  value: number | null,
  limit: number | null
): RiskRejection => ({ code, by: "risk", setting, value, limit, event: null })

const invalidOrder = refused("invalid order qty/price", null, null, null)

const invalid = (order: OrderRequest, price: Price): boolean =>
  !(order.qty > 0) || !(price > 0) || !(price < MICRO) || !Number.isFinite(order.qty)

const caps = (notional: Usdc, state: RiskState, limits: RiskLimits): RiskRejection | null => {
  if (state.realized <= -limits.maxDailyLoss) {
    return refused("global stop-loss triggered", "max_daily_loss", state.realized, limits.maxDailyLoss)
  }
  const strategy = state.strategyNotional + notional
  if (strategy > limits.maxStrategyNotional) {
    return refused("strategy notional limit exceeded", "max_strategy_notional", strategy, limits.maxStrategyNotional)
  }
  const event = state.eventNotional + notional
  if (event > limits.maxEventNotional) {
    return refused("event notional limit exceeded", "max_event_notional", event, limits.maxEventNotional)
  }
  if (state.breaker === "open") {
    const { circuitBreakerRejections } = limits
    return refused("circuit breaker open", "circuit_breaker_rejections", state.rejections, circuitBreakerRejections)
  }
  return null
}

/** The limits that are off unless configured. */
const optionalCaps = (price: Price, notional: Usdc, state: RiskState, limits: RiskLimits): RiskRejection | null => {
  if (limits.maxOrderNotional !== null && notional > limits.maxOrderNotional) {
    return refused("order notional limit exceeded", "max_order_notional", notional, limits.maxOrderNotional)
  }
  if (limits.maxOpenOrders !== null && state.openOrders >= limits.maxOpenOrders) {
    return refused("open order limit exceeded", "max_open_orders", state.openOrders, limits.maxOpenOrders)
  }
  if (limits.priceCollar !== null) {
    const distance = state.midPrice === null ? null : Math.abs(price - state.midPrice)
    if (distance === null || distance > limits.priceCollar) {
      return refused("price collar exceeded", "price_collar", distance, limits.priceCollar)
    }
  }
  if (limits.maxQuoteAgeUs !== null) {
    if (state.quoteAgeUs === null || state.quoteAgeUs > limits.maxQuoteAgeUs) {
      return refused("stale quote", "max_quote_age_sec", state.quoteAgeUs, limits.maxQuoteAgeUs)
    }
  }
  if (limits.maxResolutionDateNotional !== null && state.resolutionDateNotional !== null) {
    const total = state.resolutionDateNotional + notional
    if (total > limits.maxResolutionDateNotional) {
      const { maxResolutionDateNotional: limit } = limits
      return refused("resolution date notional limit exceeded", "max_resolution_date_notional", total, limit)
    }
  }
  return null
}

/**
 * Decides one order at `price` (its fill or limit price, micro-USDC per share): the same function for backtest, paper
 * and live. An order that only reduces what is held is checked for validity alone: a limit must never stop anyone
 * from getting out.
 */
export const checkOrder = (order: OrderRequest, price: Price, state: RiskState, limits: RiskLimits): RiskResult => {
  const notional = usdc(Math.abs(notionalOf(price, order.qty)))
  const reason: RiskRejection | null = invalid(order, price)
    ? invalidOrder
    : state.reduces
      ? null
      : (caps(notional, state, limits) ??
        optionalCaps(price, notional, state, limits) ??
        (state.scenario === null ? null : scenarioRefusal(state.scenario(), limits)))
  const decision: RiskDecision = {
    allowed: reason === null,
    reason,
    notional,
    realizedBefore: state.realized,
    strategyNotionalBefore: state.strategyNotional,
    eventNotionalBefore: state.eventNotional,
    rejectionsBefore: state.rejections
  }
  return reason === null ? { _tag: "Approved", decision, order: approve(order) } : { _tag: "Refused", decision }
}
