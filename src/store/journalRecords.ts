import { createHash } from "node:crypto"
import { deflateSync, inflateSync } from "node:zlib"
import { canonicalJson } from "../domain/canonicalJson.ts"
import { StoreError } from "../domain/errors.ts"
import {
  type JournalEntry,
  type JournalKind,
  journalKinds,
  type JournalRecord,
  type JournalSession
} from "../domain/Journal.ts"
import { type Json } from "../domain/json.ts"
import { type EpochMicros } from "../domain/time.ts"

/** Below this many characters a body is not worth deflating. */
const DEFLATE_FROM = 1_024
/** Measured on polls of 300 markets: as fast as 1, and nearly as small as 6. */
const DEFLATE_LEVEL = 3

/** A body as its column holds it: canonical JSON, or a zlib stream of it in UTF-8 when that is smaller. */
export type StoredBody = string | Buffer

const storedBody = (text: string): StoredBody => {
  if (text.length < DEFLATE_FROM) return text
  const deflated = deflateSync(text, { level: DEFLATE_LEVEL })
  return deflated.length < text.length ? deflated : text
}

/** The canonical JSON of a body. Throws when it cannot be had. */
export const bodyText = (stored: unknown): string => {
  if (typeof stored === "string") return stored
  if (Buffer.isBuffer(stored)) return inflateSync(stored).toString("utf8")
  throw new TypeError("neither text nor blob")
}

/** An entry made ready outside the transaction. */
export interface PreparedEntry {
  readonly kind: JournalKind
  readonly atUs: EpochMicros
  readonly text: string
  readonly stored: StoredBody
}

export const prepareEntry = ({ atUs, body, kind }: JournalEntry): PreparedEntry => {
  try {
    if (!Number.isSafeInteger(atUs)) throw new TypeError(`its time, ${atUs}, is no whole number of microseconds`)
    const text = canonicalJson(body)
    return { kind, atUs, text, stored: storedBody(text) }
  } catch (cause) {
    const detail = `${kind}: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new StoreError({ operation: "append to the journal", detail, cause })
  }
}

/** What a hash covers besides the body; as read, before anything is known of it. */
export interface HashedFields {
  readonly seq: number
  readonly sessionId: unknown
  readonly kind: unknown
  readonly atUs: unknown
}

/** What the first record is chained to. */
export const NO_HASH = ""

/**
 * The hash of a record: SHA-256, in lower-case hex, over the UTF-8 bytes of
 *
 *     <hash of the record before, "" for the first> LF <canonical JSON of the record>
 *
 * where the record is the object `{ seq, sessionId, kind, atUs, body }` and canonical JSON is RFC 8785:
 * `{"atUs":1767225600000000,"body":{},"kind":"timer","seq":2,"sessionId":1}`. How the body is stored does not matter.
 * The keys are put together by hand, in their order, because the body is canonical already.
 */
export const recordHash = (previous: string, { atUs, kind, seq, sessionId }: HashedFields, body: string): string =>
  createHash("sha256")
    .update(
      `${previous}\n{"atUs":${JSON.stringify(atUs)},"body":${body},` +
        `"kind":${JSON.stringify(kind)},"seq":${seq},"sessionId":${JSON.stringify(sessionId)}}`,
      "utf8"
    )
    .digest("hex")

/** A row of the journal as the driver gives it. Anybody may have written it, so only the key's type is certain. */
export type RecordTuple = [seq: number, sessionId: unknown, kind: unknown, atUs: unknown, body: unknown, hash: unknown]
export const recordColumns = "seq, session_id, kind, at_us, body, hash"

const seeVerify = "`monomarket journal verify` says where the journal is broken"

const unreadable = (seq: number, problem: string): StoreError =>
  new StoreError({ operation: "read the journal", detail: `record ${seq}: ${problem}; ${seeVerify}` })

const parseBody = (seq: number, stored: unknown): Json => {
  try {
    return JSON.parse(bodyText(stored))
  } catch (cause) {
    throw unreadable(seq, `its body cannot be read (${cause instanceof Error ? cause.message : String(cause)})`)
  }
}

/** Throws `StoreError` for a row that no append wrote. */
export const recordOf = ([seq, sessionId, kind, atUs, body, hash]: RecordTuple): JournalRecord => {
  const known = journalKinds.find((candidate) => candidate === kind)
  if (known === undefined) throw unreadable(seq, `its kind is not known`)
  if (typeof sessionId !== "number") throw unreadable(seq, "its session is not a number")
  if (typeof atUs !== "number") throw unreadable(seq, "its time is not a number")
  if (typeof hash !== "string") throw unreadable(seq, "its hash is not a text")
  return { seq, sessionId, kind: known, atUs, body: parseBody(seq, body), hash }
}

/** A session with its first and last record, which are null when they were removed. */
export type SessionTuple = [
  sessionId: number,
  firstSeq: number,
  records: number,
  startedUs: unknown,
  settings: unknown,
  lastUs: unknown,
  lastKind: unknown
]

export const sessionsQuery = `
  SELECT session.session_id, session.first_seq,
    (SELECT COUNT(*) FROM journal WHERE journal.session_id = session.session_id),
    first.at_us, first.body, last.at_us, last.kind
  FROM journal_sessions AS session
  LEFT JOIN journal AS first ON first.seq = session.first_seq
  LEFT JOIN journal AS last ON last.seq =
    (SELECT MAX(journal.seq) FROM journal WHERE journal.session_id = session.session_id)
  ORDER BY session.session_id`

/** Throws `StoreError` when its records are gone. */
export const sessionOf = (tuple: SessionTuple): JournalSession => {
  const [sessionId, firstSeq, records, startedAtUs, settings, lastAtUs, lastKind] = tuple
  if (typeof startedAtUs !== "number" || typeof lastAtUs !== "number") {
    throw unreadable(firstSeq, `session ${sessionId} lacks records`)
  }
  const ended = lastKind === "end"
  return { sessionId, startedAtUs, lastAtUs, records, ended, settings: parseBody(firstSeq, settings) }
}
