import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type AppConfig } from "../config/AppConfig.ts"
import { Executor, Executors, type ExecutorShape } from "../ports/Executor.ts"
import { bareEstimate } from "../core/bareEstimate.ts"
import { VenueUnavailable } from "../domain/errors.ts"
import { type LiveOrderRepo } from "../ports/LiveOrderRepo.ts"
import { type LiveVenue } from "../ports/LiveVenue.ts"
import { type VenueSync } from "../ports/VenueSync.ts"
import * as LiveExecutor from "./LiveExecutor.ts"
import * as SimulatedExecutor from "./SimulatedExecutor.ts"

const closed = (operation: string) =>
  Effect.fail(
    new VenueUnavailable({ operation, detail: "there is no exchange here; nothing was sent", nothingSent: true })
  )

const closedVenue: ExecutorShape = {
  atomic: false,
  estimate: (orders) => Effect.succeed(orders.map(bareEstimate)),
  submit: () => closed("live order"),
  refresh: () => Effect.succeed([]),
  cancel: () => closed("live cancel")
}

/** Without an exchange: live orders are refused, nothing is sent. */
export const simulated: Layer.Layer<Executors, never, AppConfig> = Layer.scoped(
  Executors,
  Effect.gen(function* () {
    const paper = yield* Layer.build(SimulatedExecutor.layer)
    return Executors.of({ paper: Context.get(paper, Executor), live: closedVenue })
  })
)

/** Paper meets the simulated venue, live the exchange. */
export const layer: Layer.Layer<Executors, never, AppConfig | LiveVenue | LiveOrderRepo | VenueSync> = Layer.scoped(
  Executors,
  Effect.gen(function* () {
    const paper = yield* Layer.build(SimulatedExecutor.layer)
    const live = yield* Layer.build(LiveExecutor.layer)
    return Executors.of({ paper: Context.get(paper, Executor), live: Context.get(live, Executor) })
  })
)
