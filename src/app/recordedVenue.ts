import * as Effect from "effect/Effect"
import { StoreError, VenueUnavailable } from "../domain/errors.ts"
import { MICROS_PER_MS } from "../domain/time.ts"
import { type ExecutorShape } from "../ports/Executor.ts"
import { type AnswerBody, estimateOf, resultOf, updateOf } from "./venueAnswers.ts"

const failureOf = (answer: AnswerBody): VenueUnavailable | StoreError | null => {
  if ("store" in answer) return new StoreError(answer.store)
  if (!("unavailable" in answer)) return null
  const { detail, nothing_sent, operation } = answer.unavailable
  return new VenueUnavailable({ operation, detail, nothingSent: nothing_sent })
}

/** One for each order, in order; null: the journal has them of other orders. */
const paired = <Order, Body, A>(
  orders: ReadonlyArray<Order>,
  bodies: ReadonlyArray<Body>,
  make: (order: Order, body: Body) => A
): ReadonlyArray<A> | null => {
  if (orders.length !== bodies.length) return null
  return orders.flatMap((order, index) => {
    const body = bodies[index]
    return body === undefined ? [] : [make(order, body)]
  })
}

/**
 * A real venue as a replay meets it: it says what the journal has of it, after as long a time, call by call. A submitted
 * order that the journal has no answer to was never answered; time goes on until the program gives up. Where the journal
 * does not know what was said, `unknown` ends the replay.
 */
export const recordedVenue = (
  atomic: boolean,
  answers: ReadonlyMap<number, AnswerBody>,
  unknown: Effect.Effect<never>
): ExecutorShape => {
  let calls = 0

  const next: Effect.Effect<AnswerBody | null> = Effect.gen(function* () {
    calls += 1
    const answer = answers.get(calls) ?? null
    if (answer !== null) yield* Effect.sleep(answer.took_us / MICROS_PER_MS)
    return answer
  })
  const known = <A>(value: A | null): Effect.Effect<A> => (value === null ? unknown : Effect.succeed(value))

  return {
    atomic,
    estimate: (orders) =>
      Effect.flatMap(next, (answer) => {
        // A failure ended the session.
        return known(answer !== null && "estimates" in answer ? paired(orders, answer.estimates, estimateOf) : null)
      }),
    submit: (orders) =>
      Effect.flatMap(next, (answer) => {
        if (answer === null) return Effect.never
        const failure = failureOf(answer)
        if (failure !== null) return Effect.fail(failure)
        return known("results" in answer ? paired(orders, answer.results, resultOf) : null)
      }),
    refresh: (orders) =>
      Effect.flatMap(next, (answer) => {
        if (answer === null) return Effect.succeed([])
        // As above.
        if (!("updates" in answer)) return unknown
        return Effect.succeed(
          answer.updates.flatMap((update) => {
            const order = orders[update.order]
            return order === undefined ? [] : [updateOf(order, update)]
          })
        )
      }),
    // The trading program cancels nothing by itself.
    cancel: () => Effect.succeedNone
  }
}
