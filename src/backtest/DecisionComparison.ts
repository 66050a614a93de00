import { canonicalJson } from "../domain/canonicalJson.ts"
import { inputKinds, type JournalEntry, type JournalKind } from "../domain/Journal.ts"
import { isJsonObject, type Json } from "../domain/json.ts"
import { type EpochMicros, formatTime } from "../domain/time.ts"

/** A decision as the journal has it. */
export interface RecordedDecision extends JournalEntry {
  readonly seq: number
}

/** The first decision in which a session and its replay differ. */
export interface Divergence {
  /** The record that the replay should have made again; null: the journal has none there. */
  readonly seq: number | null
  readonly atUs: EpochMicros
  readonly kind: JournalKind
  /** One line for people. */
  readonly cause: string
}

/** How a replay's decisions compare with those of its session. */
export interface Parity {
  /** Decisions that the journal has. */
  readonly recorded: number
  /** Decisions, from the first on, that the replay made again: same kind, same time, same content. */
  readonly matched: number
  /**
   * What the replay decided after the last record of a session that was interrupted: the session never came so far, so
   * there is nothing to compare it with.
   */
  readonly beyond: number
  readonly divergence: Divergence | null
}

const SHOWN = 80

const shown = (value: Json | undefined): string => {
  if (value === undefined) return "nothing"
  const text = canonicalJson(value)
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN - 1)}…`
}

const isList = (value: Json | undefined): value is ReadonlyArray<Json> => Array.isArray(value)

/** The first place, in the order of canonical JSON, where two values differ; null: nowhere. */
const firstDifference = (expected: Json | undefined, actual: Json | undefined, path: string): string | null => {
  const below = (key: string | number): string => (path === "" ? String(key) : `${path}.${key}`)
  if (isList(expected) && isList(actual)) {
    for (let index = 0; index < Math.max(expected.length, actual.length); index += 1) {
      const found = firstDifference(expected[index], actual[index], below(index))
      if (found !== null) return found
    }
    return null
  }
  if (isJsonObject(expected) && isJsonObject(actual)) {
    for (const key of [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort()) {
      const found = firstDifference(expected[key], actual[key], below(key))
      if (found !== null) return found
    }
    return null
  }
  if (expected !== undefined && actual !== undefined && canonicalJson(expected) === canonicalJson(actual)) return null
  return `${path === "" ? "content" : path}: expected ${shown(expected)}, actual ${shown(actual)}`
}

/** What is wrong with a decision that should be the recorded one; null: nothing. */
const differenceOf = (recorded: JournalEntry, actual: JournalEntry): string | null => {
  if (recorded.kind !== actual.kind) return `kind: expected ${recorded.kind}, actual ${actual.kind}`
  if (recorded.atUs !== actual.atUs) {
    return `time: expected ${formatTime(recorded.atUs)}, actual ${formatTime(actual.atUs)}`
  }
  return firstDifference(recorded.body, actual.body, "")
}

/** Compares decisions as they are made with those of a session, in order. Inputs are passed over. */
export class DecisionComparison {
  /** Decisions that were made. */
  decided = 0
  private matched = 0
  private divergence: Divergence | null = null
  /**
   * The recorded decision in whose place another was made, until the one behind it shows whether that was one too many.
   */
  private displaced: RecordedDecision | null = null
  private readonly recorded: ReadonlyArray<RecordedDecision>
  /** The session came to its end: the replay may not decide anything more. */
  private readonly complete: boolean

  constructor(recorded: ReadonlyArray<RecordedDecision>, complete: boolean) {
    this.recorded = recorded
    this.complete = complete
  }

  /** The recorded decision that the next one should be. */
  get expected(): RecordedDecision | undefined {
    return this.recorded[this.decided]
  }

  take(entry: JournalEntry): void {
    if (inputKinds.has(entry.kind)) return
    const expected = this.expected
    this.decided += 1
    if (this.divergence !== null) this.explain(entry)
    else if (expected === undefined) this.takeExtra(entry)
    else {
      const difference = differenceOf(expected, entry)
      if (difference === null) this.matched += 1
      else this.diverge(expected, entry, difference)
    }
  }

  result(): Parity {
    const { length } = this.recorded
    const missing = this.divergence === null ? this.expected : undefined
    const divergence: Divergence | null =
      missing === undefined
        ? this.divergence
        : { seq: missing.seq, atUs: missing.atUs, kind: missing.kind, cause: "missing in the replay" }
    const beyond = divergence === null ? this.decided - length : 0
    return { recorded: length, matched: this.matched, beyond, divergence }
  }

  private takeExtra({ atUs, kind }: JournalEntry): void {
    if (this.complete) this.divergence = { seq: null, atUs, kind, cause: "extra decision in the replay" }
  }

  private diverge(expected: RecordedDecision, actual: JournalEntry, difference: string): void {
    const { atUs, kind, seq } = expected
    const following = this.recorded[this.decided]
    const skipped = following !== undefined && differenceOf(following, actual) === null
    this.displaced = expected
    this.divergence = { seq, atUs, kind, cause: skipped ? "missing in the replay" : difference }
  }

  /** What follows a divergence may be what was expected in its place. */
  private explain(entry: JournalEntry): void {
    const { displaced, divergence } = this
    this.displaced = null
    if (displaced === null || divergence === null || differenceOf(displaced, entry) !== null) return
    this.divergence = { ...divergence, cause: `extra decision in the replay before it; ${divergence.cause}` }
  }
}
