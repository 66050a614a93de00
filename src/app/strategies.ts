import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { AppConfig } from "../config/AppConfig.ts"
import { type InputError } from "../domain/errors.ts"
import { isStrategyError, type StrategyError } from "../domain/StrategyError.ts"
import { type Strategy, StrategyRegistry } from "../ports/StrategyRegistry.ts"
import { tradingCosts } from "../strategies/purchase.ts"
import { builtinStrategies, withEdgeGate } from "../strategies/registry.ts"
import { loadStrategyModules, type StrategyModule } from "./strategyModules.ts"

/** `known`, and behind them the strategies of the given files, which pass the configured edge gate like all others. */
const extend = (
  known: ReadonlyArray<Strategy>,
  modules: ReadonlyArray<StrategyModule>
): Effect.Effect<ReadonlyArray<Strategy>, InputError | StrategyError, AppConfig> =>
  modules.length === 0
    ? Effect.succeed(known)
    : Effect.gen(function* () {
        const { execution, strategies } = yield* AppConfig
        const own = yield* loadStrategyModules(modules, known)
        const costs = tradingCosts(execution)
        return [...known, ...own.map((strategy) => withEdgeGate(strategy, strategies.edge_gate, costs))]
      })

/** The strategies that come with the program, bound to the configured parameters, and those of `strategies.modules`. */
export const strategiesLayer: Layer.Layer<StrategyRegistry, InputError | StrategyError, AppConfig> = Layer.effect(
  StrategyRegistry,
  Effect.flatMap(AppConfig, ({ execution, strategies }) =>
    extend(
      builtinStrategies(strategies, execution),
      strategies.modules.map((path) => ({ path, field: "strategies.modules" }))
    )
  )
)

/** The registry of this run, and behind it the strategies of the files that `--strategy-module` names. */
export const withStrategyModules = (
  paths: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Strategy>, InputError | StrategyError, StrategyRegistry | AppConfig> =>
  Effect.flatMap(StrategyRegistry, (known) =>
    extend(
      known,
      paths.map((path) => ({ path, field: "--strategy-module" }))
    )
  )

/** The configured strategies and those of `paths`. */
export const strategyModulesLayer = (
  paths: ReadonlyArray<string>
): Layer.Layer<StrategyRegistry, InputError | StrategyError, AppConfig> =>
  Layer.effect(StrategyRegistry, withStrategyModules(paths)).pipe(Layer.provide(strategiesLayer))

/**
 * Turns what a strategy of the user's own throws while it is asked for signals into a failure; other defects stay what
 * they are. Strategies are plain functions, so throwing is all that they can do.
 */
export const failOnStrategyError = <A, E, R>(program: Effect.Effect<A, E, R>): Effect.Effect<A, E | StrategyError, R> =>
  Effect.catchSomeDefect(program, (defect) =>
    isStrategyError(defect) ? Option.some(Effect.fail(defect)) : Option.none()
  )
