import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type AppConfig } from "../config/AppConfig.ts"
import { Executor, Executors } from "../ports/Executor.ts"
import * as LiveExecutor from "./LiveExecutor.ts"
import * as SimulatedExecutor from "./SimulatedExecutor.ts"

/** Paper meets the simulated venue, live the exchange. */
export const layer: Layer.Layer<Executors, never, AppConfig> = Layer.scoped(
  Executors,
  Effect.gen(function* () {
    const paper = yield* Layer.build(SimulatedExecutor.layer)
    const live = yield* Layer.build(LiveExecutor.layer)
    return Executors.of({ paper: Context.get(paper, Executor), live: Context.get(live, Executor) })
  })
)
