import { closeSync, fstatSync, openSync, readSync } from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { FileError } from "../../domain/errors.ts"

/** Bytes that can be read from any place on, any number of times. */
export interface ByteSource {
  /** Names it in errors. */
  readonly file: string
  readonly size: number
  /** Whether reading waits for no disk. */
  readonly inMemory: boolean
  /** Puts the bytes from `position` on into `into`, as many as there are and fit; how many that were. */
  readonly read: (into: Uint8Array, position: number) => number
}

/** A text as the bytes of a file. */
export const textSource = (file: string, text: string): ByteSource => {
  const bytes = Buffer.from(text, "utf8")
  return {
    file,
    size: bytes.length,
    inMemory: true,
    read: (into, position) => {
      const part = bytes.subarray(position, position + into.length)
      into.set(part)
      return part.length
    }
  }
}

const failure = (path: string, cause: unknown): FileError =>
  new FileError({ path, operation: "read", detail: cause instanceof Error ? cause.message : String(cause) })

const readFully = (path: string, descriptor: number, into: Uint8Array, position: number): number => {
  try {
    let done = 0
    while (done < into.length) {
      const read = readSync(descriptor, into, done, into.length - done, position + done)
      if (read === 0) break
      done += read
    }
    return done
  } catch (cause) {
    throw failure(path, cause)
  }
}

/** An open file, closed with its scope. What is no plain file cannot be read twice and is refused. */
export const fileSource = (path: string): Effect.Effect<ByteSource, FileError, Scope.Scope> =>
  Effect.gen(function* () {
    const descriptor = yield* Effect.acquireRelease(
      Effect.try({ try: () => openSync(path, "r"), catch: (cause) => failure(path, cause) }),
      (opened) => Effect.sync(() => closeSync(opened))
    )
    const found = yield* Effect.try({ try: () => fstatSync(descriptor), catch: (cause) => failure(path, cause) })
    if (!found.isFile()) return yield* failure(path, "is not a plain file")
    const source: ByteSource = {
      file: path,
      size: found.size,
      inMemory: false,
      read: (into, position) => readFully(path, descriptor, into, position)
    }
    return source
  })
