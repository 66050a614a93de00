import { type ApprovedOrder } from "../domain/Order.ts"
import { type OrderProposal } from "../domain/OrderProposal.ts"
import { type RiskDecision, type RiskLimits } from "../domain/Risk.ts"
import { utcDay } from "../domain/time.ts"
import { type Micros } from "../domain/units.ts"
import { type BreakerPhase } from "./breaker.ts"
import { checkOrder } from "./check.ts"

/** What is at stake before a bundle: positions at cost plus what still rests, micro-USDC. */
export interface Exposure {
  /** Realized PnL of the current UTC day. */
  readonly realized: Micros
  readonly byStrategy: ReadonlyMap<string, Micros>
  readonly byEvent: ReadonlyMap<string, Micros>
  /** By number of the UTC day; null when the limit is off and nobody counted. */
  readonly byResolutionDay: ReadonlyMap<number, Micros> | null
  readonly openOrders: number
  readonly breaker: BreakerPhase
  /** Rejections in a row that count. */
  readonly rejections: number
}

export interface BundleResult {
  /** One for each proposal, in order. */
  readonly decisions: ReadonlyArray<RiskDecision>
  /** Index of the first refused proposal; null: all passed. */
  readonly refusedAt: number | null
  /** The orders that may be sent; empty unless all passed. */
  readonly approved: ReadonlyArray<ApprovedOrder>
}

/**
 * Decides orders that trade together or not at all: each is checked with the notional of those before it added, so the
 * last one is held to the sum.
 */
export const checkTogether = (
  proposals: ReadonlyArray<OrderProposal>,
  exposure: Exposure,
  limits: RiskLimits
): BundleResult => {
  const before = (sums: ReadonlyMap<string, Micros>, added: Map<string, Micros>, key: string): Micros =>
    (sums.get(key) ?? 0) + (added.get(key) ?? 0)
  const add = <K>(sums: Map<K, Micros>, key: K, notional: Micros): void =>
    void sums.set(key, (sums.get(key) ?? 0) + notional)
  const byStrategy = new Map<string, Micros>()
  const byEvent = new Map<string, Micros>()
  const byDay = new Map<number, Micros>()
  const decisions: Array<RiskDecision> = []
  const approved: Array<ApprovedOrder> = []
  let refusedAt: number | null = null
  let resting = 0
  proposals.forEach(({ midPrice, order, price, quoteAgeUs, resolvesAtUs }, index) => {
    const reduces = order.action === "close"
    const day = resolvesAtUs === null ? null : utcDay(resolvesAtUs)
    const result = checkOrder(
      order,
      price,
      {
        realized: exposure.realized,
        strategyNotional: before(exposure.byStrategy, byStrategy, order.strategy),
        eventNotional: before(exposure.byEvent, byEvent, order.eventId),
        reduces,
        breaker: exposure.breaker,
        rejections: exposure.rejections,
        openOrders: exposure.openOrders + resting,
        midPrice,
        quoteAgeUs,
        resolutionDateNotional:
          day === null || exposure.byResolutionDay === null
            ? null
            : (exposure.byResolutionDay.get(day) ?? 0) + (byDay.get(day) ?? 0)
      },
      limits
    )
    decisions.push(result.decision)
    if (result._tag === "Approved") approved.push(result.order)
    else refusedAt ??= index
    if (order.tif === "gtc") resting += 1
    if (reduces) return
    add(byStrategy, order.strategy, result.decision.notional)
    add(byEvent, order.eventId, result.decision.notional)
    if (day !== null) add(byDay, day, result.decision.notional)
  })
  return { decisions, refusedAt, approved: refusedAt === null ? approved : [] }
}
