import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { type StoreError } from "../../domain/errors.ts"
import { recorderBacklog, recorderGrace } from "../../policy/feed.ts"

/** Stores what it is given in order, beside its giver. */
export interface Recorder<A> {
  /** Waits while the backlog is full. Fails once the store has failed. */
  readonly offer: (item: A) => Effect.Effect<void, StoreError>
  /** Returns when all that was offered before is stored. */
  readonly flushed: Effect.Effect<void, StoreError>
  /** Never returns; fails when the store does. */
  readonly failed: Effect.Effect<never, StoreError>
}

type Entry<A> =
  { readonly _tag: "item"; readonly item: A } | { readonly _tag: "mark"; readonly reached: Deferred.Deferred<void> }

/**
 * A bounded side consumer. Nothing is lost when its scope closes: what waits is stored first, for a bounded time; what a
 * store that hangs leaves undone is logged.
 */
export const makeRecorder = <A>(
  store: (item: A) => Effect.Effect<void, StoreError>
): Effect.Effect<Recorder<A>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const queue = yield* Queue.bounded<Entry<A>>(recorderBacklog)
    const failure = yield* Deferred.make<never, StoreError>()
    const failed = Deferred.await(failure)
    const next = Effect.flatMap(Queue.take(queue), (entry) =>
      entry._tag === "mark"
        ? Deferred.succeed(entry.reached, undefined)
        : // A transaction that has begun is finished.
          Effect.uninterruptible(store(entry.item))
    )
    yield* Effect.forkScoped(Effect.onError(Effect.forever(next), (cause) => Deferred.failCause(failure, cause)))
    const put = (entry: Entry<A>) => Effect.raceFirst(Effect.asVoid(Queue.offer(queue, entry)), failed)
    const flushed = Effect.gen(function* () {
      const reached = yield* Deferred.make<void>()
      yield* put({ _tag: "mark", reached })
      yield* Effect.raceFirst(Deferred.await(reached), failed)
    })
    // Added after the consumer was started, so it runs before the consumer is interrupted.
    yield* Effect.addFinalizer(() =>
      Effect.interruptible(flushed).pipe(
        Effect.timeoutOption(recorderGrace),
        Effect.flatMap(
          Option.match({
            onNone: () => Effect.logError("the feed was stopped before everything that it had given was stored"),
            onSome: () => Effect.void
          })
        ),
        Effect.catchTag("StoreError", ({ message }) => Effect.logError(message))
      )
    )
    return { offer: (item) => put({ _tag: "item", item }), flushed, failed }
  })
