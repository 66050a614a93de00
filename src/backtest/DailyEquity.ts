import { type StrategyId } from "../domain/ids.ts"
import { type EpochMicros, utcDay } from "../domain/time.ts"
import { type MicroUnits } from "../domain/units.ts"

/** The part of a tally that equity is made of, micro-USDC. */
interface Equity {
  readonly realized: MicroUnits
  readonly unrealized: MicroUnits
}

/** Equity change of each strategy on each full UTC day that time has passed, micro-USDC. */
export class DailyEquity {
  readonly changes = new Map<StrategyId, Array<MicroUnits>>()
  private readonly dayStart = new Map<StrategyId, MicroUnits>()
  private day: number

  constructor(fromUs: EpochMicros) {
    this.day = utcDay(fromUs)
  }

  /** Time moves on to `nowUs`: closes every day that ended. True when one did. */
  reach(nowUs: EpochMicros, byStrategy: ReadonlyMap<StrategyId, Equity>): boolean {
    const day = utcDay(nowUs)
    if (this.day >= day) return false
    for (; this.day < day; this.day += 1) this.close(byStrategy)
    return true
  }

  private close(byStrategy: ReadonlyMap<StrategyId, Equity>): void {
    for (const [strategy, { realized, unrealized }] of byStrategy) {
      const equity = realized + unrealized
      const changes = this.changes.get(strategy)
      const change = equity - (this.dayStart.get(strategy) ?? 0)
      if (changes === undefined) this.changes.set(strategy, [change])
      else changes.push(change)
      this.dayStart.set(strategy, equity)
    }
  }
}
