import { type MarketId, type Side, type Token } from "../domain/ids.ts"
import { type OrderIntent } from "../domain/OrderIntent.ts"
import { type Rejection } from "../domain/rejection.ts"
import { MICRO, type Price, price, type Shares, shares } from "../domain/units.ts"

/** An order as the exchange can take it: a sale of what is not held becomes a purchase of the other outcome. */
export interface PlacedLeg {
  readonly marketId: MarketId
  readonly token: Token
  readonly side: Side
  readonly limitPrice: Price
  readonly qty: Shares
  /** It only gives back what is held. */
  readonly reduces: boolean
}

/**
 * Turns an intent into orders that the exchange accepts, given how many shares of the token are held (micro-shares): there
 * is no naked short, so what a sale lacks is bought as the other outcome at 1 - price.
 */
export const placeable = (leg: Omit<OrderIntent, "role">, held: Shares): ReadonlyArray<PlacedLeg> => {
  const { limitPrice, marketId, qty, side, token } = leg
  if (side === "buy") return [{ marketId, token, side, limitPrice, qty, reduces: false }]
  const closing = Math.min(qty, Math.max(0, held))
  const rest = qty - closing
  const orders: Array<PlacedLeg> = []
  if (closing > 0) orders.push({ marketId, token, side, limitPrice, qty: shares(closing), reduces: true })
  if (rest > 0 || closing === 0) {
    orders.push({
      marketId,
      token: token === "YES" ? "NO" : "YES",
      side: "buy",
      limitPrice: price(MICRO - limitPrice),
      qty: shares(rest),
      reduces: false
    })
  }
  return orders
}

/**
 * Why the order at `index` cannot trade beside the earlier ones of its package, or null. Two sources may show one contract
 * at different prices, but the exchange has one book for it: the gap is one source's delay, and cannot be earned.
 */
export const oneBookProblem = (
  orders: ReadonlyArray<{ readonly marketId: MarketId }>,
  index: number,
  conditionOf: (marketId: MarketId) => string | null
): Rejection | null => {
  const own = orders[index]?.marketId ?? ""
  const condition = conditionOf(own)
  if (condition === null) return null
  for (const [at, { marketId }] of orders.entries()) {
    if (at === index) return null
    if (marketId !== own && conditionOf(marketId) === condition) {
      return { code: "same contract", by: "venue", market: own, other: marketId }
    }
  }
  return null
}
