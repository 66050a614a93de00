import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type SourceError } from "../domain/errors.ts"

export interface CursorPage {
  readonly rows: ReadonlyArray<unknown>
  /** null: this was the last page. */
  readonly next: string | null
}

/** Remembers what a listing has shown, across the listings of one run. */
export interface Progress {
  /** Rows that may still go by. */
  remaining: number
  readonly seenIds: Set<string>
}

export const startProgress = (limit: number): Progress => ({ remaining: limit, seenIds: new Set() })

/** Drops rows whose id went by before (pages of a moving list overlap) and what is over the limit. */
const admitRows = (
  progress: Progress,
  rows: ReadonlyArray<unknown>,
  idOf: (row: unknown) => string | undefined
): ReadonlyArray<unknown> => {
  const admitted: Array<unknown> = []
  for (const row of rows) {
    if (progress.remaining === 0) break
    const id = idOf(row)
    if (id !== undefined) {
      if (progress.seenIds.has(id)) continue
      progress.seenIds.add(id)
    }
    progress.remaining -= 1
    admitted.push(row)
  }
  return admitted
}

interface Listing {
  readonly progress: Progress
  readonly idOf: (row: unknown) => string | undefined
  /** `null` asks for the first page. */
  readonly fetch: (cursor: string | null, remaining: number) => Effect.Effect<CursorPage, SourceError>
}

/**
 * Walks a listing until it ends, the limit is reached, a cursor repeats, or a page shows nothing new: servers have
 * ignored the cursor and answered page one for ever.
 */
export const cursorPages = (listing: Listing): Stream.Stream<ReadonlyArray<unknown>, SourceError> =>
  Stream.suspend(() => {
    const { progress, idOf, fetch } = listing
    const cursors = new Set<string>()
    return Stream.unfoldEffect<string | null | undefined, ReadonlyArray<unknown>, SourceError, never>(null, (cursor) =>
      cursor === undefined || progress.remaining === 0
        ? Effect.succeedNone
        : Effect.map(fetch(cursor, progress.remaining), ({ rows, next }) => {
            const admitted = admitRows(progress, rows, idOf)
            if (admitted.length === 0) return Option.none()
            const ends = next === null || cursors.has(next)
            if (next !== null) cursors.add(next)
            return Option.some([admitted, ends ? undefined : next])
          })
    )
  })
