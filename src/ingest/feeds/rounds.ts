import { type SourceId } from "../../domain/ids.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { type Look } from "../../ports/Feed.ts"

/**
 * Who was asked in which round, and for whom a round still waits. A source that is asked already is not asked again: the
 * round goes on without it.
 */
export class Rounds {
  private readonly asked = new Set<SourceId>()
  private readonly awaited = new Set<SourceId>()
  private running = false
  private count = 0

  /** Begins a round; gives the sources to ask now, and those that have not answered since they were asked before. */
  begin(sources: ReadonlyArray<SourceId>): {
    readonly ask: ReadonlyArray<SourceId>
    readonly late: ReadonlyArray<SourceId>
  } {
    const late = sources.filter((id) => this.asked.has(id))
    const ask = sources.filter((id) => !this.asked.has(id))
    for (const id of ask) {
      this.asked.add(id)
      this.awaited.add(id)
    }
    this.running = true
    this.count += 1
    return { ask, late }
  }

  answered(source: SourceId): void {
    this.asked.delete(source)
    this.awaited.delete(source)
  }

  get isRunning(): boolean {
    return this.running
  }

  /** How many have begun. */
  get number(): number {
    return this.count
  }

  /** Whether that round is the present one and had still waited for the source. */
  giveUp(source: SourceId, round: number): boolean {
    return round === this.count && this.awaited.delete(source)
  }

  /** Whether the round has ended; true once in each. */
  ends(): boolean {
    if (!this.running || this.awaited.size > 0) return false
    this.running = false
    return true
  }
}

/** A source that a round does not wait for any longer. */
export const lateLook = (source: SourceId, atUs: EpochMicros): Look => ({
  ...{ source, atUs, answered: false, confirmed: [] },
  problem: `${source}: has not answered yet; what it brings comes in a later round`
})
