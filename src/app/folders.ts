import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { FileError } from "../domain/errors.ts"
import { makeFolders } from "../policy/makeFolders.ts"

const detailOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const attempt = <A>(path: string, operation: string, body: () => A): Effect.Effect<A, FileError> =>
  Effect.try({ try: body, catch: (cause) => new FileError({ path, operation, detail: detailOf(cause) }) })

/** The name itself, or the first of name-2, name-3, ... that nothing has. */
const freeName = (parent: string, name: string): string => {
  let path = join(parent, name)
  for (let n = 2; existsSync(path); n += 1) path = join(parent, `${name}-${n}`)
  return path
}

/**
 * A new folder `name` in `parent` that appears whole or not at all: `fill` writes into a hidden one beside it, which is
 * renamed at the end and removed when `fill` fails. A name that is taken gets a number.
 */
export const publishFolder = <A, E, R>(
  parent: string,
  name: string,
  fill: (staging: string) => Effect.Effect<A, E, R>
): Effect.Effect<{ readonly path: string; readonly value: A }, E | FileError, R> =>
  Effect.acquireUseRelease(
    attempt(parent, "prepare", () => {
      const staging = join(parent, `.${name}.${process.pid}`)
      makeFolders(parent)
      rmSync(staging, { recursive: true, force: true })
      mkdirSync(staging)
      return staging
    }),
    (staging) =>
      Effect.flatMap(fill(staging), (value) =>
        attempt(parent, "publish", () => {
          const path = freeName(parent, name)
          renameSync(staging, path)
          return { path, value }
        })
      ),
    (staging) => Effect.sync(() => rmSync(staging, { recursive: true, force: true }))
  )

/** Points the symlink `link` at `target`, a path as seen from the link's folder; readers see the old or the new one. */
export const pointLink = (link: string, target: string): Effect.Effect<void, FileError> =>
  attempt(link, "link", () => {
    const found = lstatSync(link, { throwIfNoEntry: false })
    if (found !== undefined && !found.isSymbolicLink()) throw new Error("is in the way: it should be a symbolic link")
    const temporary = join(dirname(link), `.${basename(link)}.${process.pid}.link`)
    rmSync(temporary, { force: true })
    symlinkSync(target, temporary)
    renameSync(temporary, link)
  })
