import * as Chunk from "effect/Chunk"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type RecordedDecision } from "../backtest/DecisionComparison.ts"
import { NotFound, type StoreError } from "../domain/errors.ts"
import { inputKinds, type JournalRecord } from "../domain/Journal.ts"
import { type Json } from "../domain/json.ts"
import { type Portfolio } from "../domain/Portfolio.ts"
import { type EpochMicros } from "../domain/time.ts"
import { JournalReader } from "../ports/Journal.ts"
import {
  recordedAnswer,
  type RecordedBlindness,
  recordedBlindness,
  type RecordedConflict,
  recordedConflict,
  recordedState,
  type RecordedSwitches,
  recordedSwitches
} from "./recordedInputs.ts"
import { type AnswerBody } from "./venueAnswers.ts"

/** Records that are read at a time; a poll's body may have megabytes. */
const PAGE_RECORDS = 64

/** All that a replay of a session needs but what the market feed told, which is read as it is replayed. */
export interface RecordedSession {
  readonly sessionId: number
  readonly startedAtUs: EpochMicros
  /** Of its last record. */
  readonly lastSeq: number
  readonly records: number
  readonly settings: Json
  /** It was stopped in an orderly way; false: it was interrupted, or still runs. */
  readonly ended: boolean
  /** When each poll of the feed was answered: the time of that cycle. */
  readonly polls: ReadonlyArray<EpochMicros>
  /** By the cycle that read it. */
  readonly states: ReadonlyMap<number, Portfolio>
  /** In the order of their readings. */
  readonly switches: ReadonlyArray<RecordedSwitches>
  /** By the number of the write. */
  readonly conflicts: ReadonlyMap<number, RecordedConflict>
  /** What a real venue said, by the number of the question. */
  readonly answers: ReadonlyMap<number, AnswerBody>
  /** Looks at the own orders that failed, by their number. */
  readonly blind: ReadonlyMap<number, RecordedBlindness>
  /** Records before the one that says that the session was stopped in the middle of a cycle; null: it was not. */
  readonly stoppedAfter: number | null
  readonly decisions: ReadonlyArray<RecordedDecision>
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

/** A session while it is read. */
interface Reading extends RecordedSession {
  lastSeq: number
  records: number
  ended: boolean
  stoppedAfter: number | null
  readonly polls: Array<EpochMicros>
  readonly states: Map<number, Portfolio>
  readonly switches: Array<RecordedSwitches>
  readonly conflicts: Map<number, RecordedConflict>
  readonly answers: Map<number, AnswerBody>
  readonly blind: Map<number, RecordedBlindness>
  readonly decisions: Array<RecordedDecision>
}

const startOf = ({ atUs, body, seq, sessionId }: JournalRecord): Reading => ({
  sessionId,
  startedAtUs: atUs,
  lastSeq: seq,
  records: 0,
  settings: body,
  ended: false,
  polls: [],
  states: new Map(),
  switches: [],
  conflicts: new Map(),
  answers: new Map(),
  blind: new Map(),
  stoppedAfter: null,
  decisions: []
})

/** Adds what a record says to the session; fails when it cannot be read. */
const add = (session: Reading, record: JournalRecord): Effect.Effect<void, StoreError> =>
  Effect.gen(function* () {
    const { atUs, body, kind, seq } = record
    if (kind === "markets") session.polls.push(atUs)
    else if (kind === "switches") session.switches.push(yield* recordedSwitches(record))
    else if (kind === "end") session.ended = true
    else if (kind === "stop") session.stoppedAfter = session.records
    else if (kind === "state") {
      const { portfolio, read } = yield* recordedState(record)
      session.states.set(read, portfolio)
    } else if (kind === "conflict") {
      const conflict = yield* recordedConflict(record)
      session.conflicts.set(conflict.write, conflict)
    } else if (kind === "answer") {
      const answer = yield* recordedAnswer(record)
      session.answers.set(answer.call, answer)
    } else if (kind === "blind") {
      const blindness = yield* recordedBlindness(record)
      session.blind.set(blindness.read, blindness)
    } else if (!inputKinds.has(kind)) session.decisions.push({ seq, kind, atUs, body })
    session.lastSeq = seq
    session.records += 1
  })

/** Reads a session up to its last record now. */
export const readRecordedSession = (
  sessionId: number
): Effect.Effect<RecordedSession, StoreError | NotFound, JournalReader> =>
  Effect.gen(function* () {
    let session: Reading | null = null
    yield* Stream.runForEach(recordsOf(yield* JournalReader, sessionId), (record) =>
      add((session ??= startOf(record)), record)
    )
    return session ?? (yield* new NotFound({ what: "journal session", id: String(sessionId) }))
  })
