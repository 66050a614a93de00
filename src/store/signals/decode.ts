import { type EventId, type MarketId, type Side, type StrategyId, type Token } from "../../domain/ids.ts"
import { isJsonObject, type Json, type JsonObject } from "../../domain/json.ts"
import {
  basketPackageId,
  type OrderIntent,
  type PackageId,
  plainIntent,
  saleBelowMid
} from "../../domain/OrderIntent.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { type Shares, toMicros } from "../../domain/units.ts"

/** The columns of a signal that decide its orders beside its payload. Natural units. */
export interface SignalColumns {
  readonly marketId: MarketId
  readonly side: Side
  readonly targetPrice: number
  readonly sizeHint: number
}

const numberOf = (value: Json | undefined, otherwise: number): number => {
  const number = typeof value === "string" ? Number(value) : value
  return typeof number === "number" && Number.isFinite(number) ? number : otherwise
}
const textOf = (value: Json | undefined, otherwise: string): string => (typeof value === "string" ? value : otherwise)
const tokenOf = (value: Json | undefined): Token => (textOf(value, "YES").toUpperCase() === "NO" ? "NO" : "YES")

/** What is missing in a listed leg becomes 0 or "": an order that cannot trade, and so no half of a package trades. */
const listedLeg = (value: Json): OrderIntent => {
  const leg = isJsonObject(value) ? value : {}
  return {
    role: "leg",
    marketId: textOf(leg["market_id"], ""),
    token: tokenOf(leg["token"]),
    side: textOf(leg["side"], "buy").toLowerCase() === "sell" ? "sell" : "buy",
    limitPrice: toMicros(numberOf(leg["price"], 0)),
    qty: toMicros(numberOf(leg["qty"], 0))
  }
}

/** YES at the target price, with what the payload's primary leg says instead. */
const primaryOf = (signal: SignalColumns, payload: JsonObject): OrderIntent => {
  const plain = plainIntent(signal)
  const primary = payload["primary_leg"]
  if (!isJsonObject(primary)) return plain
  return {
    ...plain,
    token: tokenOf(primary["token"]),
    limitPrice: toMicros(numberOf(primary["price"], signal.targetPrice)),
    qty: toMicros(numberOf(primary["qty"], signal.sizeHint))
  }
}

const hedgeOf = (signal: SignalColumns, payload: JsonObject): OrderIntent | null => {
  const hedge = payload["tail_hedge"]
  if (!isJsonObject(hedge)) return null
  return {
    role: "hedge",
    marketId: textOf(hedge["market_id"], signal.marketId),
    token: tokenOf(hedge["token"]),
    side: "buy",
    limitPrice: toMicros(numberOf(hedge["price"], 0)),
    qty: toMicros(numberOf(hedge["qty"], 0))
  }
}

const saleOf = (payload: JsonObject, qty: Shares): OrderIntent | null => {
  const sale = payload["sell_leg"]
  if (!isJsonObject(sale)) return null
  const mid = numberOf(sale["mid"], Number.NaN)
  return Number.isFinite(mid) ? saleBelowMid(textOf(sale["market_id"], ""), mid, qty) : null
}

/**
 * The orders that a signal of the original asks for, primary first. A payload that lists its `legs` asks for these; any
 * other for YES at the target price or its `primary_leg`, for its `tail_hedge`, and for the sale of its `sell_leg`.
 */
export const decodeLegs = (signal: SignalColumns, payload: JsonObject): ReadonlyArray<OrderIntent> => {
  const listed = payload["legs"]
  if (Array.isArray(listed) && listed.length > 0) return listed.map((leg: Json) => listedLeg(leg))
  const primary = primaryOf(signal, payload)
  const hedge = hedgeOf(signal, payload)
  const sale = saleOf(payload, primary.qty)
  return [primary, ...(hedge === null ? [] : [hedge]), ...(sale === null ? [] : [sale])]
}

/** Whether the signal is one of a basket: its payload lists all markets of it. */
export const decodeBasket = (payload: JsonObject): boolean => Array.isArray(payload["basket_markets"])

/** The only keys of a payload that decide about orders. */
export const orderKeys = ["primary_leg", "tail_hedge", "sell_leg", "legs", "basket_markets"] as const

/** Finds those keys in a text, which need not be parsed when it has none of them. */
const hasOrderKey = new RegExp(`"(?:${orderKeys.join("|")})"`)

const emptyPayload: JsonObject = {}

const payloadOf = (text: string): JsonObject => {
  if (!hasOrderKey.test(text)) return emptyPayload
  try {
    const parsed: unknown = JSON.parse(text)
    return isJsonObject(parsed) ? parsed : emptyPayload
  } catch {
    // A payload that is not JSON says nothing about orders; the signal's own columns still hold the primary one.
    return emptyPayload
  }
}

/** What the payload of a signal that the original stored says about its orders. */
export const decodePayload = (
  signal: SignalColumns & {
    readonly strategy: StrategyId
    readonly eventId: EventId
    readonly createdAtUs: EpochMicros
  },
  payloadJson: string
): { readonly legs: ReadonlyArray<OrderIntent>; readonly packageId: PackageId | null } => {
  const payload = payloadOf(payloadJson)
  const { createdAtUs, eventId, strategy } = signal
  return {
    legs: decodeLegs(signal, payload),
    packageId: decodeBasket(payload) ? basketPackageId(strategy, eventId, createdAtUs) : null
  }
}
