import { type EventId, type MarketId, type Side, type StrategyId } from "../domain/ids.ts"
import { isJsonObject, type Json, type JsonObject } from "../domain/json.ts"
import { type MarketView, type VisibleMarket } from "../domain/MarketView.ts"
import { type NewSignal } from "../domain/Signal.ts"
import { StrategyError } from "../domain/StrategyError.ts"
import { MICRO, toMicros } from "../domain/units.ts"
import { frozenJson } from "./frozenJson.ts"
import { groupBy } from "./select.ts"

/**
 * A signal as a strategy of the user's own gives it: `strategy` and `eventId` follow from the strategy and the market,
 * and may be left out.
 */
export type StrategySignal = Omit<NewSignal, "strategy" | "eventId" | "payload"> &
  Partial<Pick<NewSignal, "strategy" | "eventId" | "payload">>

const fields = [
  "strategy",
  "marketId",
  "eventId",
  "side",
  "score",
  "confidence",
  "targetPrice",
  "sizeHint",
  "rationale",
  "payload"
] as const

type Given = Readonly<Partial<Record<string, unknown>>>

/** A value in a message: short, and on one line. */
const shown = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object"
  return typeof value === "function" || typeof value === "symbol" ? `a ${typeof value}` : String(value)
}

/** What the checks of one signal need to know. */
interface Place {
  readonly strategy: StrategyId
  /** Such as `signals[0]`. */
  readonly at: string
  /** Two sources may use one id. */
  readonly markets: ReadonlyMap<MarketId, ReadonlyArray<VisibleMarket>>
}

const refuse = (place: Place, field: string, problem: string): never => {
  throw new StrategyError({ module: null, strategy: place.strategy, field: `${place.at}${field}`, problem })
}

const priceIn = (place: Place, field: string, value: unknown): number => {
  if (typeof value === "number" && toMicros(value) > 0 && toMicros(value) < MICRO) return value
  return refuse(place, field, `must be a price above 0 and below 1, not ${shown(value)}`)
}

const sizeIn = (place: Place, field: string, value: unknown): number => {
  if (typeof value === "number" && toMicros(value) > 0 && value <= 1e9) return value
  return refuse(place, field, `must be a number of shares above 0 and at most 1e9, not ${shown(value)}`)
}

const marketIn = (place: Place, field: string, value: unknown): MarketId =>
  typeof value === "string" && place.markets.has(value)
    ? value
    : refuse(place, field, `must be the id of a market in the view, not ${shown(value)}`)

const tokenIn = (place: Place, field: string, value: unknown): void => {
  if (value !== "YES" && value !== "NO") refuse(place, field, `must be "YES" or "NO", not ${shown(value)}`)
}

const sideIn = (place: Place, field: string, value: unknown): Side =>
  value === "buy" || value === "sell" ? value : refuse(place, field, `must be "buy" or "sell", not ${shown(value)}`)

/** The parts of a payload that become orders; the rest is the strategy's own. */
const checkLegs = (place: Place, payload: JsonObject): void => {
  const checkOne = (value: Json, at: string, check: (leg: JsonObject, at: string) => void) => {
    if (isJsonObject(value)) check(value, at)
    else refuse(place, at, `must be an object, not ${shown(value)}`)
  }
  const leg = (name: string, check: (leg: JsonObject, at: string) => void) => {
    const value = payload[name]
    if (value !== undefined && value !== null) checkOne(value, `.payload.${name}`, check)
  }
  const order = (one: JsonObject, at: string) => {
    tokenIn(place, `${at}.token`, one["token"])
    marketIn(place, `${at}.market_id`, one["market_id"])
    priceIn(place, `${at}.price`, one["price"])
    sizeIn(place, `${at}.qty`, one["qty"])
  }
  const { legs = null } = payload
  if (Array.isArray(legs)) {
    legs.forEach((value: Json, index) =>
      checkOne(value, `.payload.legs[${index}]`, (one, at) => {
        if (one["side"] !== undefined) sideIn(place, `${at}.side`, one["side"])
        order(one, at)
      })
    )
  } else if (legs !== null) refuse(place, ".payload.legs", `must be a list, not ${shown(legs)}`)
  leg("primary_leg", (primary, at) => {
    if (primary["token"] !== undefined) tokenIn(place, `${at}.token`, primary["token"])
    if (primary["price"] !== undefined) priceIn(place, `${at}.price`, primary["price"])
    if (primary["qty"] !== undefined) sizeIn(place, `${at}.qty`, primary["qty"])
  })
  leg("tail_hedge", order)
  leg("sell_leg", (sell, at) => {
    marketIn(place, `${at}.market_id`, sell["market_id"])
    priceIn(place, `${at}.mid`, sell["mid"])
  })
}

const payloadIn = (place: Place, value: unknown): JsonObject => {
  const copied = frozenJson(value ?? {})
  if ("problem" in copied) return refuse(place, `.payload${copied.at}`, copied.problem)
  if (!isJsonObject(copied.value)) return refuse(place, ".payload", `must be an object, not ${shown(value)}`)
  checkLegs(place, copied.value)
  return copied.value
}

/** The event decides which caps an order counts against, so it is the market's own and nothing else. */
const eventIn = (place: Place, marketId: MarketId, value: unknown): EventId => {
  const events = (place.markets.get(marketId) ?? []).map(({ eventId }) => eventId)
  const own = events.find((eventId) => value === undefined || value === eventId)
  const allowed = events.map(shown).join(" or ")
  return own ?? refuse(place, ".eventId", `must be left out or the market's own (${allowed}), not ${shown(value)}`)
}

const checkSignal = (place: Place, value: unknown): NewSignal => {
  if (typeof value !== "object" || value === null) return refuse(place, "", `must be an object, not ${shown(value)}`)
  const given: Given = { ...value }
  const stranger = Object.keys(given).find((key) => !fields.some((field) => field === key))
  if (stranger !== undefined) refuse(place, `.${stranger}`, `is no field of a signal; there are ${fields.join(", ")}`)
  const { confidence, rationale, score, strategy } = given
  if (strategy !== undefined && strategy !== place.strategy) {
    refuse(place, ".strategy", `must be left out or ${shown(place.strategy)}, not ${shown(strategy)}`)
  }
  const marketId = marketIn(place, ".marketId", given["marketId"])
  return Object.freeze({
    strategy: place.strategy,
    marketId,
    eventId: eventIn(place, marketId, given["eventId"]),
    side: sideIn(place, ".side", given["side"]),
    score:
      typeof score === "number" && Number.isFinite(score)
        ? score
        : refuse(place, ".score", `must be a finite number, not ${shown(score)}`),
    confidence:
      typeof confidence === "number" && confidence >= 0 && confidence <= 1
        ? confidence
        : refuse(place, ".confidence", `must be a number from 0 to 1, not ${shown(confidence)}`),
    targetPrice: priceIn(place, ".targetPrice", given["targetPrice"]),
    sizeHint: sizeIn(place, ".sizeHint", given["sizeHint"]),
    rationale:
      typeof rationale === "string" && rationale.trim() !== ""
        ? rationale
        : refuse(place, ".rationale", `must be a sentence that says why, not ${shown(rationale)}`),
    payload: payloadIn(place, given["payload"])
  })
}

/** What a strategy of the user's own gave, checked, completed and copied. Throws a StrategyError that names the field. */
export const checkSignals = (strategy: StrategyId, view: MarketView, given: unknown): ReadonlyArray<NewSignal> => {
  if (!Array.isArray(given)) {
    const kind = given instanceof Promise ? "a promise: generate must not be async" : shown(given)
    throw new StrategyError({ module: null, strategy, field: "generate", problem: `must give a list, not ${kind}` })
  }
  if (given.length === 0) return []
  const markets = groupBy(view.markets, ({ marketId }) => marketId)
  return Array.from(given, (value: unknown, index) =>
    checkSignal({ strategy, at: `signals[${index}]`, markets }, value)
  )
}
