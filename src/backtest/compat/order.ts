import { type EventId, type MarketId, type Side, type SignalId, type StrategyId, type Token } from "../../domain/ids.ts"
import { isJsonObject, type Json, type JsonObject } from "../../domain/json.ts"
import { MICRO, type MicroUnits } from "../../domain/units.ts"
import { type SignalRow } from "../../ports/HistoryReader.ts"

/** The one order that the original makes of a signal. Micro-units, with fractions, but for the target. */
export interface OriginalOrder {
  readonly signalId: SignalId
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly eventId: EventId
  readonly token: Token
  readonly side: Side
  readonly limitPrice: MicroUnits
  readonly qty: MicroUnits
  /** The limit as it was stored, USDC per share. */
  readonly targetPrice: number
}

/** Only these keys of a payload decide the order; a text without them need not be parsed. */
const orderKeys = /"(?:primary_leg|legs)"/

const payloadOf = (text: string): JsonObject | null => {
  if (!orderKeys.test(text)) return null
  try {
    const parsed: unknown = JSON.parse(text)
    return isJsonObject(parsed) ? parsed : null
  } catch {
    // A payload that is not JSON says nothing about legs; the signal's own columns still hold the order.
    return null
  }
}

/** The leg that the payload names as primary, else the first of those that it lists; null when it has neither. */
const primaryLeg = (payload: JsonObject): JsonObject | null => {
  const primary = payload["primary_leg"]
  if (isJsonObject(primary)) return primary
  const legs = payload["legs"]
  if (!Array.isArray(legs) || legs.length === 0) return null
  const first: unknown = legs[0]
  return isJsonObject(first) ? first : {}
}

const numberOf = (value: Json | undefined, otherwise: number): number => {
  const number = typeof value === "string" ? Number(value) : value
  return typeof number === "number" && Number.isFinite(number) ? number : otherwise
}

const tokenOf = (value: Json | undefined): Token =>
  typeof value === "string" && value.toUpperCase() === "NO" ? "NO" : "YES"

/** YES at the target price, unless the payload names a primary leg; always in the signal's own market. */
export const orderOf = (row: SignalRow): OriginalOrder => {
  const payload = payloadOf(row.payloadJson)
  const leg = payload === null ? null : primaryLeg(payload)
  const targetPrice = leg === null ? row.targetPrice : numberOf(leg["price"], row.targetPrice)
  const size = leg === null ? row.sizeHint : numberOf(leg["qty"], row.sizeHint)
  return {
    signalId: row.id,
    strategy: row.strategy.toLowerCase(),
    marketId: row.marketId,
    eventId: row.eventId,
    token: leg === null ? "YES" : tokenOf(leg["token"]),
    side: row.side,
    limitPrice: targetPrice * MICRO,
    qty: size * MICRO,
    targetPrice
  }
}
