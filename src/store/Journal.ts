import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type JournalEntry } from "../domain/Journal.ts"
import { Journal } from "../ports/Journal.ts"
import { toStoreError } from "./errors.ts"
import { type PreparedEntry, prepareEntry } from "./journalRecords.ts"
import { type JournalWriter, openJournalWriter } from "./journalWriter.ts"

const failed = toStoreError("append to the journal")

const make = Effect.gen(function* () {
  const { config, reserve } = yield* SqliteClient.SqliteClient
  let writer: JournalWriter | undefined
  yield* Effect.addFinalizer(() => Effect.sync(() => writer?.close()))

  const write = (prepared: ReadonlyArray<PreparedEntry>) =>
    Effect.try({ try: () => (writer ??= openJournalWriter(config.filename)).append(prepared), catch: failed })

  const append = (entries: () => ReadonlyArray<JournalEntry>) =>
    Effect.suspend(() => {
      const given = entries()
      const prepared = Effect.try({ try: () => given.map(prepareEntry), catch: failed })
      // No other fiber of this process is in a transaction: waiting for one would block the thread that has to end it.
      const exclusively = Effect.flatMap(prepared, (ready) => Effect.zipRight(reserve, write(ready)))
      return Effect.mapError(Effect.scoped(exclusively), failed)
    })

  return Journal.of({ append })
})

/**
 * The journal in the database that the store has open. A layer is one run of the program: its first entry is a
 * `session`. Like any repository method, `append` may not be called inside another transaction.
 */
export const layer: Layer.Layer<Journal, never, SqliteClient.SqliteClient> = Layer.scoped(Journal, make)
