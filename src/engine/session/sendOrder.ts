import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Deferred from "effect/Deferred"
import { type SubmitCommand } from "../../domain/Command.ts"
import { type OrderReport } from "../../domain/EngineEvent.ts"
import { type ExecutionResult } from "../../domain/Execution.ts"
import { answerLost, noAnswerInTime, type Rejection, reported } from "../../domain/rejection.ts"
import { answerTimeout } from "../../policy/packages.ts"
import { type Exchange, type ExecutionContext } from "../../ports/Executor.ts"
import { unlessStopped } from "./unlessStopped.ts"

type Answer = Omit<OrderReport, "tookUs">

/** A venue's answer as the engine takes it in, but for the time that it took. */
export const answerOf = (result: ExecutionResult, how: Partial<Answer> = {}): Answer => ({
  ...result,
  lost: false,
  nothingSent: false,
  shown: null,
  quoteAtUs: null,
  ...how
})

/** The answer for whatever fails once an order may have left: it may have traded, and must never be sent again. */
const lost = (reason: Rejection): Answer =>
  answerOf({ status: "open", fills: [], reason, countsAsRejection: false }, { lost: true })

const notSent = (reason: Rejection): Answer =>
  answerOf({ status: "rejected", fills: [], reason, countsAsRejection: false }, { nothingSent: true })

const silence = lost(noAnswerInTime)

/** The answer with the time that it took, on a monotonic clock. */
export const measured = (asking: Effect.Effect<Answer>): Effect.Effect<OrderReport> =>
  Effect.gen(function* () {
    const started = yield* Clock.currentTimeNanos
    const said = yield* asking
    const tookUs = Number(((yield* Clock.currentTimeNanos) - started) / 1_000n)
    return { ...said, tookUs }
  })

/**
 * Sends one order to an exchange, and gives what is known of it afterwards. An error, or no answer in time, once it may
 * have left is a lost answer. The wait ends in time even where the exchange's code cannot be interrupted. This effect
 * itself is never interrupted, but for an order that is the only one of its package the wait ends as soon as `stopped`
 * is done.
 */
export const sendOrder = (
  exchange: Pick<Exchange, "submit">,
  { alone, order }: SubmitCommand,
  context: ExecutionContext,
  stopped: Deferred.Deferred<void> | null
): Effect.Effect<OrderReport> =>
  measured(
    Effect.interruptible(Effect.disconnect(exchange.submit([order], context))).pipe(
      Effect.map(([result]) =>
        result === undefined ? lost(answerLost("the venue gave no result")) : answerOf(result)
      ),
      (waiting) => unlessStopped(waiting, alone ? stopped : null),
      Effect.timeoutTo({
        duration: answerTimeout,
        onSuccess: Option.getOrElse(() => silence),
        onTimeout: () => silence
      }),
      Effect.catchTags({
        VenueUnavailable: ({ message, nothingSent }) =>
          Effect.succeed(nothingSent ? notSent(reported("not sent", message)) : lost(answerLost(message))),
        StoreError: ({ message }) => Effect.succeed(lost(answerLost(message)))
      }),
      Effect.uninterruptible
    )
  )
