import Sqlite from "better-sqlite3"
import { StoreError } from "../domain/errors.ts"
import { BUSY_TIMEOUT_MS } from "../policy/store.ts"
import { type PreparedEntry, recordHash, type StoredBody } from "./journalRecords.ts"

export interface JournalWriter {
  /** One transaction: all entries or none. Throws `StoreError` or the driver's error. */
  readonly append: (entries: ReadonlyArray<PreparedEntry>) => void
  readonly close: () => void
}

const refuse = (detail: string): StoreError => new StoreError({ operation: "append to the journal", detail })

type Head = [seq: number, hash: string]

const prepare = (db: Sqlite.Database) => ({
  begin: db.prepare("BEGIN IMMEDIATE"),
  commit: db.prepare("COMMIT"),
  rollback: db.prepare("ROLLBACK"),
  head: db.prepare<[], Head>("SELECT seq, hash FROM journal_head WHERE id = 1").raw(),
  setHead: db.prepare<Head>("UPDATE journal_head SET seq = ?, hash = ? WHERE id = 1"),
  newSession: db
    .prepare<[firstSeq: number], number>("INSERT INTO journal_sessions (first_seq) VALUES (?) RETURNING session_id")
    .pluck(),
  insert: db.prepare<[number, number, string, number, StoredBody, string]>(
    "INSERT INTO journal (seq, session_id, kind, at_us, body, hash) VALUES (?, ?, ?, ?, ?, ?)"
  )
})

/**
 * A connection of the journal's own, because it promises more than the rest of the store: `synchronous = FULL` has the
 * disk confirm each commit, and with it all that stands before it in the same log, so that a power cut loses nothing
 * that was acted upon. The head is read inside each transaction, which makes one chain of what several processes append.
 */
export const openJournalWriter = (path: string): JournalWriter => {
  const db = new Sqlite(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS })
  db.pragma("synchronous = FULL")
  const statements = prepare(db)
  let session: number | null = null

  const insertAll = (entries: ReadonlyArray<PreparedEntry>): number | null => {
    const head = statements.head.get()
    if (head === undefined) throw refuse("its head is gone; `monomarket journal verify` tells more")
    let [seq, hash] = head
    let current = session
    for (const { atUs, kind, stored, text } of entries) {
      seq += 1
      if (kind === "session") current = statements.newSession.get(seq) ?? null
      if (current === null) throw refuse(`${kind}: no session is open; a run begins with an entry of kind session`)
      hash = recordHash(hash, { seq, sessionId: current, kind, atUs }, text)
      statements.insert.run(seq, current, kind, atUs, stored, hash)
      if (kind === "end") current = null
    }
    statements.setHead.run(seq, hash)
    return current
  }

  const append = (entries: ReadonlyArray<PreparedEntry>): void => {
    if (entries.length === 0) return
    statements.begin.run()
    try {
      const opened = insertAll(entries)
      statements.commit.run()
      session = opened
    } catch (cause) {
      // SQLite may already have rolled back (disk full).
      if (db.inTransaction) statements.rollback.run()
      throw cause instanceof Sqlite.SqliteError && cause.code === "SQLITE_CONSTRAINT_PRIMARYKEY"
        ? refuse("it has records behind its head; `monomarket journal verify` names the first")
        : cause
    }
  }

  return { append, close: () => db.close() }
}
