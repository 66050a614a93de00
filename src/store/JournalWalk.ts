import type Sqlite from "better-sqlite3"
import { journalKinds } from "../domain/Journal.ts"
import { type JournalCheck } from "../ports/Journal.ts"
import { bodyText, NO_HASH, recordColumns, recordHash, type RecordTuple } from "./journalRecords.ts"

/** Records that are held at a time; a poll's body may have megabytes. */
const PAGE_RECORDS = 64

type Broken = NonNullable<JournalCheck["broken"]>
type Head = [seq: number, hash: unknown]

const kinds: ReadonlySet<unknown> = new Set(journalKinds)

const prepare = (db: Sqlite.Database) => ({
  page: db
    .prepare<[after: number, limit: number], RecordTuple>(
      `SELECT ${recordColumns} FROM journal WHERE seq > ? ORDER BY seq LIMIT ?`
    )
    .raw(),
  head: db.prepare<[], Head>("SELECT seq, hash FROM journal_head WHERE id = 1").raw(),
  sessions: db
    .prepare<[], [sessionId: number, firstSeq: number]>("SELECT session_id, first_seq FROM journal_sessions")
    .raw()
})

/**
 * Walks the chain from its first record and stops at the first that is not what was written. It proves that no record
 * was changed, dropped, inserted or moved by anybody who did not also recompute everything after it: a chain is no
 * signature. Who can write the file can forge a whole new chain, head included; a note of number and hash of the last
 * record, kept where that person cannot write, gives such a forgery away.
 */
export class JournalWalk {
  private readonly statements: ReturnType<typeof prepare>
  private readonly sessions: ReadonlyMap<unknown, number>
  private readonly head: Head | undefined
  /** Not yet met, by the record that they are said to begin with. */
  private readonly unopened: Map<number, number>
  private seq = 0
  private hash = NO_HASH

  /** The connection must be inside a read transaction, so that appends meanwhile do not matter. */
  constructor(db: Sqlite.Database) {
    this.statements = prepare(db)
    this.head = this.statements.head.get()
    const sessions = this.statements.sessions.all()
    this.sessions = new Map(sessions)
    this.unopened = new Map(sessions.map(([sessionId, firstSeq]) => [firstSeq, sessionId]))
  }

  /** Checks the next page; null while there is more. */
  next(): JournalCheck | null {
    // A number below 1 can only be forged, and is met first.
    const after = this.seq === 0 ? Number.MIN_SAFE_INTEGER : this.seq
    const page = this.statements.page.all(after, PAGE_RECORDS)
    for (const [index, record] of page.entries()) {
      const broken = this.check(record, page[index + 1])
      if (broken !== null) return this.result(broken)
    }
    return page.length === PAGE_RECORDS ? null : this.result(this.checkEnd())
  }

  private result(broken: Broken | null): JournalCheck {
    return { records: this.seq, broken, lastHash: this.hash }
  }

  private check(record: RecordTuple, following: RecordTuple | undefined): Broken | null {
    const [seq, sessionId, kind, atUs, body, hash] = record
    const expected = this.seq + 1
    if (seq > expected) {
      const upTo = seq - 1 === expected ? "is missing" : `is missing, as are all up to record ${seq - 1}`
      return { seq: expected, problem: upTo }
    }
    if (seq < expected) return { seq, problem: "was put before record 1, the first" }
    let text: string
    try {
      text = bodyText(body)
    } catch (cause) {
      return { seq, problem: `its body cannot be read (${cause instanceof Error ? cause.message : String(cause)})` }
    }
    const actual = recordHash(this.hash, { seq, sessionId, kind, atUs }, text)
    if (actual !== hash) return { seq, problem: this.changed(seq, hash, actual, following) }
    if (!kinds.has(kind)) return { seq, problem: `its kind, ${String(kind)}, is not known` }
    const problem = this.checkSession(seq, sessionId, kind)
    if (problem !== null) return { seq, problem }
    this.seq = seq
    this.hash = actual
    return null
  }

  /** Which half of a record was changed shows in what the next one, or the head, was chained to. */
  private changed(seq: number, stored: unknown, actual: string, following: RecordTuple | undefined): string {
    const goesOnFrom = (hash: string): boolean => {
      const next = following ?? this.statements.page.get(seq, 1)
      if (next === undefined) return this.head?.[0] === seq && this.head[1] === hash
      const [nextSeq, sessionId, kind, atUs, body, nextHash] = next
      if (nextSeq !== seq + 1) return false
      try {
        return recordHash(hash, { seq: nextSeq, sessionId, kind, atUs }, bodyText(body)) === nextHash
      } catch {
        return false // its body cannot be read: it proves nothing
      }
    }
    if (typeof stored === "string" && goesOnFrom(stored)) {
      return "its content (kind, time, session or body) is not what was written"
    }
    if (goesOnFrom(actual)) return "its hash is not what was written"
    return "its content and its hash do not belong together, or not here"
  }

  private checkSession(seq: number, sessionId: unknown, kind: unknown): string | null {
    const firstSeq = this.sessions.get(sessionId)
    if (firstSeq === undefined) return `its session, ${String(sessionId)}, is not known`
    if (firstSeq === seq) this.unopened.delete(seq)
    if ((kind === "session") === (firstSeq === seq) && firstSeq <= seq) return null
    return `its session, ${String(sessionId)}, is said to begin with record ${firstSeq}`
  }

  private checkEnd(): Broken | null {
    if (this.head === undefined) return { seq: this.seq, problem: "the head is gone: records after it may be too" }
    const [seq, hash] = this.head
    if (seq > this.seq) {
      return { seq: this.seq + 1, problem: `is missing: the journal ended with record ${seq}` }
    }
    if (seq < this.seq) return { seq: seq + 1, problem: `was added: the journal ended with record ${seq}` }
    if (hash !== this.hash) return { seq, problem: "its hash is not that of the head" }
    const [opened] = this.unopened
    return opened === undefined ? null : { seq: opened[0], problem: `does not open session ${opened[1]}` }
  }
}
