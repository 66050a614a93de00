import * as Chunk from "effect/Chunk"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type RecordedDecision } from "../backtest/DecisionComparison.ts"
import { NotFound, type StoreError } from "../domain/errors.ts"
import { inputKinds, type JournalRecord } from "../domain/Journal.ts"
import { isJsonObject, type Json } from "../domain/json.ts"
import { type EpochMicros } from "../domain/time.ts"
import { JournalReader } from "../ports/Journal.ts"

/** Records that are read at a time; the market data of one batch may have megabytes. */
const PAGE_RECORDS = 64

/** What a replay has to know of a session before it runs its events again. */
export interface RecordedSession {
  readonly sessionId: number
  readonly startedAtUs: EpochMicros
  /** Of its last record. */
  readonly lastAtUs: EpochMicros
  readonly lastSeq: number
  readonly settings: Json
  /** 1: its records are what the program's parts were given and answered; from 2 on, the engine's events and facts. */
  readonly format: number
  /** It was stopped in an orderly way; false: it was interrupted, or still runs. */
  readonly ended: boolean
  /** What it made of its events. */
  readonly facts: ReadonlyArray<RecordedDecision>
}

/** A session's records in order, up to `lastSeq`: a session that still runs gets no longer meanwhile. */
export const recordsOf = (
  { page }: Context.Tag.Service<JournalReader>,
  sessionId: number,
  lastSeq = Number.MAX_SAFE_INTEGER
): Stream.Stream<JournalRecord, StoreError> =>
  Stream.paginateChunkEffect(0, (afterSeq) =>
    Effect.map(page({ sessionId, afterSeq, limit: PAGE_RECORDS }), (records) => {
      const last = records.at(-1)
      const more = last !== undefined && records.length === PAGE_RECORDS && last.seq < lastSeq
      const wanted = records.filter(({ seq }) => seq <= lastSeq)
      return [Chunk.unsafeFromArray(wanted), more ? Option.some(last.seq) : Option.none()]
    })
  )

const formatOf = (settings: Json): number => {
  const format = isJsonObject(settings) ? settings["format"] : undefined
  return typeof format === "number" ? format : 1
}

/** Reads a session up to its last record now. */
export const readRecordedSession = (
  sessionId: number
): Effect.Effect<RecordedSession, StoreError | NotFound, JournalReader> =>
  Effect.gen(function* () {
    let first: JournalRecord | null = null
    let last: JournalRecord | null = null
    let ended = false
    const facts: Array<RecordedDecision> = []
    yield* Stream.runForEach(recordsOf(yield* JournalReader, sessionId), (record) =>
      Effect.sync(() => {
        const { atUs, body, kind, seq } = record
        first ??= record
        last = record
        if (kind === "end") ended = true
        if (!inputKinds.has(kind)) facts.push({ seq, kind, atUs, body })
      })
    )
    const start: JournalRecord | null = first
    const end: JournalRecord | null = last
    if (start === null || end === null) return yield* new NotFound({ what: "journal session", id: String(sessionId) })
    return sessionOf(start, end, ended, facts)
  })

const sessionOf = (
  first: JournalRecord,
  last: JournalRecord,
  ended: boolean,
  facts: ReadonlyArray<RecordedDecision>
): RecordedSession => ({
  sessionId: first.sessionId,
  startedAtUs: first.atUs,
  lastAtUs: last.atUs,
  lastSeq: last.seq,
  settings: first.body,
  format: formatOf(first.body),
  ended,
  facts
})
