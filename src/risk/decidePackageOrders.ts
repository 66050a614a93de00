import { type Estimate } from "../domain/Execution.ts"
import { type EventId, type MarketId, type StrategyId } from "../domain/ids.ts"
import { type ApprovedOrder } from "../domain/ApprovedOrder.ts"
import { type RiskDecision, type RiskLimits } from "../domain/Risk.ts"
import { utcDay } from "../domain/time.ts"
import { type Usdc, usdc } from "../domain/units.ts"
import { type BankrollUse, type Exposure, type OrderRefusal, type PackageVerdict } from "../domain/RiskVerdict.ts"
import { checkOrder, type RiskResult } from "./check.ts"

export interface CheckedOrders {
  /** One for each order, in order. */
  readonly decisions: ReadonlyArray<RiskDecision>
  /** Index of the first that was refused; null: all passed. */
  readonly refusedAt: number | null
  /** The orders that may be sent; empty unless all passed. */
  readonly approved: ReadonlyArray<ApprovedOrder>
}

/** UTC day on which the market of an order resolves; null where it is not known. */
const dayOf = ({ resolvesAtUs }: Estimate): number | null => (resolvesAtUs === null ? null : utcDay(resolvesAtUs))

const isApproved = (result: RiskResult): result is Extract<RiskResult, { readonly _tag: "Approved" }> =>
  result._tag === "Approved"

/** What earlier orders of the same package add; a package has few. */
class Pending {
  private readonly added: Array<{ readonly of: Estimate; readonly notional: Usdc }> = []
  /** All that may go, sales of what is held included: one of a hedge is not nothing to the worst loss. */
  readonly approved: Array<Estimate> = []
  resting = 0

  add(of: Estimate, { allowed, notional }: RiskDecision): void {
    if (of.order.tif === "gtc") this.resting += 1
    if (of.order.action !== "close") this.added.push({ of, notional })
    if (allowed) this.approved.push(of)
  }

  ofStrategy(strategy: StrategyId): Usdc {
    let total = 0
    for (const { notional, of } of this.added) if (of.order.strategy === strategy) total += notional
    return usdc(total)
  }

  ofEvent(eventId: EventId): Usdc {
    let total = 0
    for (const { notional, of } of this.added) if (of.order.eventId === eventId) total += notional
    return usdc(total)
  }

  ofMarket(marketId: MarketId): Usdc {
    let total = 0
    for (const { notional, of } of this.added) if (of.order.marketId === marketId) total += notional
    return usdc(total)
  }

  all(): Usdc {
    let total = 0
    for (const { notional } of this.added) total += notional
    return usdc(total)
  }

  /** With fees. */
  cost(costOf: BankrollUse["costOf"]): Usdc {
    let total = 0
    for (const { of } of this.added) total += costOf(of)
    return usdc(total)
  }

  ofDay(day: number): Usdc {
    let total = 0
    for (const { notional, of } of this.added) if (dayOf(of) === day) total += notional
    return usdc(total)
  }
}

const bankrollWith = ({ costOf, used }: BankrollUse, estimate: Estimate, pending: Pending): Usdc =>
  usdc(used() + pending.cost(costOf) + costOf(estimate))

const checkOne = (estimate: Estimate, exposure: Exposure, pending: Pending, limits: RiskLimits): RiskResult => {
  const { midPrice, order, price, quoteAgeUs, source } = estimate
  const { bankroll, drawdown, marketNotional, maxQuoteAge, resolutionDayNotional, scenario, totalNotional } = exposure
  const day = resolutionDayNotional === null ? null : dayOf(estimate)
  return checkOrder(
    order,
    price,
    {
      realized: exposure.realized,
      strategyNotional: usdc(exposure.strategyNotional(order.strategy) + pending.ofStrategy(order.strategy)),
      eventNotional: usdc(exposure.eventNotional(order.eventId) + pending.ofEvent(order.eventId)),
      reduces: order.action === "close",
      breaker: exposure.breaker,
      rejections: exposure.rejections,
      openOrders: exposure.openOrders + pending.resting,
      midPrice,
      quoteAgeUs,
      maxQuoteAgeUs: maxQuoteAge === null ? null : maxQuoteAge(source),
      resolutionDateNotional:
        day === null || resolutionDayNotional === null ? null : usdc(resolutionDayNotional(day) + pending.ofDay(day)),
      scenario: scenario === null ? null : () => scenario(estimate, pending.approved),
      disputed: exposure.disputed(order.marketId),
      marketNotional:
        marketNotional === null ? null : usdc(marketNotional(order.marketId) + pending.ofMarket(order.marketId)),
      totalNotional: totalNotional === null ? null : usdc(totalNotional() + pending.all()),
      bankrollUsed: bankroll === null ? null : bankrollWith(bankroll, estimate, pending),
      drawdown
    },
    limits
  )
}

/**
 * Decides orders that trade together or not at all: each is checked with the notional of those before it added, so the
 * last one is held to the sum.
 */
export const checkTogether = (
  estimates: ReadonlyArray<Estimate>,
  exposure: Exposure,
  limits: RiskLimits
): CheckedOrders => {
  const pending = new Pending()
  const results = estimates.map((estimate, at) => {
    const result = checkOne(estimate, exposure, pending, limits)
    if (at + 1 < estimates.length) pending.add(estimate, result.decision)
    return result
  })
  const refusedAt = results.findIndex(({ _tag }) => _tag === "Refused")
  return {
    decisions: results.map(({ decision }) => decision),
    refusedAt: refusedAt === -1 ? null : refusedAt,
    approved: results.every(isApproved) ? results.map(({ order }) => order) : []
  }
}

const refusalAt = (
  at: number,
  { noMatch, refusal }: Estimate,
  decision: RiskDecision | undefined
): OrderRefusal | null => {
  if (noMatch !== null) {
    const { reason, status } = noMatch
    return { at, by: status === "rejected" ? "venue" : "market", status, reason, counts: false }
  }
  const reason = decision?.reason ?? null
  if (reason !== null) {
    return { at, by: "risk", status: "rejected", reason, counts: reason.code !== "circuit breaker open" }
  }
  if (refusal === null) return null
  return { at, by: "venue", status: "rejected", reason: refusal.reason, counts: refusal.countsAsRejection }
}

/**
 * Decides a package, for paper, live and backtest alike. The first order that cannot go takes the others with it; asked of
 * each, in this order: does the market offer a counterparty, does risk allow it, does the venue take it.
 */
export const decidePackageOrders = (
  estimates: ReadonlyArray<Estimate>,
  exposure: Exposure,
  limits: RiskLimits
): PackageVerdict => {
  const { approved, decisions } = checkTogether(estimates, exposure, limits)
  let at = 0
  for (const estimate of estimates) {
    const refusal = refusalAt(at, estimate, decisions[at])
    if (refusal !== null) return { decisions, refusal, approved: [] }
    at += 1
  }
  return { decisions, refusal: null, approved }
}
