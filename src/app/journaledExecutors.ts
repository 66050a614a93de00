import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type StoreError, type VenueUnavailable } from "../domain/errors.ts"
import { type JsonObject } from "../domain/json.ts"
import { nowUs } from "../engine/now.ts"
import { Executors, type ExecutorShape } from "../ports/Executor.ts"
import { Journal } from "../ports/Journal.ts"
import { estimatesBody, resultsBody, updatesBody } from "./venueAnswers.ts"

const NANOS_PER_MICRO = 1_000

const failureBody = (error: VenueUnavailable | StoreError): JsonObject =>
  error._tag === "StoreError"
    ? { store: { operation: error.operation, detail: error.detail } }
    : { unavailable: { operation: error.operation, detail: error.detail, nothing_sent: error.nothingSent } }

const journaled = (venue: ExecutorShape, journal: Context.Tag.Service<Journal>): ExecutorShape => {
  let calls = 0

  /** Asks, and appends the answer before anybody acts on it; `bodyOf` gives null for one that goes without saying. */
  const ask = <A, E extends VenueUnavailable | StoreError>(
    question: Effect.Effect<A, E>,
    bodyOf: (answer: A) => JsonObject | null
  ): Effect.Effect<A, E | StoreError> =>
    Effect.gen(function* () {
      calls += 1
      const call = calls
      const startedNs = yield* Clock.currentTimeNanos
      const append = (body: JsonObject | null) =>
        Effect.gen(function* () {
          if (body === null) return
          const tookUs = Math.round(Number((yield* Clock.currentTimeNanos) - startedNs) / NANOS_PER_MICRO)
          const atUs = yield* nowUs
          yield* journal.append(() => [{ kind: "answer", atUs, body: { call, took_us: tookUs, ...body } }])
        })
      const answer = yield* Effect.tapError(question, (error) => append(failureBody(error)))
      yield* append(bodyOf(answer))
      return answer
    })

  return {
    atomic: venue.atomic,
    estimate: (orders, context) => ask(venue.estimate(orders, context), estimatesBody),
    submit: (orders, context) => ask(venue.submit(orders, context), resultsBody),
    // Nothing happened to any of them: that is what a replay takes silence for.
    refresh: (orders, context) =>
      ask(venue.refresh(orders, context), (updates) => (updates.length === 0 ? null : updatesBody(orders, updates))),
    cancel: venue.cancel
  }
}

/** Venues whose real one tells the journal everything that it says: nobody can ask it for the same again. */
export const journaledExecutors = <E, R>(
  executors: Layer.Layer<Executors, E, R>
): Layer.Layer<Executors, E, R | Journal> =>
  Layer.flatMap(executors, (context) =>
    Layer.effect(
      Executors,
      Effect.map(Journal, (journal) => {
        const { live, paper } = Context.get(context, Executors)
        return Executors.of({ paper, live: journaled(live, journal) })
      })
    )
  )
