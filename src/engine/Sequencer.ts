import { type SubmitCommand } from "../domain/Command.ts"
import { type EngineEvent, type TimerId } from "../domain/EngineEvent.ts"
import { type EpochMicros } from "../domain/time.ts"

/** Order of the kinds of events within one moment: what is known comes before what is decided on it. */
const ranks = {
  account: 0,
  switches: 1,
  venue: 2,
  look: 3,
  market: 4,
  resolution: 5,
  report: 6,
  package: 9,
  timer: 10,
  stop: 11
} as const satisfies Record<EngineEvent["kind"], number>

/**
 * An order that rests ends before orders of the same moment are decided on, and after the market data of that moment. A
 * quote that is seen at its very end does not fill it all the same (SimulatedVenue). Times to live come before the scan
 * that withdraws.
 */
const EXPIRY_RANK = 7
const WITHDRAWAL_RANK = 8

export const rankOf = ({ kind }: Pick<EngineEvent, "kind">): number => ranks[kind]

/** What falls due at a moment: an order arrives at the simulated venue, or a timer goes off. */
export type Due =
  | {
      readonly kind: "arrival"
      readonly atUs: EpochMicros
      readonly command: SubmitCommand
      readonly sentUs: EpochMicros
    }
  | { readonly kind: "timer"; readonly atUs: EpochMicros; readonly id: TimerId }

/** The rank of something due among events: an order that arrives becomes a report at once. */
export const dueRank = (due: Due): number => {
  if (due.kind === "arrival") return ranks.report
  if (due.id.kind === "expire") return EXPIRY_RANK
  return due.id.kind === "withdraw" ? WITHDRAWAL_RANK : ranks.timer
}

/**
 * Whether a run has to wait for it before it ends. Timers of strategies repeat for ever, and orders may rest beyond the
 * end, so no run waits for them.
 */
const isWork = (due: Due): boolean => due.kind === "arrival" || due.id.kind === "package" || due.id.kind === "scan"

interface Entry {
  readonly due: Due
  readonly rank: number
  readonly seq: number
}

const before = (a: Entry, b: Entry): boolean =>
  a.due.atUs !== b.due.atUs ? a.due.atUs < b.due.atUs : a.rank !== b.rank ? a.rank < b.rank : a.seq < b.seq

/**
 * The timers and arrivals that are due later, in the total order (time, kind, sequence). A backtest moves its time from
 * one to the next, and a live session sleeps until the first of them. A binary heap.
 */
export class Sequencer {
  private readonly heap: Array<Entry> = []
  private count = 0
  private work = 0

  get size(): number {
    return this.heap.length
  }

  /** Whether anything other than a strategy's timer is due. */
  get hasWork(): boolean {
    return this.work > 0
  }

  add(due: Due): void {
    this.count += 1
    if (isWork(due)) this.work += 1
    const entry: Entry = { due, rank: dueRank(due), seq: this.count }
    const { heap } = this
    let at = heap.length
    heap.push(entry)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]
      if (above === undefined || before(above, entry)) break
      heap[at] = above
      at = parent
    }
    heap[at] = entry
  }

  /** When the next one is due; null: nothing is. */
  nextUs(): EpochMicros | null {
    return this.heap[0]?.due.atUs ?? null
  }

  /** Whether the next one comes before an event of this time and kind. */
  precedes(event: EngineEvent): boolean {
    const first = this.heap[0]
    if (first === undefined || first.due.atUs > event.atUs) return false
    return first.due.atUs < event.atUs || first.rank < rankOf(event)
  }

  /** Takes the next one; undefined: nothing is due at all. */
  take(): Due | undefined {
    const { heap } = this
    const first = heap[0]
    const last = heap.pop()
    if (first !== undefined && isWork(first.due)) this.work -= 1
    if (first === undefined || last === undefined || heap.length === 0) return first?.due
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      if (left >= heap.length) break
      const right = left + 1
      const child = right < heap.length && before(heap[right] ?? last, heap[left] ?? last) ? right : left
      const below = heap[child]
      if (below === undefined || before(last, below)) break
      heap[at] = below
      at = child
    }
    heap[at] = last
    return first.due
  }
}
