import { type MarketId, type Side, type Token } from "../domain/ids.ts"
import { isJsonObject, type Json, type JsonObject } from "../domain/json.ts"
import { type OrderIntent, plainIntent, saleBelowMid } from "../domain/OrderIntent.ts"
import { type NewSignal } from "../domain/Signal.ts"
import { type Shares, toMicros } from "../domain/units.ts"
import {
  type Given,
  marketIn,
  type OrderPlace,
  type Place,
  priceIn,
  refuse,
  shown,
  sideIn,
  sizeIn,
  tokenIn
} from "./signalChecks.ts"

/** One order as a strategy of the user's own gives it. Natural units: USDC per share, and shares. */
export interface StrategyLeg {
  readonly marketId: MarketId
  readonly token: Token
  /** "buy" when left out. */
  readonly side?: Side
  readonly price: number
  readonly qty: number
}

const legFields = ["marketId", "token", "side", "price", "qty"] as const

type Columns = Pick<NewSignal, "marketId" | "side" | "targetPrice" | "sizeHint">
type Orders = Pick<NewSignal, "legs" | "basket">

const sideOrBuy = (place: OrderPlace, field: string, value: unknown): Side =>
  value === undefined ? "buy" : sideIn(place, field, value)

/** One order of a strategy, checked. `at` is where it stands. */
export const typedLeg = (place: OrderPlace, at: string, value: unknown): Omit<OrderIntent, "role"> => {
  if (typeof value !== "object" || value === null) return refuse(place, at, `must be an object, not ${shown(value)}`)
  const leg: Given = { ...value }
  const unknownKey = Object.keys(leg).find((key) => !legFields.some((field) => field === key))
  if (unknownKey !== undefined) {
    return refuse(place, `${at}.${unknownKey}`, `is no field of a leg; there are ${legFields.join(", ")}`)
  }
  return {
    marketId: marketIn(place, `${at}.marketId`, leg["marketId"]),
    token: tokenIn(place, `${at}.token`, leg["token"]),
    side: sideOrBuy(place, `${at}.side`, leg["side"]),
    limitPrice: toMicros(priceIn(place, `${at}.price`, leg["price"])),
    qty: toMicros(sizeIn(place, `${at}.qty`, leg["qty"]))
  }
}

/** The keys of a payload that name orders. */
const orderKeys = ["primary_leg", "tail_hedge", "sell_leg", "legs"] as const

const typedLegs = (place: Place, given: unknown, payload: JsonObject): ReadonlyArray<OrderIntent> => {
  if (!Array.isArray(given) || given.length === 0) {
    return refuse(
      place,
      ".legs",
      `must be a list of at least one order, not ${given instanceof Array ? "an empty one" : shown(given)}`
    )
  }
  const second = orderKeys.find((key) => payload[key] !== undefined && payload[key] !== null)
  if (second !== undefined) {
    return refuse(place, `.payload.${second}`, "names an order beside legs, which name them all; leave one of them out")
  }
  const role = given.length === 1 ? "primary" : "leg"
  return given.map((value: unknown, index) => ({ role, ...typedLeg(place, `.legs[${index}]`, value) }))
}

/** A part of an old-style payload that must be an object where it is there at all. */
const partOf = (place: Place, payload: JsonObject, name: string): JsonObject | null => {
  const value = payload[name]
  if (value === undefined || value === null) return null
  return isJsonObject(value) ? value : refuse(place, `.payload.${name}`, `must be an object, not ${shown(value)}`)
}

const payloadLeg = (place: Place, at: string, leg: JsonObject): Omit<OrderIntent, "role" | "side"> => ({
  token: tokenIn(place, `${at}.token`, leg["token"]),
  marketId: marketIn(place, `${at}.market_id`, leg["market_id"]),
  limitPrice: toMicros(priceIn(place, `${at}.price`, leg["price"])),
  qty: toMicros(sizeIn(place, `${at}.qty`, leg["qty"]))
})

const listedLegs = (place: Place, payload: JsonObject): ReadonlyArray<OrderIntent> => {
  const { legs = null } = payload
  if (legs === null) return []
  if (!Array.isArray(legs)) return refuse(place, ".payload.legs", `must be a list, not ${shown(legs)}`)
  return legs.map((value: Json, index): OrderIntent => {
    const at = `.payload.legs[${index}]`
    if (!isJsonObject(value)) return refuse(place, at, `must be an object, not ${shown(value)}`)
    const side = sideOrBuy(place, `${at}.side`, value["side"])
    return { role: "leg", side, ...payloadLeg(place, at, value) }
  })
}

const primaryOf = (place: Place, columns: Columns, primary: JsonObject): OrderIntent => {
  const at = ".payload.primary_leg"
  const { price = columns.targetPrice, qty = columns.sizeHint, token = "YES" } = primary
  return {
    ...plainIntent(columns),
    token: tokenIn(place, `${at}.token`, token),
    limitPrice: toMicros(priceIn(place, `${at}.price`, price)),
    qty: toMicros(sizeIn(place, `${at}.qty`, qty))
  }
}

const saleOf = (place: Place, sale: JsonObject, qty: Shares): OrderIntent =>
  saleBelowMid(
    marketIn(place, ".payload.sell_leg.market_id", sale["market_id"]),
    priceIn(place, ".payload.sell_leg.mid", sale["mid"]),
    qty
  )

/** The orders that an old-style payload names, with the same meaning as in a database of the original. */
const payloadLegs = (place: Place, columns: Columns, payload: JsonObject): ReadonlyArray<OrderIntent> => {
  const listed = listedLegs(place, payload)
  const named = partOf(place, payload, "primary_leg")
  const primary = named === null ? plainIntent(columns) : primaryOf(place, columns, named)
  const hedge = partOf(place, payload, "tail_hedge")
  const sale = partOf(place, payload, "sell_leg")
  const legs: Array<OrderIntent> = [primary]
  if (hedge !== null) legs.push({ role: "hedge", side: "buy", ...payloadLeg(place, ".payload.tail_hedge", hedge) })
  if (sale !== null) legs.push(saleOf(place, sale, primary.qty))
  return listed.length > 0 ? listed : legs
}

const basketIn = (place: Place, value: unknown, payload: JsonObject): boolean => {
  if (value === undefined) return Array.isArray(payload["basket_markets"])
  return typeof value === "boolean" ? value : refuse(place, ".basket", `must be true or false, not ${shown(value)}`)
}

/** The orders of a signal, from its typed legs or else from its payload, and whether it is one of a basket. */
export const checkOrders = (place: Place, columns: Columns, given: Given, payload: JsonObject): Orders => {
  const { basket, legs } = given
  const orders = legs === undefined ? payloadLegs(place, columns, payload) : typedLegs(place, legs, payload)
  return {
    legs: Object.freeze(orders.map((leg) => Object.freeze(leg))),
    basket: basketIn(place, basket, payload)
  }
}
