import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** None: `stopped` was done first, and what was waited for is interrupted. `stopped` null: it is never cut short. */
export const unlessStopped = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  stopped: Deferred.Deferred<void> | null
): Effect.Effect<Option.Option<A>, E, R> =>
  stopped === null
    ? Effect.asSome(effect)
    : Effect.raceFirst(
        Effect.asSome(effect),
        Effect.as(Effect.interruptible(Deferred.await(stopped)), Option.none<A>())
      )
