import { type Json } from "./json.ts"
import { type EpochMicros } from "./time.ts"

/**
 * Inputs: `session` (what runs, with which settings), `account` (the portfolio as read from the database), `switches`,
 * `venue` (whether the own orders can be seen), `look` (a source was asked), `markets` (market data of one batch), `report`
 * (what an exchange said of an order), `request` (a package that was given to the engine), `timer` (strategies are asked now), `stop` (asked to stop),
 * `reset` (a person let the drawdown stop count anew; a session of its own, as the command is no trading program).
 */
const inputs = [
  ...["session", "account", "switches", "venue", "look", "markets", "report", "request", "timer", "stop", "reset"]
] as const
/**
 * Facts: `scan` (what the strategies want), `decision` (orders of one package with what gates and risk said), `order`
 * (what became of one), `package` (how it ended), `settlement`, `dropped` (packages that were not begun), `alarm`.
 */
const facts = ["scan", "decision", "order", "package", "settlement", "dropped", "alarm"] as const
/** Kinds of sessions of the first format, which can be read and verified. */
const oldInputs = ["state", "conflict", "answer", "blind"] as const
const oldFacts = ["signals", "result", "update"] as const

/** `end`: the session was stopped in an orderly way. */
export const journalKinds = [...inputs, ...facts, ...oldInputs, ...oldFacts, "end"] as const
export type JournalKind = (typeof journalKinds)[number]

/** Kinds that come from outside the engine; the others are what it made of them, and a replay must make the same. */
export const inputKinds: ReadonlySet<JournalKind> = new Set([...inputs, ...oldInputs, "end"])

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
