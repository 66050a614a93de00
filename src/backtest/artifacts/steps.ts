import { setImmediate } from "node:timers"
import * as Effect from "effect/Effect"
import { ArtifactError, FileError } from "../../domain/errors.ts"
import { type ByteSource } from "./ByteSource.ts"

/** Work over a file that stops now and then: between two steps, signals and other fibers get their turn. */
export type Steps<A> = Generator<undefined, A, undefined>

/** An error that such work throws, as the Effect around it fails. Anything else is a defect. */
const known = (source: ByteSource, cause: unknown): ArtifactError | FileError =>
  cause instanceof ArtifactError || cause instanceof FileError
    ? cause
    : new ArtifactError({
        file: source.file,
        at: "",
        detail: `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`
      })

const nextTurn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** Runs the steps one after the other; after each of them the event loop goes on where the source is a file. */
export const runSteps = <A>(source: ByteSource, make: () => Steps<A>): Effect.Effect<A, ArtifactError | FileError> =>
  Effect.suspend(() => {
    const steps = make()
    const step: Effect.Effect<A, ArtifactError | FileError> = Effect.flatMap(
      Effect.try({ try: () => steps.next(), catch: (cause) => known(source, cause) }),
      (result) =>
        result.done === true ? Effect.succeed(result.value) : source.inMemory ? step : Effect.zipRight(nextTurn, step)
    )
    return step
  })
