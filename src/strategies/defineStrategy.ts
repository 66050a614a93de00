import { MANUAL_STRATEGY, type StrategyId } from "../domain/ids.ts"
import { isJsonObject, type Json, type JsonObject } from "../domain/json.ts"
import { type MarketView } from "../domain/MarketView.ts"
import { type NewSignal } from "../domain/Signal.ts"
import { type EventHandlers } from "../domain/StrategyEvent.ts"
import { askedTwice, call, fault } from "./callStrategy.ts"
import { checkSignals, type StrategySignal } from "./checkSignals.ts"
import { type EventDefinition, handlersOf } from "./eventHandlers.ts"
import { frozenJson } from "./frozenJson.ts"

/** A strategy as its author writes it: it is asked for signals (`generate`), or hears of events (`on`), or both. */
export interface StrategyDefinition<
  Parameters extends JsonObject = JsonObject,
  Initial extends Json = Json
> extends EventDefinition<Parameters, Initial> {
  /** Lower-case letters, digits, - and _, such as "cheap-no". It stands on every signal, order and report row. */
  readonly id: StrategyId
  /** A few words for tables and reports. */
  readonly title: string
  /** Its settings with their defaults: JSON, handed to `generate` and `on` as a frozen copy. */
  readonly parameters?: Parameters
  /** A pure function: the same view and parameters give the same signals, whatever was asked before. */
  readonly generate?: (view: MarketView, parameters: Parameters) => ReadonlyArray<StrategySignal>
}

/** A checked strategy with its parameters bound; it fits wherever the program takes a strategy. */
export interface DefinedStrategy<Parameters extends JsonObject = JsonObject> {
  readonly id: StrategyId
  readonly title: string
  readonly parameters: Readonly<Parameters>
  /** Gives nothing where the strategy only hears of events. */
  readonly generate: (view: MarketView) => ReadonlyArray<NewSignal>
  /** Absent: it hears of no events. */
  readonly handlers?: EventHandlers
  /** The same strategy with some parameters changed, for trying several. */
  readonly withParameters: (changes: Partial<Parameters>) => DefinedStrategy<Parameters>
}

const idPattern = /^[a-z][a-z0-9_-]{0,31}$/
/** s1, s2, ...: kept for strategies that come with the program, now or later. */
const ownPattern = /^s\d+$/

const checkId = (id: unknown): StrategyId => {
  if (typeof id !== "string" || !idPattern.test(id)) {
    const rule = "must be lower-case letters, digits, - and _, a letter first, at most 32"
    throw fault(
      null,
      "id",
      `${rule}, not ${typeof id === "string" ? JSON.stringify(id.slice(0, 60)) : `a ${typeof id}`}`
    )
  }
  if (ownPattern.test(id)) {
    throw fault(null, "id", `"${id}" is kept for the program's own strategies (s1, s2, ...); take another`)
  }
  if (id === MANUAL_STRATEGY) throw fault(null, "id", `"${id}" stands for orders by hand; take another`)
  return id
}

const noSignals: DefinedStrategy["generate"] = () => []

const checkedGenerate = (
  id: StrategyId,
  generate: NonNullable<StrategyDefinition["generate"]>,
  parameters: JsonObject
): DefinedStrategy["generate"] =>
  askedTwice(
    (view: MarketView) =>
      checkSignals(
        id,
        view,
        call(id, "generate", () => generate(view, parameters))
      ),
    () => fault(id, "generate", "gave other signals when asked again; it must depend on nothing but what it is given")
  )

const parametersOf = (id: StrategyId, given: unknown): JsonObject => {
  const copied = frozenJson(given ?? {})
  if ("problem" in copied) throw fault(id, `parameters${copied.at}`, copied.problem)
  if (!isJsonObject(copied.value)) throw fault(id, "parameters", "must be an object")
  return copied.value
}

const fields = ["id", "title", "parameters", "generate", "subscribe", "initial", "on"]

/**
 * Makes a strategy. What it gives at each call is checked and completed, so that a wrong signal is an error that names
 * the field and never an order. Throws a StrategyError when the definition itself is wrong.
 */
export function defineStrategy<Parameters extends JsonObject, Initial extends Json>(
  definition: StrategyDefinition<Parameters, Initial>
): DefinedStrategy<Parameters>
export function defineStrategy(definition: StrategyDefinition): DefinedStrategy {
  if (typeof definition !== "object" || definition === null) throw fault(null, "definition", "must be an object")
  const { generate, on, title } = definition
  const id = checkId(definition.id)
  const unknownField = Object.keys(definition).find((key) => !fields.includes(key))
  if (unknownField !== undefined)
    throw fault(id, unknownField, `is no field of a definition; there are ${fields.join(", ")}`)
  if (typeof title !== "string" || title.trim() === "") throw fault(id, "title", "must be a few words")
  if (generate === undefined ? on === undefined : typeof generate !== "function") {
    throw fault(id, "generate", `must be a function, not a ${typeof generate}; it may be left out beside \`on\``)
  }
  const parameters = parametersOf(id, definition.parameters)
  const handlers = handlersOf(id, definition, parameters)
  return Object.freeze({
    id,
    title,
    parameters,
    generate: generate === undefined ? noSignals : checkedGenerate(id, generate, parameters),
    ...(handlers === null ? {} : { handlers }),
    withParameters: (changes: Partial<JsonObject>) => {
      const merged: Record<string, Json> = { ...parameters }
      for (const [name, value] of Object.entries(changes)) {
        if (!Object.hasOwn(parameters, name)) throw fault(id, `parameters.${name}`, "is no parameter of this strategy")
        if (value !== undefined) merged[name] = value
      }
      return defineStrategy({ ...definition, parameters: merged })
    }
  })
}
