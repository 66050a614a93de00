import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import type * as Schedule from "effect/Schedule"

/** A stage did not do its work; it may be tried again. */
export class StageFailed extends Data.TaggedError("StageFailed")<{ readonly message: string }> {}

/** How stages are run. */
export interface StagePolicy {
  readonly retry: Schedule.Schedule<unknown>
  /** Done once the soak is to end: what runs is finished, but nothing is tried again. */
  readonly stop: Deferred.Deferred<void>
  /** Is called with the message of every failed attempt. */
  readonly log: (text: string) => Effect.Effect<void>
}

const detailOf = (defect: unknown): string => (defect instanceof Error ? defect.message : String(defect))

/** Runs a stage until it succeeds or the retries are used up; the last attempt's outcome is the stage's. */
export const runStage = <A, E extends { readonly message: string }, R>(
  name: string,
  policy: StagePolicy,
  stage: Effect.Effect<A, E, R>
): Effect.Effect<Either.Either<A, StageFailed>, never, R> =>
  Effect.suspend(() => {
    const ended: { outcome: Either.Either<A, StageFailed> | null } = { outcome: null }
    const attempt = stage.pipe(
      Effect.mapError(({ message }) => new StageFailed({ message: `${name}: ${message}` })),
      // A bug in one stage must not end a soak of a day; it is reported like any failure.
      Effect.catchAllDefect((defect) => new StageFailed({ message: `${name}: internal: ${detailOf(defect)}` })),
      Effect.tapError(({ message }) => policy.log(message)),
      Effect.either,
      Effect.tap((outcome) => Effect.sync(() => (ended.outcome = outcome))),
      Effect.flatten
    )
    // In a fiber of its own: deadlines inside it still interrupt it, and stopping does not.
    const whole = Effect.uninterruptible(
      Effect.flatMap(Effect.forkDaemon(Effect.interruptible(attempt)), (fiber) => Fiber.join(fiber))
    )
    const again = Effect.either(Effect.retry(whole, policy.retry))
    return Effect.gen(function* () {
      // Stopping cuts the wait between two attempts short, never an attempt.
      if (!(yield* Deferred.isDone(policy.stop))) yield* Effect.raceFirst(again, Deferred.await(policy.stop))
      return ended.outcome ?? (yield* Effect.either(whole))
    })
  })
