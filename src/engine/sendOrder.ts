import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { nothingTraded, type Traded } from "../core/bundle.ts"
import { notionalOf } from "../core/portfolio.ts"
import { type ExecutionResult } from "../domain/Execution.ts"
import { type ApprovedOrder, isWorking } from "../domain/Order.ts"
import { noAnswerInTime, type Rejection, reported } from "../domain/rejection.ts"
import { answerTimeout } from "../policy/bundle.ts"
import { type ExecutionContext, type ExecutorShape } from "../ports/Executor.ts"

/** What is known of one order after it was sent. */
export type Answer =
  | { readonly _tag: "Result"; readonly result: ExecutionResult }
  /** The venue cannot take any order, and has not seen this one. */
  | { readonly _tag: "NothingSent"; readonly reason: Rejection }
  /** It may trade or have traded: more than `result` says. */
  | { readonly _tag: "Lost"; readonly reason: Rejection; readonly result: ExecutionResult | null }

export const rejectedWith = (reason: Rejection): ExecutionResult => ({
  status: "rejected",
  fills: [],
  reason,
  countsAsRejection: false
})

export const resultOf = (answer: Answer): ExecutionResult => {
  switch (answer._tag) {
    case "Result":
      return answer.result
    case "NothingSent":
      return rejectedWith(answer.reason)
    case "Lost":
      return { status: "open", fills: [], countsAsRejection: false, ...answer.result, reason: answer.reason }
  }
}

export const tradedIn = ({ fills }: Pick<ExecutionResult, "fills">): Traded =>
  fills.reduce(
    (sum, { fee, price, qty }) => ({
      qty: sum.qty + qty,
      notional: sum.notional + notionalOf(price, qty),
      fee: sum.fee + fee
    }),
    nothingTraded
  )

/** Done when nothing is waited for any longer, because the program is to end; null: it has all the time. */
export type Hurry = Deferred.Deferred<void> | null

/** None: it was hurried, and what it was waiting for is interrupted. */
export const unlessHurried = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  hurry: Hurry
): Effect.Effect<Option.Option<A>, E, R> =>
  hurry === null
    ? Effect.asSome(effect)
    : Effect.raceFirst(Effect.asSome(effect), Effect.as(Effect.interruptible(Deferred.await(hurry)), Option.none<A>()))

const silence: Answer = { _tag: "Lost", reason: noAnswerInTime, result: null }

const lost = (detail: string, result: ExecutionResult | null = null): Answer => ({
  _tag: "Lost",
  reason: reported("answer lost", detail),
  result
})

/**
 * Sends one order. Whatever happens after it may have left is a lost answer: an error, silence, and, unless it `mayRest`,
 * an order that is still working. Silence ends even where the venue's code cannot be interrupted, and this cannot be; it
 * ends at once when `hurry` is done.
 */
export const sendOrder = (
  executor: Pick<ExecutorShape, "submit">,
  order: ApprovedOrder,
  context: ExecutionContext,
  mayRest: boolean,
  hurry: Hurry = null
): Effect.Effect<Answer> =>
  Effect.interruptible(Effect.disconnect(executor.submit([order], context))).pipe(
    Effect.map(([result]): Answer => {
      if (result === undefined) return lost("the venue gave no result")
      return isWorking(result.status) && !mayRest
        ? lost(`an immediate order is still ${result.status}`, result)
        : { _tag: "Result", result }
    }),
    (answer) => unlessHurried(answer, hurry),
    // A replay waits the time out, and must come to the same words.
    Effect.timeoutTo({
      duration: answerTimeout,
      onSuccess: Option.getOrElse(() => silence),
      onTimeout: () => silence
    }),
    Effect.catchTags({
      VenueUnavailable: ({ message, nothingSent }) =>
        Effect.succeed<Answer>(
          nothingSent ? { _tag: "NothingSent", reason: reported("not sent", message) } : lost(message)
        ),
      StoreError: ({ message }) => Effect.succeed(lost(message))
    }),
    Effect.uninterruptible
  )
