import { isJsonObject, type Json, type JsonObject } from "../domain/json.ts"
import { type FeeSchedule } from "../domain/Market.ts"
import { MICROS_PER_SECOND, parseTime } from "../domain/time.ts"
import {
  type Book,
  type BookLevel,
  type ClobMarketRow,
  type GammaEventRow,
  type GammaMarketRow,
  type LastTrade,
  type TradeRow
} from "./Backend.ts"

export const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "")

export const numberOf = (value: Json | undefined, fallback: number): number =>
  typeof value === "number" ? value : typeof value === "string" && value !== "" ? Number(value) : fallback

const objectsIn = (value: Json | undefined): ReadonlyArray<JsonObject> => {
  const list: ReadonlyArray<Json> = Array.isArray(value) ? value : []
  return list.filter(isJsonObject)
}

/** Microseconds of the row's last change; before everything when it does not say. */
export const updatedUs = (raw: JsonObject): number => parseTime(textOf(raw["updatedAt"])) ?? -Infinity

const tokenIdsOf = (value: Json | undefined): ReadonlyArray<string> => {
  try {
    const parsed: unknown = typeof value === "string" ? JSON.parse(value) : value
    return Array.isArray(parsed) ? parsed.filter((id) => typeof id === "string") : []
  } catch {
    return []
  }
}

const member =
  (raw: JsonObject) =>
  (name: string): Json | undefined =>
    Object.hasOwn(raw, name) ? raw[name] : undefined

/** A market as recorded, byte for byte but for the white space. */
export const gammaMarketRow = (raw: JsonObject): GammaMarketRow => ({
  id: textOf(raw["id"]),
  slug: textOf(raw["slug"]),
  conditionId: textOf(raw["conditionId"]),
  tokenIds: tokenIdsOf(raw["clobTokenIds"]),
  eventId: textOf(objectsIn(raw["events"])[0]?.["id"]),
  field: member(raw),
  json: () => JSON.stringify(raw)
})

const without = (raw: JsonObject, ...names: ReadonlyArray<string>): JsonObject =>
  Object.fromEntries(Object.entries(raw).filter(([name]) => !names.includes(name)))

/** Markets of a recorded event, each with its event as the markets endpoint adds it. */
export const marketsOfEvent = (event: JsonObject): ReadonlyArray<JsonObject> => {
  const bare = without(event, "markets", "tags")
  return objectsIn(event["markets"])
    .filter((market) => typeof market["id"] === "string")
    .map((market) => (Array.isArray(market["events"]) ? market : { ...market, events: [bare] }))
}

export const gammaEventRow = (raw: JsonObject): GammaEventRow => ({
  id: textOf(raw["id"]),
  slug: textOf(raw["slug"]),
  tagIds: objectsIn(raw["tags"]).map((tag) => textOf(tag["id"])),
  field: member(raw),
  json: () => JSON.stringify(raw),
  jsonBare: () => JSON.stringify(without(raw, "markets"))
})

/** Events that are only known from the `events` member of recorded markets. */
export const eventsOfMarkets = (markets: ReadonlyArray<JsonObject>): ReadonlyArray<JsonObject> => {
  const events = new Map<string, { readonly event: JsonObject; readonly markets: Array<JsonObject> }>()
  for (const market of markets) {
    const event = objectsIn(market["events"])[0]
    const id = textOf(event?.["id"])
    if (event === undefined || id === "") continue
    const known = events.get(id) ?? { event, markets: [] }
    known.markets.push(without(market, "events"))
    events.set(id, known)
  }
  return [...events.values()].map(({ event, markets: own }) => ({ ...event, markets: own }))
}

export const tagsOfEvents = (events: ReadonlyArray<JsonObject>): ReadonlyArray<JsonObject> => [
  ...new Map(
    events.flatMap((event) => objectsIn(event["tags"]).map((tag) => [textOf(tag["id"]), tag] as const))
  ).values()
]

export const feeOf = (raw: JsonObject): FeeSchedule | null => {
  const schedule = raw["feeSchedule"]
  if (!isJsonObject(schedule)) return null
  return {
    rate: numberOf(schedule["rate"], 0),
    exponent: numberOf(schedule["exponent"], 1),
    takerOnly: schedule["takerOnly"] !== false,
    rebateRate: numberOf(schedule["rebateRate"], 0)
  }
}

const simplified = ["condition_id", "tokens", "rewards", "active", "closed", "archived", "accepting_orders"]

export const clobMarketRow = (
  raw: JsonObject,
  fee: FeeSchedule | null,
  lastTrade: (token: string) => LastTrade | null
): ClobMarketRow => ({
  conditionId: textOf(raw["condition_id"]),
  tokens: objectsIn(raw["tokens"])
    .filter((token) => textOf(token["token_id"]) !== "")
    .map((token) => {
      const id = textOf(token["token_id"])
      return { id, outcome: textOf(token["outcome"]), lastTrade: lastTrade(id) }
    }),
  closed: raw["closed"] === true,
  acceptingOrders: raw["accepting_orders"] === true,
  tick: numberOf(raw["minimum_tick_size"], 0.01),
  minOrderSize: numberOf(raw["minimum_order_size"], 5),
  negRisk: raw["neg_risk"] === true,
  baseFee: numberOf(raw["taker_base_fee"], 0),
  fee,
  json: () => JSON.stringify(raw),
  simplifiedJson: () =>
    JSON.stringify(Object.fromEntries(Object.entries(raw).filter(([name]) => simplified.includes(name))))
})

export const isSimplified = (raw: JsonObject): boolean => raw["question"] === undefined

/** Whether a row could come from a sampling listing: live, and with rewards. */
export const isSampling = (raw: JsonObject): boolean => {
  const rewards = raw["rewards"]
  const rates = isJsonObject(rewards) ? rewards["rates"] : null
  return (
    raw["active"] === true &&
    raw["closed"] !== true &&
    raw["accepting_orders"] === true &&
    Array.isArray(rates) &&
    rates.length > 0
  )
}

export const tradeRow = (raw: JsonObject, eventIdOfSlug: (slug: string) => string): TradeRow => ({
  conditionId: textOf(raw["conditionId"]),
  eventId: eventIdOfSlug(textOf(raw["eventSlug"])),
  proxyWallet: textOf(raw["proxyWallet"]),
  side: textOf(raw["side"]),
  size: numberOf(raw["size"], 0),
  price: numberOf(raw["price"], 0),
  timestamp: numberOf(raw["timestamp"], 0),
  json: () => JSON.stringify(raw)
})

const levels = (value: Json | undefined, direction: 1 | -1): ReadonlyArray<BookLevel> =>
  objectsIn(value)
    .map((level) => ({ price: textOf(level["price"]), size: textOf(level["size"]) }))
    .sort((a, b) => direction * (Number(a.price) - Number(b.price)))

export const bookRow = (raw: JsonObject): Book => ({
  market: textOf(raw["market"]),
  asset_id: textOf(raw["asset_id"]),
  timestamp: textOf(raw["timestamp"]),
  bids: levels(raw["bids"], 1),
  asks: levels(raw["asks"], -1),
  min_order_size: textOf(raw["min_order_size"]),
  tick_size: textOf(raw["tick_size"]),
  neg_risk: raw["neg_risk"] === true,
  last_trade_price: textOf(raw["last_trade_price"]),
  recorded: JSON.stringify(raw)
})

/** Milliseconds as text, to market time. */
export const bookTimeUs = (book: Book): number => (Number(book.timestamp) / 1_000) * MICROS_PER_SECOND
