import { existsSync, statSync } from "node:fs"
import { extname, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import { InputError } from "../domain/errors.ts"
import { inModule, isStrategyError, StrategyError } from "../domain/StrategyError.ts"
import { type Strategy } from "../ports/StrategyRegistry.ts"
import { type DefinedStrategy, defineStrategy, type StrategyDefinition } from "../strategies/defineStrategy.ts"
import { registerTypescript } from "./typescript.ts"

const extensions = [".ts", ".mts", ".js", ".mjs"]

/** A file of strategies, and what an error calls the place where it was named. */
export interface StrategyModule {
  readonly path: string
  readonly field: string
}

const fileOf = ({ field, path }: StrategyModule): Effect.Effect<string, InputError> => {
  const refuse = (problem: string) => Effect.fail(new InputError({ field, problem }))
  if (path.trim() === "") return refuse("must be the path of a file")
  if (!extensions.includes(extname(path).toLowerCase())) {
    return refuse(`"${path}" must end in ${extensions.slice(0, -1).join(", ")} or ${extensions.at(-1)}`)
  }
  const file = resolve(path)
  if (!existsSync(file)) return refuse(`file "${path}" does not exist`)
  return statSync(file).isFile() ? Effect.succeed(file) : refuse(`"${path}" is not a file`)
}

const fault = (module: string, field: string, problem: string, cause?: unknown): StrategyError =>
  new StrategyError({ module, strategy: null, field, problem }, cause)

const textOf = (thrown: unknown): string =>
  thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)

/** Runs the module's own code: what it throws is its author's, and said so. */
const importModule = ({ path }: StrategyModule, file: string): Effect.Effect<object, StrategyError> =>
  Effect.tryPromise({
    try: async (): Promise<object> => {
      await registerTypescript()
      return await import(/* @vite-ignore */ pathToFileURL(file).href)
    },
    catch: (thrown) =>
      isStrategyError(thrown) ? inModule(thrown, path) : fault(path, "import", `failed: ${textOf(thrown)}`, thrown)
  })

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

const isDefinition = (value: unknown): value is StrategyDefinition =>
  isObject(value) && "id" in value && "title" in value && ("generate" in value || "on" in value)

/** The function with the file's name on everything that it throws. */
const named =
  <Args extends ReadonlyArray<unknown>, A>({ path }: StrategyModule, ask: (...args: Args) => A) =>
  (...args: Args): A => {
    try {
      return ask(...args)
    } catch (thrown) {
      throw isStrategyError(thrown) ? inModule(thrown, path) : thrown
    }
  }

const from = (module: StrategyModule, { generate, handlers, id, title }: Strategy): Strategy => ({
  id,
  title,
  generate: named(module, generate),
  ...(handlers === undefined ? {} : { handlers: { ...handlers, on: named(module, handlers.on) } })
})

const isDefined = (value: object): value is DefinedStrategy => "withParameters" in value

const strategyOf = (module: StrategyModule, value: unknown, field: string): Effect.Effect<Strategy, StrategyError> => {
  if (!isDefinition(value)) {
    const problem =
      "must be a strategy, { id, title, generate } or { id, title, subscribe, on }, or the answer of defineStrategy"
    return Effect.fail(fault(module.path, field, problem))
  }
  return Effect.try({
    try: () => from(module, isDefined(value) ? value : defineStrategy(value)),
    catch: (thrown) =>
      isStrategyError(thrown) ? inModule(thrown, module.path) : fault(module.path, field, textOf(thrown), thrown)
  })
}

const loadModule = Effect.fnUntraced(function* (module: StrategyModule) {
  const exported = yield* importModule(module, yield* fileOf(module))
  const value: unknown = "default" in exported ? exported.default : undefined
  if (value === undefined) {
    return yield* Effect.fail(
      fault(module.path, "export default", "is missing; export one strategy, or a list of them, as the default")
    )
  }
  if (!Array.isArray(value)) return [yield* strategyOf(module, value, "export default")]
  if (value.length === 0) return yield* Effect.fail(fault(module.path, "export default", "is an empty list"))
  return yield* Effect.forEach(value, (item, index) => strategyOf(module, item, `export default[${index}]`), {
    concurrency: 1
  })
})

interface Loaded {
  readonly module: StrategyModule
  readonly strategy: Strategy
}

const withoutTwins = (
  known: ReadonlyArray<Strategy>,
  loaded: ReadonlyArray<Loaded>
): Effect.Effect<ReadonlyArray<Strategy>, StrategyError> => {
  const owners = new Map(known.map(({ id }) => [id, "the program"]))
  for (const { module, strategy } of loaded) {
    const owner = owners.get(strategy.id)
    if (owner !== undefined) {
      return Effect.fail(fault(module.path, "id", `"${strategy.id}" is taken: a strategy of ${owner} has it`))
    }
    owners.set(strategy.id, module.path)
  }
  return Effect.succeed(loaded.map(({ strategy }) => strategy))
}

/** The strategies of the given files, in order. `known` are those whose ids are taken. */
export const loadStrategyModules = Effect.fnUntraced(function* (
  modules: ReadonlyArray<StrategyModule>,
  known: ReadonlyArray<Strategy> = []
) {
  const lists = yield* Effect.forEach(
    modules,
    (module) => Effect.map(loadModule(module), (strategies) => strategies.map((strategy) => ({ module, strategy }))),
    { concurrency: 1 }
  )
  return yield* withoutTwins(known, lists.flat())
})
