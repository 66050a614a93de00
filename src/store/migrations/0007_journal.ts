import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"

/**
 * The journal, its sessions, and its head: number and hash of the last record, without which a cut-off end would leave
 * a chain that looks whole. `body` is text (canonical JSON), or a blob (the same, deflated).
 */
export const journal = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE IF NOT EXISTS journal_sessions (
    session_id INTEGER PRIMARY KEY, first_seq INTEGER NOT NULL UNIQUE)`
  yield* sql`CREATE TABLE IF NOT EXISTS journal (
    seq INTEGER PRIMARY KEY, session_id INTEGER NOT NULL, kind TEXT NOT NULL, at_us INTEGER NOT NULL, body NOT NULL,
    hash TEXT NOT NULL, FOREIGN KEY (session_id) REFERENCES journal_sessions (session_id))`
  yield* sql`CREATE INDEX IF NOT EXISTS idx_journal_session ON journal (session_id)`
  yield* sql`CREATE TABLE IF NOT EXISTS journal_head (
    id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL)`
  yield* sql`INSERT INTO journal_head (id, seq, hash) VALUES (1, 0, '') ON CONFLICT (id) DO NOTHING`
})
