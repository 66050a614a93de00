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
  /** How old the quote may be; null: the limit is off. */
  readonly maxQuoteAgeUs: EpochMicros | null
  /** Notional of everything that resolves on the order's resolution day; null when the day is not known. */
  readonly resolutionDateNotional: Usdc | null
  /** What the order would do to the worst loss; asked last, and only of orders that may go. null: no limit is set. */
  readonly scenario: (() => ScenarioPreview) | null
  /** The resolution of the order's market is disputed. */
  readonly disputed: boolean
  /** Notional in the order's market; null: the limit is off. So are the following. */
  readonly marketNotional: Usdc | null
  readonly totalNotional: Usdc | null
  /** What would be in use of the bankroll with the order: its notional and its fee count. */
  readonly bankrollUsed: Usdc | null
  /** Fall of equity since its peak. */
  readonly drawdown: Usdc | null
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

/** What stops all opening: a fall of equity since its peak, and a market of which it is disputed how it ends. */
const stops = (state: RiskState, limits: RiskLimits): RiskRejection | null => {
  if (limits.maxDrawdown !== null && state.drawdown !== null && state.drawdown >= limits.maxDrawdown) {
    return refused("drawdown stop triggered", "max_drawdown", state.drawdown, limits.maxDrawdown)
  }
  return state.disputed && !limits.allowDisputed
    ? refused("market resolution disputed", "allow_disputed", null, null)
    : null
}

/** What the order itself may be. */
const orderLimits = (price: Price, notional: Usdc, state: RiskState, limits: RiskLimits): RiskRejection | null => {
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
  const { maxQuoteAgeUs, quoteAgeUs } = state
  if (maxQuoteAgeUs !== null) {
    if (quoteAgeUs === null || quoteAgeUs > maxQuoteAgeUs) {
      return refused("stale quote", "max_quote_age_sec", quoteAgeUs, maxQuoteAgeUs)
    }
  }
  return null
}

/** A sum that the order would raise above its limit; `before` is null where it is not known. */
const raised = (
  code: RiskRejection["code"],
  setting: RiskRejection["setting"],
  before: Usdc | null,
  added: Usdc,
  limit: Usdc | null
): RiskRejection | null =>
  limit === null || before === null || before + added <= limit ? null : refused(code, setting, before + added, limit)

const NOTHING = usdc(0)

/** Caps on sums, and the bankroll. */
const sumLimits = (notional: Usdc, state: RiskState, limits: RiskLimits): RiskRejection | null => {
  const { maxMarketNotional, maxResolutionDateNotional, maxTotalNotional } = limits
  const { marketNotional, resolutionDateNotional, totalNotional } = state
  const day = "max_resolution_date_notional"
  const dayCode = "resolution date notional limit exceeded"
  return (
    raised(dayCode, day, resolutionDateNotional, notional, maxResolutionDateNotional) ??
    raised("market notional limit exceeded", "max_market_notional", marketNotional, notional, maxMarketNotional) ??
    raised("total notional limit exceeded", "max_total_notional", totalNotional, notional, maxTotalNotional) ??
    raised("buying power exceeded", "buying_power", state.bankrollUsed, NOTHING, limits.buyingPower)
  )
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
        stops(state, limits) ??
        orderLimits(price, notional, state, limits) ??
        sumLimits(notional, state, limits) ??
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
