import { type Account } from "../core/account/account.ts"
import { type Holding } from "../core/account/holding.ts"
import { type RiskLimits } from "../domain/Risk.ts"
import { type Usdc, usdc } from "../domain/units.ts"
import { fallFrom, peakAfter } from "../risk/drawdown.ts"

/** Realized, and unrealized at marks (a position without one counts at cost). A sum over strategies, which are few. */
export const equityOf = (account: Account): Usdc => {
  let equity: number = account.realized
  for (const { unrealized } of account.byStrategy.values()) equity += unrealized
  return usdc(equity)
}

const isUnmarked = ({ mark, position }: Holding): boolean => mark === null && position.qty !== 0

/** Keeps the peak of equity for the drawdown stop. */
export class DrawdownWatch {
  /** null: equity was not looked at since the stop was reset. */
  peak: Usdc | null
  /** Positions that were read from a database and whose price is not known yet. */
  private unmarked: ReadonlyArray<Holding> = []

  constructor(peak: Usdc | null) {
    this.peak = peak
  }

  /** The account was read anew, and with it the peak as it is stored. */
  restore(account: Account, peak: Usdc | null): void {
    this.peak = peak
    this.unmarked = account.holdings.filter(isUnmarked)
  }

  /**
   * Called when all events of a moment are in: equity of before its last event, when one market of two has its new price
   * or a fill is not settled yet, was never that of an account, so it is no peak. As long as a position's price is not
   * known its loss is not known either, and equity without that loss is no peak.
   */
  see(account: Account): void {
    if (this.unmarked.length > 0) this.unmarked = this.unmarked.filter(isUnmarked)
    if (this.unmarked.length === 0) this.peak = peakAfter(this.peak, equityOf(account))
  }

  /** How far equity is below its peak now: a loss counts at once, also within a moment. */
  fall(account: Account): Usdc {
    return fallFrom(this.peak, equityOf(account))
  }
}

/** null when no drawdown stop is set: then nothing is kept. A run that reads no portfolio starts with an equity of 0. */
export const drawdownWatchOf = ({ maxDrawdown }: Pick<RiskLimits, "maxDrawdown">): DrawdownWatch | null =>
  maxDrawdown === null ? null : new DrawdownWatch(usdc(0))
