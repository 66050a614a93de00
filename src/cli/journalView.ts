import { type JournalRecord, type JournalSession } from "../domain/Journal.ts"
import { type Json } from "../domain/json.ts"
import { formatTime } from "../domain/time.ts"
import { type JournalCheck } from "../ports/Journal.ts"
import { type Column, renderPairs, renderTable, type Screen } from "../reports/terminal.ts"
import { formatInstant, formatNumber, NOTHING } from "../reports/terminalFormat.ts"

/** Characters of a body in a table, even where lines may be as long as they like: it can have megabytes. */
const BODY_SHOWN = 120
/** Of a hash in a table: enough to tell records apart. */
const HASH_SHOWN = 12

const shortened = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`

const body = (json: Json): string => shortened(JSON.stringify(json), BODY_SHOWN)

const sessionColumns: ReadonlyArray<Column<JournalSession>> = [
  { header: "session", value: ({ sessionId }) => String(sessionId), align: "right" },
  { header: "started", value: ({ startedAtUs }) => formatInstant(startedAtUs) },
  { header: "last record", value: ({ lastAtUs }) => formatInstant(lastAtUs) },
  { header: "records", value: ({ records }) => formatNumber(records, 0), align: "right" },
  { header: "ended", value: ({ ended }) => (ended ? "yes" : "no") },
  { header: "settings", value: ({ settings }) => body(settings), flexible: true }
]

const recordColumns: ReadonlyArray<Column<JournalRecord>> = [
  { header: "record", value: ({ seq }) => String(seq), align: "right" },
  { header: "at", value: ({ atUs }) => formatTime(atUs) },
  { header: "kind", value: ({ kind }) => kind, tone: ({ kind }) => (kind === "alarm" ? "bad" : undefined) },
  { header: "hash", value: ({ hash }) => hash.slice(0, HASH_SHOWN), tone: "dim", atLeast: HASH_SHOWN },
  { header: "body", value: (record) => body(record.body), flexible: true }
]

export const sessionTable = (sessions: ReadonlyArray<JournalSession>, screen: Screen): string =>
  renderTable(sessionColumns, sessions, screen, "No sessions.")

export const recordTable = (records: ReadonlyArray<JournalRecord>, screen: Screen): string =>
  renderTable(recordColumns, records, screen, "No records.")

export const checkText = ({ broken, lastHash, records }: JournalCheck, screen: Screen): string =>
  renderPairs(
    [
      ["records", `${formatNumber(records, 0)}, ${broken === null ? "nothing broken" : "then a broken one"}`],
      ["last hash", lastHash === "" ? NOTHING : lastHash]
    ],
    screen
  )

export const sessionJson = (session: JournalSession): Json => ({
  session_id: session.sessionId,
  started_at: formatTime(session.startedAtUs),
  last_at: formatTime(session.lastAtUs),
  records: session.records,
  ended: session.ended,
  settings: session.settings
})

/** Everything that the hash covers, times to the microsecond as they are hashed. */
export const recordJson = (record: JournalRecord): Json => ({
  seq: record.seq,
  session_id: record.sessionId,
  kind: record.kind,
  at: formatTime(record.atUs),
  at_us: record.atUs,
  body: record.body,
  hash: record.hash
})

export const checkJson = ({ broken, lastHash, records }: JournalCheck): Json => ({
  records,
  last_hash: lastHash === "" ? null : lastHash,
  broken: broken === null ? null : { seq: broken.seq, problem: broken.problem }
})
