import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { FileError } from "../domain/errors.ts"
import { makeFolders } from "../policy/makeFolders.ts"

const FLUSH_CHARS = 1 << 18

/** A file that appears under its name only when it is whole: written beside it, synced, renamed. */
export class AtomicFile {
  readonly path: string
  private readonly temporary: string
  private readonly descriptor: number
  private pending: Array<string> = []
  private length = 0

  constructor(path: string) {
    this.path = path
    makeFolders(dirname(path))
    this.temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`)
    this.descriptor = openSync(this.temporary, "w")
  }

  write(text: string): void {
    this.pending.push(text)
    this.length += text.length
    if (this.length > FLUSH_CHARS) this.flush()
  }

  /** Appends bytes as they are. */
  writeBytes(bytes: Uint8Array): void {
    this.flush()
    for (let done = 0; done < bytes.length;) done += writeSync(this.descriptor, bytes, done)
  }

  private flush(): void {
    writeSync(this.descriptor, this.pending.join(""))
    this.pending = []
    this.length = 0
  }

  commit(): void {
    this.flush()
    fsyncSync(this.descriptor)
    closeSync(this.descriptor)
    renameSync(this.temporary, this.path)
  }

  abort(): void {
    closeSync(this.descriptor)
    rmSync(this.temporary, { force: true })
  }
}

const detailOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** Opens a file to write; it is renamed into place when `use` succeeds and removed when it does not. */
export const writeAtomically = <A, E, R>(
  path: string,
  use: (file: AtomicFile) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | FileError, R> =>
  Effect.acquireUseRelease(
    Effect.try({
      try: () => new AtomicFile(path),
      catch: (cause) => new FileError({ path, operation: "open", detail: detailOf(cause) })
    }),
    (file) =>
      Effect.zipLeft(
        use(file),
        Effect.try({
          try: () => file.commit(),
          catch: (cause) => new FileError({ path, operation: "write", detail: detailOf(cause) })
        })
      ),
    (file, exit) => (exit._tag === "Success" ? Effect.void : Effect.sync(() => file.abort()))
  )

/** Writes a whole text at once. */
export const writeText = (path: string, text: string): Effect.Effect<void, FileError> =>
  writeAtomically(path, (file) =>
    Effect.try({
      try: () => file.write(text),
      catch: (cause) => new FileError({ path, operation: "write", detail: detailOf(cause) })
    })
  )

/** Writes whole binary content at once. */
export const writeBytes = (path: string, bytes: Uint8Array): Effect.Effect<void, FileError> =>
  writeAtomically(path, (file) =>
    Effect.try({
      try: () => file.writeBytes(bytes),
      catch: (cause) => new FileError({ path, operation: "write", detail: detailOf(cause) })
    })
  )

/** Refuses a path that is a folder before any work is done. */
export const refuseFolder = (path: string): Effect.Effect<void, FileError> =>
  Effect.suspend(() => {
    const found = statSync(path, { throwIfNoEntry: false })
    return found?.isDirectory() === true
      ? new FileError({ path, operation: "write", detail: "is a directory; name a file" })
      : Effect.void
  })
