import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type JournalEntry } from "../domain/Journal.ts"
import { Journal } from "../ports/Journal.ts"

export interface MemoryJournal {
  readonly layer: Layer.Layer<Journal>
  /** What was appended so far, in order; grows while the program runs. */
  readonly entries: ReadonlyArray<JournalEntry>
}

/** A journal for a replay, whose entries are compared with those of the session that it replays. */
export const makeMemoryJournal = (): MemoryJournal => {
  const entries: Array<JournalEntry> = []
  const append = (added: () => ReadonlyArray<JournalEntry>) =>
    Effect.sync(() => {
      for (const entry of added()) entries.push(entry)
    })
  return { layer: Layer.succeed(Journal, Journal.of({ append })), entries }
}

/** Keeps nothing, and never makes the entries: for runs that are never replayed, such as backtests. */
export const noJournal: Layer.Layer<Journal> = Layer.succeed(Journal, Journal.of({ append: () => Effect.void }))
