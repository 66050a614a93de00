import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BUSY_TIMEOUT_MS } from "../policy/store.ts"
import { JournalReader } from "../ports/Journal.ts"
import { toStoreError } from "./errors.ts"
import {
  recordColumns,
  recordOf,
  type RecordTuple,
  sessionOf,
  sessionsQuery,
  type SessionTuple
} from "./journalRecords.ts"
import { JournalWalk } from "./JournalWalk.ts"

const failed = toStoreError("read the journal")

const make = (path: string) => {
  const connection = Effect.acquireRelease(
    Effect.try({
      try: () => new Sqlite(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS }),
      catch: failed
    }),
    (db) => Effect.sync(() => db.close())
  )
  const reading = <A>(read: (db: Sqlite.Database) => A) =>
    Effect.scoped(Effect.flatMap(connection, (db) => Effect.try({ try: () => read(db), catch: failed })))

  const sessions = reading((db) => db.prepare<[], SessionTuple>(sessionsQuery).raw().all().map(sessionOf))

  const page = (query: { readonly sessionId: number; readonly afterSeq: number; readonly limit: number }) =>
    reading((db) =>
      db
        .prepare<[number, number, number], RecordTuple>(
          `SELECT ${recordColumns} FROM journal WHERE session_id = ? AND seq > ? ORDER BY seq LIMIT ?`
        )
        .raw()
        .all(query.sessionId, query.afterSeq, query.limit)
        .map(recordOf)
    )

  const verify = Effect.scoped(
    Effect.gen(function* () {
      const db = yield* connection
      const walk = yield* Effect.try({
        try: () => {
          db.exec("BEGIN")
          return new JournalWalk(db)
        },
        catch: failed
      })
      for (;;) {
        const check = yield* Effect.try({ try: () => walk.next(), catch: failed })
        if (check !== null) return check
        // A long journal must not keep the process from being stopped.
        yield* Effect.sleep(0)
      }
    })
  )

  return JournalReader.of({ sessions, page, verify })
}

/** Reads through connections of its own, read-only, from the file that the store has open (and upgraded). */
export const layer: Layer.Layer<JournalReader, never, SqliteClient.SqliteClient> = Layer.effect(
  JournalReader,
  Effect.map(SqliteClient.SqliteClient, ({ config }) => make(config.filename))
)
