import { type StrategyId } from "../domain/ids.ts"
import { type EpochMicros, utcDay } from "../domain/time.ts"
import { type MicroUnits } from "../domain/units.ts"

/** The part of a tally that equity is made of, micro-USDC. */
interface Equity {
  readonly realized: MicroUnits
  readonly unrealized: MicroUnits
}

/**
 * Equity change of each strategy on each UTC day of a window, micro-USDC. The first and the last day count though the
 * window cuts them, and days before a strategy's first order count as unchanged, so the changes of a strategy always add
 * up to its result.
 */
export class DailyEquity {
  readonly changes = new Map<StrategyId, Array<MicroUnits>>()
  private readonly dayStart = new Map<StrategyId, MicroUnits>()
  private readonly lastDay: number
  private day: number
  /** Days that have ended; all of the window once it is finished. */
  days = 0

  constructor({ fromUs, toUs }: { readonly fromUs: EpochMicros; readonly toUs: EpochMicros }) {
    this.day = utcDay(fromUs)
    // What happens at the very end of the window belongs to its last day, also where that end is a midnight.
    this.lastDay = Math.max(this.day, utcDay(toUs - 1))
  }

  /** Time moves on to `nowUs`: closes every day of the window that ended. */
  reach(nowUs: EpochMicros, byStrategy: ReadonlyMap<StrategyId, Equity>): void {
    const day = Math.min(utcDay(nowUs), this.lastDay)
    for (; this.day < day; this.day += 1) this.close(byStrategy)
  }

  /** The window ended: closes its last day, with those before it that nothing has reached. */
  finish(byStrategy: ReadonlyMap<StrategyId, Equity>): void {
    for (; this.day <= this.lastDay; this.day += 1) this.close(byStrategy)
  }

  private close(byStrategy: ReadonlyMap<StrategyId, Equity>): void {
    for (const [strategy, { realized, unrealized }] of byStrategy) {
      const equity = realized + unrealized
      let changes = this.changes.get(strategy)
      if (changes === undefined) this.changes.set(strategy, (changes = new Array<MicroUnits>(this.days).fill(0)))
      changes.push(equity - (this.dayStart.get(strategy) ?? 0))
      this.dayStart.set(strategy, equity)
    }
    this.days += 1
  }
}
