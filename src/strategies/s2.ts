import { clamp } from "../domain/units.ts"
import { type VisibleMarket } from "../domain/MarketView.ts"
import { plainIntent } from "../domain/OrderIntent.ts"
import { type NewSignal } from "../domain/Signal.ts"
import { groupBy, hasYesPrice, openMarkets, type PricedMarket } from "./select.ts"

export interface S2Parameters {
  /** Smallest distance of the event's YES prices from a sum of 1 that is worth a signal. */
  readonly prob_sum_tolerance: number
}

const signed = (value: number): string => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(4)}`

const basketSignals = (
  eventId: string,
  basket: ReadonlyArray<PricedMarket>,
  parameters: S2Parameters
): ReadonlyArray<NewSignal> => {
  const sum = basket.reduce((total, market) => total + market.yesPrice, 0)
  const deviation = sum - 1
  const size = Math.abs(deviation)
  if (basket.length < 2 || size < parameters.prob_sum_tolerance) return []
  const side = deviation < 0 ? "buy" : "sell"
  const ids = basket.map((market) => market.marketId)
  const sizeHint = Math.max(2, 15 * size)
  const payload = { event_id: eventId, prob_sum: sum, deviation, basket_markets: ids, leg_weight: 1 / basket.length }
  return basket.map(({ marketId, yesPrice }) => {
    const targetPrice = clamp(side === "buy" ? yesPrice + 0.005 : yesPrice - 0.005, 0.01, 0.99)
    return {
      strategy: "s2",
      marketId,
      eventId,
      side,
      score: size * basket.length,
      confidence: Math.min(0.95, 0.55 + size),
      targetPrice,
      sizeHint,
      rationale:
        `YES prices of the event's ${basket.length} outcomes add up to ${sum.toFixed(4)} ` +
        `(${signed(deviation)} from 1): ${side} every leg.`,
      legs: [plainIntent({ marketId, side, targetPrice, sizeHint })],
      style: "aggressive",
      basket: true,
      payload
    }
  })
}

/**
 * Each contract once: two sources list the same one under its condition id, and a sum that counts it twice is no sum of
 * probabilities. Rows without a condition id cannot be distinguished and stay.
 */
const distinctContracts = (legs: ReadonlyArray<PricedMarket>): ReadonlyArray<PricedMarket> => {
  const seen = new Set<string>()
  return legs.filter(({ conditionId }) => {
    if (conditionId === null) return true
    if (seen.has(conditionId)) return false
    seen.add(conditionId)
    return true
  })
}

/**
 * Neg-risk rebalance: exactly one outcome of such an event pays, so its YES prices ought to add up to 1. Markets whose
 * source names no event have nothing in common and make no basket.
 */
export const s2 = (markets: ReadonlyArray<VisibleMarket>, parameters: S2Parameters): ReadonlyArray<NewSignal> => {
  const legs = openMarkets(markets)
    .filter(hasYesPrice)
    .filter((market) => market.negRisk && market.eventId !== "unknown")
  return [...groupBy(legs, (market) => market.eventId)].flatMap(([eventId, basket]) =>
    basketSignals(eventId, distinctContracts(basket), parameters)
  )
}
