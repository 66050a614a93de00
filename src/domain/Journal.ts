import { type Json } from "./json.ts"
import { type EpochMicros } from "./time.ts"

/**
 * Inputs: `session` (what runs, with which settings), `state` (portfolio as read from the database), `switches`,
 * `markets` (events of one poll), `timer` (strategies are asked now), `conflict` (the database had something else than
 * was written: another process was first), `answer` (what a real venue said), `blind` (own orders could not be seen), `stop` (asked to stop with signals left to
 * trade). Decisions: `signals`, `decision` (orders of one bundle with what gates and risk said), `result` (what the venue
 * made of them), `update` (a resting order changed), `settlement`, `alarm`. `end`: the session was stopped in an orderly
 * way.
 */
const inputs = ["session", "state", "switches", "markets", "timer", "conflict", "answer", "blind", "stop"] as const
const decisions = ["signals", "decision", "result", "update", "settlement", "alarm"] as const

export const journalKinds = [...inputs, ...decisions, "end"] as const
export type JournalKind = (typeof journalKinds)[number]

/** Kinds that the program is told; the others it decides itself, and a replay must decide the same. */
export const inputKinds: ReadonlySet<JournalKind> = new Set([...inputs, "end"])

export interface JournalEntry {
  readonly kind: JournalKind
  readonly atUs: EpochMicros
  readonly body: Json
}

/** A stored entry. Each hash covers the one before it, so nothing can be changed, dropped or inserted unseen. */
export interface JournalRecord extends JournalEntry {
  /** 1 for the first record of the database; no gaps. */
  readonly seq: number
  /** The session it belongs to: one run of the program. */
  readonly sessionId: number
  /** SHA-256, hex, over the previous hash and this record in canonical JSON. */
  readonly hash: string
}

export interface JournalSession {
  readonly sessionId: number
  readonly startedAtUs: EpochMicros
  /** Time of its last record. */
  readonly lastAtUs: EpochMicros
  readonly records: number
  /** It has an `end` record: stopped in an orderly way, not killed. */
  readonly ended: boolean
  /** The body of its `session` record. */
  readonly settings: Json
}
