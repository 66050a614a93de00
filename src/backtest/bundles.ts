import { type LegSource } from "../core/legs.ts"
import { isJsonObject, type JsonObject } from "../domain/json.ts"
import { type SignalRow } from "../ports/HistoryReader.ts"

/** A stored signal with its payload read once. */
export interface ReplaySignal extends LegSource {
  readonly id: number
  readonly eventId: string
  readonly createdAtUs: number
}

const emptyPayload: JsonObject = {}

/** Only these keys of a payload decide orders; a text without them need not be parsed. */
const orderKeys = /"(?:primary_leg|tail_hedge|sell_leg|legs|basket_markets)"/

const payloadOf = (text: string): JsonObject => {
  if (!orderKeys.test(text)) return emptyPayload
  try {
    const parsed: unknown = JSON.parse(text)
    return isJsonObject(parsed) ? parsed : emptyPayload
  } catch {
    // A payload that is not JSON says nothing about legs; the signal's own columns still hold the primary order.
    return emptyPayload
  }
}

/** Reads a row; strategy ids are lower case. */
export const replaySignal = (row: SignalRow): ReplaySignal => ({
  id: row.id,
  strategy: row.strategy.toLowerCase(),
  marketId: row.marketId,
  eventId: row.eventId,
  side: row.side,
  targetPrice: row.targetPrice,
  sizeHint: row.sizeHint,
  payload: payloadOf(row.payloadJson),
  createdAtUs: row.createdAtUs
})
