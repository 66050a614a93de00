import { notionalOf } from "../core/portfolio.ts"
import { type ApprovedOrder, type OrderRequest } from "../domain/Order.ts"
import { type RiskCode, type RiskDecision, type RiskLimits } from "../domain/Risk.ts"
import { type BreakerPhase, type ScenarioPreview } from "../domain/RiskVerdict.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type Micros, MICRO } from "../domain/units.ts"
import { scenarioRefusal } from "./scenario.ts"

/** What risk looks at besides the order. Money in micro-USDC; null where it is not known. */
export interface RiskState {
  /** Realized PnL that the daily stop-loss looks at: of the current UTC day. */
  readonly realized: Micros
  /** Sum of |quantity * average| over the strategy's positions and working orders. */
  readonly strategyNotional: Micros
  /** The same over all strategies in the order's event. */
  readonly eventNotional: Micros
  /** The order only gives back what is held. */
  readonly reduces: boolean
  readonly breaker: BreakerPhase
  /** Rejections in a row that count, for the text. */
  readonly rejections: number
  readonly openOrders: number
  readonly midPrice: Micros | null
  readonly quoteAgeUs: EpochMicros | null
  /** Notional of everything that resolves on the order's resolution day; null when the day is not known. */
  readonly resolutionDateNotional: Micros | null
  /** What the order would do to the worst loss; asked last, and only of orders that may go. null: nobody counts. */
  readonly scenario: (() => ScenarioPreview) | null
}

export type RiskResult =
  | { readonly _tag: "Approved"; readonly decision: RiskDecision; readonly order: ApprovedOrder }
  | { readonly _tag: "Refused"; readonly decision: RiskDecision }

/** The one sanctioned cast of the project: nothing else can make an ApprovedOrder. */
const approve = (order: OrderRequest): ApprovedOrder => order as ApprovedOrder

const usdc = (micros: Micros): string => (micros / MICRO).toFixed(2)
const exceeded = (code: RiskCode, value: Micros, limit: Micros): readonly [RiskCode, string] => [
  code,
  `${code}: ${usdc(value)} > ${usdc(limit)}`
]

type Refusal = readonly [RiskCode, string] | null

const invalid = (order: OrderRequest, price: Micros): boolean =>
  !(order.qty > 0) || !(price > 0) || !(price < MICRO) || !Number.isFinite(order.qty)

const caps = (notional: Micros, state: RiskState, limits: RiskLimits): Refusal => {
  if (state.realized <= -limits.maxDailyLoss) {
    return ["global stop-loss triggered", `global stop-loss triggered: realized=${usdc(state.realized)}`]
  }
  const strategy = state.strategyNotional + notional
  if (strategy > limits.maxStrategyNotional) {
    return exceeded("strategy notional limit exceeded", strategy, limits.maxStrategyNotional)
  }
  const event = state.eventNotional + notional
  if (event > limits.maxEventNotional) {
    return exceeded("event notional limit exceeded", event, limits.maxEventNotional)
  }
  if (state.breaker === "open") {
    const text = `rejected=${state.rejections}, threshold=${limits.circuitBreakerRejections}`
    return ["circuit breaker open", `circuit breaker open: ${text}`]
  }
  return null
}

/** The limits that are off unless configured. */
const optionalCaps = (price: Micros, notional: Micros, state: RiskState, limits: RiskLimits): Refusal => {
  if (limits.maxOrderNotional !== null && notional > limits.maxOrderNotional) {
    return exceeded("order notional limit exceeded", notional, limits.maxOrderNotional)
  }
  if (limits.maxOpenOrders !== null && state.openOrders >= limits.maxOpenOrders) {
    const text = `${state.openOrders.toFixed(2)} >= ${limits.maxOpenOrders.toFixed(2)}`
    return ["open order limit exceeded", `open order limit exceeded: ${text}`]
  }
  if (limits.priceCollar !== null) {
    if (state.midPrice === null) return ["price collar exceeded", "price collar exceeded: no mid price is known"]
    const distance = Math.abs(price - state.midPrice)
    if (distance > limits.priceCollar) return exceeded("price collar exceeded", distance, limits.priceCollar)
  }
  if (limits.maxQuoteAgeUs !== null) {
    if (state.quoteAgeUs === null) return ["stale quote", "stale quote: no quote is known"]
    if (state.quoteAgeUs > limits.maxQuoteAgeUs) {
      const seconds = (us: EpochMicros): string => (us / 1_000_000).toFixed(2)
      return ["stale quote", `stale quote: age ${seconds(state.quoteAgeUs)} s > ${seconds(limits.maxQuoteAgeUs)} s`]
    }
  }
  if (limits.maxResolutionDateNotional !== null && state.resolutionDateNotional !== null) {
    const total = state.resolutionDateNotional + notional
    if (total > limits.maxResolutionDateNotional) {
      return exceeded("resolution date notional limit exceeded", total, limits.maxResolutionDateNotional)
    }
  }
  return null
}

/**
 * Decides one order at `price` (its fill or limit price, micro-USDC per share): the same function for backtest, paper
 * and live. An order that only reduces what is held is checked for validity alone: a limit must never stop anyone
 * from getting out.
 */
export const checkOrder = (order: OrderRequest, price: Micros, state: RiskState, limits: RiskLimits): RiskResult => {
  const notional = Math.abs(notionalOf(price, order.qty))
  const refusal: Refusal = invalid(order, price)
    ? ["invalid order qty/price", "invalid order qty/price"]
    : state.reduces
      ? null
      : (caps(notional, state, limits) ??
        optionalCaps(price, notional, state, limits) ??
        (state.scenario === null ? null : scenarioRefusal(state.scenario(), limits)))
  const decision: RiskDecision = {
    allowed: refusal === null,
    code: refusal === null ? "ok" : refusal[0],
    text: refusal === null ? "ok" : refusal[1],
    notional,
    realizedBefore: state.realized,
    strategyNotionalBefore: state.strategyNotional,
    eventNotionalBefore: state.eventNotional,
    rejectionsBefore: state.rejections
  }
  return refusal === null ? { _tag: "Approved", decision, order: approve(order) } : { _tag: "Refused", decision }
}
