import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { FileError } from "../domain/errors.ts"
import { makeFolders } from "../policy/makeFolders.ts"
import { writeFully } from "../policy/writeFully.ts"

const FLUSH_CHARS = 1 << 18

const detailOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** A file that appears under its name only when it is whole: written beside it, synced, renamed. Throws FileErrors. */
export class AtomicFile {
  readonly path: string
  private readonly temporary: string
  private readonly descriptor: number
  private pending: Array<string> = []
  private length = 0
  private open = true

  constructor(path: string) {
    this.path = path
    this.temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`)
    this.descriptor = this.doing("open", () => {
      makeFolders(dirname(path))
      return openSync(this.temporary, "w")
    })
  }

  write(text: string): void {
    this.pending.push(text)
    this.length += text.length
    if (this.length > FLUSH_CHARS) this.flush()
  }

  /** Appends bytes as they are. */
  writeBytes(bytes: Uint8Array): void {
    this.flush()
    this.doing("write", () => writeFully(this.descriptor, bytes))
  }

  private flush(): void {
    const text = this.pending.join("")
    this.pending = []
    this.length = 0
    this.doing("write", () => writeFully(this.descriptor, text))
  }

  commit(): void {
    this.flush()
    this.doing("write", () => {
      fsyncSync(this.descriptor)
      this.open = false
      closeSync(this.descriptor)
      renameSync(this.temporary, this.path)
    })
  }

  abort(): void {
    if (this.open) closeSync(this.descriptor)
    rmSync(this.temporary, { force: true })
  }

  private doing<A>(operation: string, body: () => A): A {
    try {
      return body()
    } catch (cause) {
      throw new FileError({ path: this.path, operation, detail: detailOf(cause) })
    }
  }
}

const failed = (path: string, cause: unknown): FileError =>
  cause instanceof FileError ? cause : new FileError({ path, operation: "write", detail: detailOf(cause) })

/** Opens a file to write; it is renamed into place when `use` succeeds and removed when it does not. */
export const writeAtomically = <A, E, R>(
  path: string,
  use: (file: AtomicFile) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | FileError, R> =>
  Effect.acquireUseRelease(
    Effect.try({
      try: () => new AtomicFile(path),
      catch: (cause) => failed(path, cause)
    }),
    (file) =>
      Effect.zipLeft(
        use(file),
        Effect.try({
          try: () => file.commit(),
          catch: (cause) => failed(path, cause)
        })
      ),
    (file, exit) => (exit._tag === "Success" ? Effect.void : Effect.sync(() => file.abort()))
  )

/** Writes what `body` gives to the file; whatever it throws is a FileError that names the path. */
export const writeWhole = <A>(path: string, body: (file: AtomicFile) => A): Effect.Effect<A, FileError> =>
  writeAtomically(path, (file) => Effect.try({ try: () => body(file), catch: (cause) => failed(path, cause) }))

/** Writes a whole text at once. */
export const writeText = (path: string, text: string): Effect.Effect<void, FileError> =>
  writeWhole(path, (file) => file.write(text))

/** Writes whole binary content at once. */
export const writeBytes = (path: string, bytes: Uint8Array): Effect.Effect<void, FileError> =>
  writeWhole(path, (file) => file.writeBytes(bytes))

/** Refuses a path that is a folder before any work is done. */
export const refuseFolder = (path: string): Effect.Effect<void, FileError> =>
  Effect.suspend(() => {
    const found = statSync(path, { throwIfNoEntry: false })
    return found?.isDirectory() === true
      ? new FileError({ path, operation: "write", detail: "is a directory; name a file" })
      : Effect.void
  })
