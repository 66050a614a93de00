import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { type StoreError } from "../domain/errors.ts"
import { type JournalEntry, type JournalRecord, type JournalSession } from "../domain/Journal.ts"

/** Written first: every external input and every decision is appended before anything acts on it. */
export class Journal extends Context.Tag("monomarket/ports/Journal")<
  Journal,
  {
    /**
     * Appends the entries in order, all or none; durable when it succeeds. The first entry of a run is a `session`,
     * which opens a new session. Takes a function, so that a journal that keeps nothing costs nothing.
     */
    readonly append: (entries: () => ReadonlyArray<JournalEntry>) => Effect.Effect<void, StoreError>
  }
>() {}

/** What was checked, and the first record that is not what it was when it was written. */
export interface JournalCheck {
  readonly records: number
  readonly broken: { readonly seq: number; readonly problem: string } | null
  /** Of the last good record; "" when there is none. */
  readonly lastHash: string
}

export class JournalReader extends Context.Tag("monomarket/ports/JournalReader")<
  JournalReader,
  {
    /** Oldest first. */
    readonly sessions: Effect.Effect<ReadonlyArray<JournalSession>, StoreError>
    /** Up to `limit` records of a session with seq > `afterSeq`, in order. */
    readonly page: (query: {
      readonly sessionId: number
      readonly afterSeq: number
      readonly limit: number
    }) => Effect.Effect<ReadonlyArray<JournalRecord>, StoreError>
    /** Recomputes the chain over the whole journal. */
    readonly verify: Effect.Effect<JournalCheck, StoreError>
  }
>() {}
