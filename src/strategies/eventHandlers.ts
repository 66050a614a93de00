import { type MarketId, type StrategyId } from "../domain/ids.ts"
import { type Json, type JsonObject } from "../domain/json.ts"
import {
  type EventHandlers,
  type StrategyContext,
  type StrategyEvent,
  type StrategyEventKind,
  strategyEventKinds
} from "../domain/StrategyEvent.ts"
import { MICROS_PER_SECOND } from "../domain/time.ts"
import { askedTwice, call, fault } from "./callStrategy.ts"
import { checkReaction, type Reaction } from "./checkReaction.ts"
import { frozenJson } from "./frozenJson.ts"
import { shown } from "./signalChecks.ts"

/** What a strategy wants to hear of. */
export interface Subscription {
  readonly kinds: ReadonlyArray<StrategyEventKind>
  /** Markets whose data and resolutions it hears of; all when left out. Its own fills it hears of in every market. */
  readonly markets?: ReadonlyArray<MarketId>
  /** Seconds of market time between two timer events; needed for "timer", and for nothing else. */
  readonly everySec?: number
}

/** The type of a state that begins as this: a number may become another number, and null anything. */
export type StateFrom<Initial extends Json> = Initial extends null
  ? Json
  : Initial extends boolean
    ? boolean
    : Initial extends number
      ? number
      : Initial extends string
        ? string
        : Initial

/** The part of a definition that is about events. */
export interface EventDefinition<Parameters extends JsonObject = JsonObject, Initial extends Json = Json> {
  readonly subscribe?: Subscription
  /** Its state before the first event; null when left out. */
  readonly initial?: Initial
  /** A pure function: the same event, context, parameters and state give the same reaction. Nothing: nothing is done. */
  readonly on?: (
    event: StrategyEvent,
    context: StrategyContext,
    parameters: Parameters,
    state: StateFrom<Initial>
  ) => Reaction<StateFrom<NoInfer<Initial>>> | undefined
}

const subscriptionFields = ["kinds", "markets", "everySec"]
/** A day: whoever wants to be asked less often counts. */
const longestSec = 86_400

const kindsIn = (id: StrategyId, given: unknown): ReadonlyArray<StrategyEventKind> => {
  if (!Array.isArray(given) || given.length === 0) {
    throw fault(id, "subscribe.kinds", `must be a list of ${strategyEventKinds.map(shown).join(", ")}`)
  }
  const kinds = given.map((kind: unknown, index) => {
    const known = strategyEventKinds.find((one) => one === kind)
    if (known !== undefined) return known
    const list = strategyEventKinds.map(shown).join(", ")
    throw fault(id, `subscribe.kinds[${index}]`, `must be one of ${list}, not ${shown(kind)}`)
  })
  return Object.freeze([...new Set(kinds)])
}

const marketsIn = (id: StrategyId, given: unknown): ReadonlySet<MarketId> | null => {
  if (given === undefined) return null
  if (!Array.isArray(given) || given.length === 0) {
    throw fault(id, "subscribe.markets", "must be left out (all markets) or a list of market ids")
  }
  const ids = given.map((market: unknown, index) => {
    if (typeof market === "string" && market !== "") return market
    throw fault(id, `subscribe.markets[${index}]`, `must be a market id, not ${shown(market)}`)
  })
  return new Set(ids)
}

const everyIn = (id: StrategyId, kinds: ReadonlyArray<StrategyEventKind>, given: unknown): number | null => {
  if (!kinds.includes("timer")) {
    if (given === undefined) return null
    throw fault(id, "subscribe.everySec", 'is for strategies that subscribe to "timer"')
  }
  if (typeof given === "number" && given >= 1e-3 && given <= longestSec) return Math.round(given * MICROS_PER_SECOND)
  throw fault(id, "subscribe.everySec", `must be a number of seconds from 0.001 to ${longestSec}, not ${shown(given)}`)
}

const initialIn = (id: StrategyId, given: unknown): Json => {
  const copied = frozenJson(given ?? null)
  if ("problem" in copied) throw fault(id, `initial${copied.at}`, copied.problem)
  return copied.value
}

/** The handlers of a definition, checked and with the parameters bound; null: it hears of no events. */
export const handlersOf = (
  id: StrategyId,
  definition: EventDefinition,
  parameters: JsonObject
): EventHandlers | null => {
  const { initial, on, subscribe } = definition
  if (on === undefined) {
    const alone = subscribe !== undefined ? "subscribe" : initial !== undefined ? "initial" : null
    if (alone !== null) throw fault(id, alone, "is for a strategy with `on`, which is missing")
    return null
  }
  if (typeof on !== "function") throw fault(id, "on", `must be a function, not a ${typeof on}`)
  if (typeof subscribe !== "object" || subscribe === null) {
    throw fault(id, "subscribe", 'must say what `on` hears of, such as { kinds: ["market"] }')
  }
  const extra = Object.keys(subscribe).find((key) => !subscriptionFields.includes(key))
  if (extra !== undefined) {
    throw fault(id, `subscribe.${extra}`, `is no field of a subscription; there are ${subscriptionFields.join(", ")}`)
  }
  const kinds = kindsIn(id, subscribe.kinds)
  const ask: EventHandlers["on"] = (event, context, state) =>
    checkReaction(
      id,
      context,
      state,
      call(id, "on", () => on(event, context, parameters, state))
    )
  return Object.freeze({
    kinds,
    markets: marketsIn(id, subscribe.markets),
    everyUs: everyIn(id, kinds, subscribe.everySec),
    initial: initialIn(id, initial),
    on: askedTwice(ask, () =>
      fault(id, "on", "gave another reaction when asked again; it must depend on nothing but what it is given")
    )
  })
}
