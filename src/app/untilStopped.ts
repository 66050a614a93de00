import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/**
 * Runs `body` to its own end: an interruption (Ctrl-C, SIGTERM) does not cut it off, it completes `stop`, and the body
 * comes to an end when that suits it.
 */
export const untilStopped = <A, E, R>(
  body: (stop: Deferred.Deferred<void>) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const stop = yield* Deferred.make<void>()
      // An interruption reaches children at once, and this one is to learn of it by `stop` only.
      const fiber = yield* Effect.forkDaemon(Effect.interruptible(body(stop)))
      yield* Effect.exit(restore(Fiber.await(fiber)))
      yield* Deferred.succeed(stop, undefined)
      return yield* Fiber.join(fiber)
    })
  )
