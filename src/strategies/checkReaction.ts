import { type MarketId, type StrategyId } from "../domain/ids.ts"
import { type Json } from "../domain/json.ts"
import { type StrategyContext, type StrategyReaction, type WantedPackage } from "../domain/StrategyEvent.ts"
import { type StrategyLeg, typedLeg } from "./checkOrders.ts"
import { frozenJson } from "./frozenJson.ts"
import { type Given, type OrderPlace, refuse, shown } from "./signalChecks.ts"

/** Orders that trade together, or none of them does, as a strategy of the user's own places them. */
export interface StrategyPackage {
  readonly legs: ReadonlyArray<StrategyLeg>
  /**
   * true: the one order takes what is offered within its limit and stays with the rest of it. false, and always where
   * there are several: what cannot trade at once is given up.
   */
  readonly rest?: boolean
}

/** What a strategy of the user's own makes of an event. What is left out stays as it is. */
export interface Reaction<State extends Json = Json> {
  /** The state from now on. */
  readonly state?: State
  readonly place?: ReadonlyArray<StrategyPackage>
  /** Ids of own orders that rest; one that has ended meanwhile is left. */
  readonly cancel?: ReadonlyArray<number> | "all"
}

const reactionFields = ["state", "place", "cancel"] as const
const packageFields = ["legs", "rest"] as const

const objectIn = (place: OrderPlace, value: unknown, what: string, known: ReadonlyArray<string>): Given => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const kind = Array.isArray(value) ? "a list" : shown(value)
    return refuse(place, "", `must be an object, not ${kind}`)
  }
  const given: Given = { ...value }
  const extra = Object.keys(given).find((key) => !known.includes(key))
  if (extra !== undefined) refuse(place, `.${extra}`, `is no field of ${what}; there are ${known.join(", ")}`)
  return given
}

const packageIn = (place: OrderPlace, value: unknown): WantedPackage => {
  const { legs, rest = false } = objectIn(place, value, "a package", packageFields)
  if (!Array.isArray(legs) || legs.length === 0) {
    const kind = Array.isArray(legs) ? "an empty one" : shown(legs)
    return refuse(place, ".legs", `must be a list of at least one order, not ${kind}`)
  }
  if (typeof rest !== "boolean") return refuse(place, ".rest", `must be true or false, not ${shown(rest)}`)
  if (rest && legs.length > 1) refuse(place, ".rest", "is for a single order; several legs take what is offered")
  return { rest, legs: legs.map((leg: unknown, index) => typedLeg(place, `.legs[${index}]`, leg)) }
}

const placedIn = (place: OrderPlace, value: unknown): ReadonlyArray<WantedPackage> => {
  if (value === undefined) return []
  if (!Array.isArray(value)) return refuse(place, ".place", `must be a list, not ${shown(value)}`)
  return value.map((item: unknown, index) => packageIn({ ...place, at: `${place.at}.place[${index}]` }, item))
}

const canceledIn = (place: OrderPlace, value: unknown, { orders }: StrategyContext): ReadonlyArray<number> => {
  if (value === undefined) return []
  const own = orders.map(({ id }) => id)
  if (value === "all") return own
  if (!Array.isArray(value)) {
    return refuse(place, ".cancel", `must be "all" or a list of order ids, not ${shown(value)}`)
  }
  for (const [index, id] of value.entries()) {
    if (!Number.isSafeInteger(id)) refuse(place, `.cancel[${index}]`, `must be the id of an order, not ${shown(id)}`)
  }
  return own.filter((id) => value.includes(id))
}

const stateIn = (place: OrderPlace, value: unknown, before: Json): Json => {
  if (value === undefined || value === before) return before
  const copied = frozenJson(value)
  return "problem" in copied ? refuse(place, `.state${copied.at}`, copied.problem) : copied.value
}

/** What a strategy gave for an event, checked and copied. Throws a StrategyError that names the field. */
export const checkReaction = (
  strategy: StrategyId,
  context: StrategyContext,
  before: Json,
  given: unknown
): StrategyReaction => {
  if (given === undefined) return { state: before, place: [], cancel: [] }
  const markets = { has: (id: MarketId) => context.market(id) !== undefined }
  const place: OrderPlace = { strategy, at: "on", markets, among: "that was seen" }
  if (given instanceof Promise) refuse(place, "", "must give an object or nothing, not a promise: it must not be async")
  const { cancel, place: placed, state } = objectIn(place, given, "a reaction", reactionFields)
  return {
    state: stateIn(place, state, before),
    place: placedIn(place, placed),
    cancel: canceledIn(place, cancel, context)
  }
}
