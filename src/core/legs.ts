import { type MarketId, type Side, type Token } from "../domain/ids.ts"
import { isJsonObject, type Json, type JsonObject } from "../domain/json.ts"
import { clamp, MICRO, type Micros, toMicros } from "../domain/units.ts"

/** What an order of a bundle is for; `leg`: one of several that are all alike. */
export type LegRole = "primary" | "hedge" | "sell_leg" | "leg"

/** One order that a signal asks for. Limit in micro-USDC per share, quantity in micro-shares. */
export interface Leg {
  readonly role: LegRole
  readonly marketId: MarketId
  readonly token: Token
  readonly side: Side
  readonly limitPrice: Micros
  readonly qty: Micros
}

/** The part of a signal that decides its orders. Natural units. */
export interface LegSource {
  readonly strategy: string
  readonly marketId: MarketId
  readonly side: Side
  readonly targetPrice: number
  readonly sizeHint: number
  readonly payload: JsonObject
}

/** How far S1 goes beyond the mid of its sell leg, as it does on its buy leg (USDC per share). */
const S1_IMPROVE = 0.005

const numberOf = (value: Json | undefined, otherwise: number): number => {
  const number = typeof value === "string" ? Number(value) : value
  return typeof number === "number" && Number.isFinite(number) ? number : otherwise
}
const textOf = (value: Json | undefined, otherwise: string): string => (typeof value === "string" ? value : otherwise)
const tokenOf = (value: Json | undefined): Token => (textOf(value, "YES").toUpperCase() === "NO" ? "NO" : "YES")

const objectOf = (payload: JsonObject, key: string): JsonObject | null => {
  const value = payload[key]
  return isJsonObject(value) ? value : null
}

const nothingListed: ReadonlyArray<JsonObject> = []

/** The orders that the payload lists itself; empty when it lists none. */
const listOf = (payload: JsonObject): ReadonlyArray<JsonObject> => {
  const legs = payload["legs"]
  return Array.isArray(legs) ? legs.map((leg) => (isJsonObject(leg) ? leg : {})) : nothingListed
}

/** What is missing in a listed leg becomes 0 or "": an order that nobody takes, and so no half of a bundle trades. */
const listedLeg = (leg: JsonObject): Leg => ({
  role: "leg",
  marketId: textOf(leg["market_id"], ""),
  token: tokenOf(leg["token"]),
  side: textOf(leg["side"], "buy").toLowerCase() === "sell" ? "sell" : "buy",
  limitPrice: toMicros(numberOf(leg["price"], 0)),
  qty: toMicros(numberOf(leg["qty"], 0))
})

/** The first order in natural units: YES at the target price, unless the payload names a primary leg. */
const primaryOf = (
  signal: Omit<LegSource, "strategy">
): { readonly token: Token; readonly price: number; readonly qty: number } => {
  const primary = objectOf(signal.payload, "primary_leg")
  if (primary === null) return { token: "YES", price: signal.targetPrice, qty: signal.sizeHint }
  return {
    token: tokenOf(primary["token"]),
    price: numberOf(primary["price"], signal.targetPrice),
    qty: numberOf(primary["qty"], signal.sizeHint)
  }
}

const hedgeOf = (signal: LegSource): Leg | null => {
  const hedge = objectOf(signal.payload, "tail_hedge")
  if (hedge === null) return null
  return {
    role: "hedge",
    marketId: textOf(hedge["market_id"], signal.marketId),
    token: tokenOf(hedge["token"]),
    side: "buy",
    limitPrice: toMicros(numberOf(hedge["price"], 0)),
    qty: toMicros(numberOf(hedge["qty"], 0))
  }
}

const sellLegOf = (signal: LegSource, qty: Micros): Leg | null => {
  const sell = objectOf(signal.payload, "sell_leg")
  if (sell === null) return null
  const mid = numberOf(sell["mid"], Number.NaN)
  if (!Number.isFinite(mid)) return null
  return {
    role: "sell_leg",
    marketId: textOf(sell["market_id"], ""),
    token: "YES",
    side: "sell",
    limitPrice: toMicros(clamp(mid - S1_IMPROVE, 0.01, 0.99)),
    qty
  }
}

/**
 * All orders that a signal asks for, primary first: S8 adds its tail hedge, S1 the sale of its dear side; S9 and S10 list
 * theirs. They are one bundle: they fill together or not at all. (The legs of an S2 basket are signals of their own; see
 * `basketKey`.)
 */
export const legsOf = (signal: LegSource): ReadonlyArray<Leg> => {
  const listed = listOf(signal.payload)
  if (listed.length > 0) return listed.map(listedLeg)
  const primary = primaryOf(signal)
  const qty = toMicros(primary.qty)
  const legs: Array<Leg> = [
    {
      role: "primary",
      marketId: signal.marketId,
      token: primary.token,
      side: signal.side,
      limitPrice: toMicros(primary.price),
      qty
    }
  ]
  const hedge = hedgeOf(signal)
  if (hedge !== null) legs.push(hedge)
  const sell = sellLegOf(signal, qty)
  if (sell !== null) legs.push(sell)
  return legs
}

/**
 * Signals with the same key are legs of one basket (S2: every market of an event at one moment), or null when the
 * signal stands alone.
 */
export const basketKey = (signal: {
  readonly strategy: string
  readonly eventId: string
  readonly createdAtUs: number
  readonly payload: JsonObject
}): string | null =>
  Array.isArray(signal.payload["basket_markets"])
    ? `${signal.strategy}\u0000${signal.eventId}\u0000${signal.createdAtUs}`
    : null

/** An order as the exchange can take it: a sale of what is not held becomes a purchase of the other outcome. */
export interface PlacedLeg {
  readonly marketId: MarketId
  readonly token: Token
  readonly side: Side
  readonly limitPrice: Micros
  readonly qty: Micros
  /** It only gives back what is held. */
  readonly reduces: boolean
}

/**
 * Turns a wish into orders that the exchange accepts, given how many shares of the token are held (micro-shares): there
 * is no naked short, so what a sale lacks is bought as the other outcome at 1 - price.
 */
export const placeable = (leg: Omit<Leg, "role">, held: Micros): ReadonlyArray<PlacedLeg> => {
  const { limitPrice, marketId, qty, side, token } = leg
  if (side === "buy") return [{ marketId, token, side, limitPrice, qty, reduces: false }]
  const closing = Math.min(qty, Math.max(0, held))
  const rest = qty - closing
  const orders: Array<PlacedLeg> = []
  if (closing > 0) orders.push({ marketId, token, side, limitPrice, qty: closing, reduces: true })
  if (rest > 0 || closing === 0) {
    orders.push({
      marketId,
      token: token === "YES" ? "NO" : "YES",
      side: "buy",
      limitPrice: MICRO - limitPrice,
      qty: rest,
      reduces: false
    })
  }
  return orders
}

/**
 * Why the order at `index` cannot trade beside the earlier ones of its bundle, or null. Two sources may show one contract
 * at different prices, but the exchange has one book for it: the gap is one source's delay, and nobody can earn it.
 */
export const oneBookProblem = (
  orders: ReadonlyArray<{ readonly marketId: MarketId }>,
  index: number,
  conditionOf: (marketId: MarketId) => string | null
): string | null => {
  const own = orders[index]?.marketId ?? ""
  const condition = conditionOf(own)
  if (condition === null) return null
  for (const [at, { marketId }] of orders.entries()) {
    if (at === index) return null
    if (marketId !== own && conditionOf(marketId) === condition) {
      return `same contract: ${marketId} and ${own} share one order book`
    }
  }
  return null
}
