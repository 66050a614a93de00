import { type EventId, type MarketId, type StrategyId } from "../domain/ids.ts"
import { isJsonObject, type JsonObject } from "../domain/json.ts"
import { type MarketView } from "../domain/MarketView.ts"
import { type ExecutionStyle, executionStyles } from "../domain/OrderIntent.ts"
import { type NewSignal } from "../domain/Signal.ts"
import { StrategyError } from "../domain/StrategyError.ts"
import { checkOrders, type StrategyLeg } from "./checkOrders.ts"
import { frozenJson } from "./frozenJson.ts"
import { groupBy } from "./select.ts"
import { type Given, marketIn, type Place, priceIn, refuse, shown, sideIn, sizeIn } from "./signalChecks.ts"

/**
 * A signal as a strategy of the user's own gives it: `strategy` and `eventId` follow from the strategy and the market,
 * and may be left out. Without `legs` it asks for YES at `targetPrice`, or for what an old-style payload says.
 */
export type StrategySignal = Omit<NewSignal, keyof Completed | "legs"> &
  Partial<Completed> & {
    /** All orders of the signal, the first one first. They trade together, or none does. */
    readonly legs?: ReadonlyArray<StrategyLeg>
  }

/** What the check completes where it is left out. */
type Completed = Pick<NewSignal, "strategy" | "eventId" | "payload" | "style" | "basket">

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
  "legs",
  "style",
  "timeToLiveSec",
  "basket",
  "payload"
] as const

const payloadIn = (place: Place, value: unknown): JsonObject => {
  const copied = frozenJson(value ?? {})
  if ("problem" in copied) return refuse(place, `.payload${copied.at}`, copied.problem)
  if (!isJsonObject(copied.value)) return refuse(place, ".payload", `must be an object, not ${shown(value)}`)
  return copied.value
}

/** The event decides which caps an order counts against, so it is the market's own and nothing else. */
const eventIn = (place: Place, marketId: MarketId, value: unknown): EventId => {
  const events = (place.markets.get(marketId) ?? []).map(({ eventId }) => eventId)
  const own = events.find((eventId) => value === undefined || value === eventId)
  const allowed = events.map(shown).join(" or ")
  return own ?? refuse(place, ".eventId", `must be left out or the market's own (${allowed}), not ${shown(value)}`)
}

const styleIn = (place: Place, value: unknown): ExecutionStyle =>
  value === undefined
    ? "aggressive"
    : (executionStyles.find((style) => style === value) ??
      refuse(place, ".style", `must be one of ${executionStyles.map(shown).join(", ")}, not ${shown(value)}`))

/** For how long its orders rest, seconds; undefined: the default. */
const timeToLiveIn = (place: Place, value: unknown): Pick<NewSignal, "timeToLiveSec"> =>
  value === undefined
    ? {}
    : typeof value === "number" && Number.isFinite(value) && value > 0
      ? { timeToLiveSec: value }
      : refuse(place, ".timeToLiveSec", `must be a number of seconds above 0, not ${shown(value)}`)

const checkSignal = (place: Place, value: unknown): NewSignal => {
  if (typeof value !== "object" || value === null) return refuse(place, "", `must be an object, not ${shown(value)}`)
  const given: Given = { ...value }
  const unknownField = Object.keys(given).find((key) => !fields.some((field) => field === key))
  if (unknownField !== undefined)
    refuse(place, `.${unknownField}`, `is no field of a signal; there are ${fields.join(", ")}`)
  const { confidence, rationale, score, strategy } = given
  if (strategy !== undefined && strategy !== place.strategy) {
    refuse(place, ".strategy", `must be left out or ${shown(place.strategy)}, not ${shown(strategy)}`)
  }
  const marketId = marketIn(place, ".marketId", given["marketId"])
  const columns = {
    marketId,
    side: sideIn(place, ".side", given["side"]),
    targetPrice: priceIn(place, ".targetPrice", given["targetPrice"]),
    sizeHint: sizeIn(place, ".sizeHint", given["sizeHint"])
  }
  const eventId = eventIn(place, marketId, given["eventId"])
  const payload = payloadIn(place, given["payload"])
  return Object.freeze({
    ...columns,
    ...checkOrders(place, columns, given, payload),
    strategy: place.strategy,
    eventId,
    score:
      typeof score === "number" && Number.isFinite(score)
        ? score
        : refuse(place, ".score", `must be a finite number, not ${shown(score)}`),
    confidence:
      typeof confidence === "number" && confidence >= 0 && confidence <= 1
        ? confidence
        : refuse(place, ".confidence", `must be a number from 0 to 1, not ${shown(confidence)}`),
    rationale:
      typeof rationale === "string" && rationale.trim() !== ""
        ? rationale
        : refuse(place, ".rationale", `must be a sentence that says why, not ${shown(rationale)}`),
    style: styleIn(place, given["style"]),
    ...timeToLiveIn(place, given["timeToLiveSec"]),
    payload
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
    checkSignal({ strategy, at: `signals[${index}]`, markets, among: "in the view" }, value)
  )
}
