import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { VenueUnavailable } from "../domain/errors.ts"
import { type Exchange, Executors, type ExecutorShape, type VenueCapabilities } from "../ports/Executor.ts"
import { type LiveOrderRepo } from "../ports/LiveOrderRepo.ts"
import { type LiveVenue } from "../ports/LiveVenue.ts"
import { type VenueSync } from "../ports/VenueSync.ts"
import * as LiveExecutor from "./LiveExecutor.ts"

/** The simulated venue is part of the engine, and fills orders from the quotes that the engine has seen. */
const simulatedVenue: ExecutorShape = { capabilities: { foresees: true, parallel: true }, exchange: null }

/** An exchange says nothing beforehand, and one order at a time is looked after. */
const exchangeCapabilities: VenueCapabilities = { foresees: false, parallel: false }

const closed = (operation: string) =>
  Effect.fail(
    new VenueUnavailable({ operation, detail: "there is no exchange here; nothing was sent", nothingSent: true })
  )

const noExchange: Exchange = { submit: () => closed("live order"), cancel: () => closed("live cancel") }

/** Without an exchange: live orders are refused, nothing is sent. */
export const simulated: Layer.Layer<Executors> = Layer.succeed(Executors, {
  paper: simulatedVenue,
  live: { capabilities: exchangeCapabilities, exchange: noExchange }
})

/** Paper orders meet the simulated venue, live ones the exchange. */
export const layer: Layer.Layer<Executors, never, LiveVenue | LiveOrderRepo | VenueSync> = Layer.scoped(
  Executors,
  Effect.map(Layer.build(LiveExecutor.layer), (context) =>
    Executors.of({
      paper: simulatedVenue,
      live: { capabilities: exchangeCapabilities, exchange: Context.get(context, LiveExecutor.LiveExchange) }
    })
  )
)
