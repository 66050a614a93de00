import * as Effect from "effect/Effect"
import { NotFound } from "../domain/errors.ts"
import { type JournalKind, type JournalRecord } from "../domain/Journal.ts"
import { JournalReader } from "../ports/Journal.ts"

/** Records that are read at a time while looking for a kind; a poll's body may have megabytes. */
const PAGE_RECORDS = 64

export interface JournalQuery {
  readonly sessionId: number
  /** null: all. */
  readonly kind: JournalKind | null
  readonly afterSeq: number
  readonly limit: number
}

/** The first records of a session that are asked for, oldest first, and whether there are more of them. */
export const readSession = ({ afterSeq, kind, limit, sessionId }: JournalQuery) =>
  Effect.gen(function* () {
    const reader = yield* JournalReader
    const records: Array<JournalRecord> = []
    let after = afterSeq
    for (;;) {
      const page = yield* reader.page({ sessionId, afterSeq: after, limit: PAGE_RECORDS })
      for (const record of page) {
        if (kind !== null && record.kind !== kind) continue
        if (records.length === limit) return { records, more: true }
        records.push(record)
      }
      const last = page[page.length - 1]
      if (last === undefined || page.length < PAGE_RECORDS) break
      after = last.seq
    }
    if (records.length === 0 && !(yield* reader.sessions).some((session) => session.sessionId === sessionId)) {
      return yield* new NotFound({ what: "journal session", id: String(sessionId) })
    }
    return { records, more: false }
  })
