import { type LookEvent } from "../domain/EngineEvent.ts"
import { type MarketId, type SourceId } from "../domain/ids.ts"
import { type LookInterval, type RecordedLooks } from "../domain/looks.ts"
import { type EpochMicros } from "../domain/time.ts"

/** The looks of one source, one after the other. */
class SourceLooks {
  nextUs: EpochMicros
  private readonly source: SourceId
  private readonly times: ReadonlyArray<EpochMicros>
  private readonly intervals: ReadonlyArray<LookInterval>
  private at = 0
  private begun = 0
  /** Those that the look before showed, and when the first of them ends. */
  private shown: ReadonlyArray<LookInterval> = []
  private endsUs: EpochMicros = Number.POSITIVE_INFINITY
  private confirmed: ReadonlyArray<MarketId> = []

  constructor(source: SourceId, times: ReadonlyArray<EpochMicros>, intervals: ReadonlyArray<LookInterval>) {
    this.source = source
    this.times = times
    this.intervals = intervals
    this.nextUs = times[0] ?? Number.POSITIVE_INFINITY
  }

  take(): LookEvent {
    const atUs = this.nextUs
    this.at += 1
    this.nextUs = this.times[this.at] ?? Number.POSITIVE_INFINITY
    this.reach(atUs)
    return { kind: "look", atUs, seenUs: atUs, source: this.source, answered: true, confirmed: this.confirmed }
  }

  /** Most looks show what the one before showed: then its list serves again. */
  private reach(atUs: EpochMicros): void {
    const from = this.begun
    while ((this.intervals[this.begun]?.fromUs ?? Number.POSITIVE_INFINITY) <= atUs) this.begun += 1
    if (from === this.begun && this.endsUs >= atUs) return
    const shown = [...this.shown, ...this.intervals.slice(from, this.begun)].filter(({ toUs }) => toUs >= atUs)
    this.endsUs = shown.reduce((least, { toUs }) => Math.min(least, toUs), Number.POSITIVE_INFINITY)
    this.confirmed = shown.map(({ marketId }) => marketId)
    this.shown = shown
  }
}

/**
 * What was shown last before the first look that is read: rows that this look did not show any more. They were confirmed
 * then, and no source is asked at that time.
 */
const endedBefore = (
  source: SourceId,
  firstUs: EpochMicros,
  intervals: ReadonlyArray<LookInterval>
): ReadonlyArray<LookEvent> => {
  const byEnd = new Map<EpochMicros, Array<MarketId>>()
  for (const { marketId, toUs } of intervals) {
    if (toUs >= firstUs) continue
    const ended = byEnd.get(toUs)
    if (ended === undefined) byEnd.set(toUs, [marketId])
    else ended.push(marketId)
  }
  return [...byEnd].map(([atUs, confirmed]) => ({
    ...{ kind: "look", atUs, seenUs: atUs },
    ...{ source, answered: false, confirmed }
  }))
}

/**
 * Recorded looks as events, in time order; at one moment by source. At each look the markets are confirmed that it showed,
 * as far as that was known then: what comes later changes nothing of it.
 */
export class RecordedLookEvents {
  /** When the next one is; infinite: there is none. */
  nextUs: EpochMicros
  private readonly before: ReadonlyArray<LookEvent>
  private readonly sources: ReadonlyArray<SourceLooks>
  private at = 0

  constructor({ intervals, times }: RecordedLooks) {
    const before: Array<LookEvent> = []
    const sources: Array<SourceLooks> = []
    for (const [source, own] of times) {
      const rows = intervals.filter((interval) => interval.source === source)
      const firstUs = own[0]
      before.push(...endedBefore(source, firstUs ?? Number.POSITIVE_INFINITY, rows))
      if (firstUs !== undefined) sources.push(new SourceLooks(source, own, rows))
    }
    this.before = before.sort((a, b) => a.atUs - b.atUs)
    this.sources = sources
    this.nextUs = this.least()
  }

  /** Takes the next one; null: there is none. */
  take(): LookEvent | null {
    const early = this.before[this.at]
    const { nextUs } = this
    if (early?.atUs === nextUs) {
      this.at += 1
      this.nextUs = this.least()
      return early
    }
    const next = this.sources.find((source) => source.nextUs === nextUs)
    if (next === undefined || nextUs === Number.POSITIVE_INFINITY) return null
    const look = next.take()
    this.nextUs = this.least()
    return look
  }

  private least(): EpochMicros {
    let least = this.before[this.at]?.atUs ?? Number.POSITIVE_INFINITY
    for (const { nextUs } of this.sources) least = Math.min(least, nextUs)
    return least
  }
}
