import { type MicroUnits } from "../domain/units.ts"
import { MIN_SAMPLES } from "./samples.ts"

/** Running peak and deepest fall of an equity curve that starts at 0. Micro-USDC. */
export interface Drawdown {
  peak: MicroUnits
  max: MicroUnits
}

export const emptyDrawdown = (): Drawdown => ({ peak: 0, max: 0 })

/** Adds one equity point; the fall is measured from the highest point so far. */
export const addEquityPoint = (drawdown: Drawdown, equity: MicroUnits): void => {
  if (equity > drawdown.peak) drawdown.peak = equity
  else if (drawdown.peak - equity > drawdown.max) drawdown.max = drawdown.peak - equity
}

/** a / b, and `otherwise` where b is 0. */
export const ratio = (a: number, b: number, otherwise: number): number => (b === 0 ? otherwise : a / b)

const TRADING_DAYS_PER_YEAR = 365

/** Risk-adjusted return of daily equity changes, annualized over 365 days (prediction markets never close). */
export interface RiskAdjusted {
  /** mean / standard deviation; null with too few days of change, or no spread. */
  readonly sharpe: number | null
  /** mean / downside deviation about 0; null with too few days of change, or no losing day. */
  readonly sortino: number | null
}

/** Days on which something changed. */
export const changedDays = (dailyChanges: ReadonlyArray<number>): number =>
  dailyChanges.reduce((count, change) => (change === 0 ? count : count + 1), 0)

/** Source: Sharpe (1994), Sortino & van der Meer (1991), with a target return of 0 and the sample deviation. */
export const riskAdjusted = (dailyChanges: ReadonlyArray<number>): RiskAdjusted => {
  const n = dailyChanges.length
  // Quiet days say nothing about the spread, however many there are.
  if (changedDays(dailyChanges) < MIN_SAMPLES.changedDays) return { sharpe: null, sortino: null }
  let sum = 0
  for (const change of dailyChanges) sum += change
  const mean = sum / n
  let squares = 0
  let downside = 0
  for (const change of dailyChanges) {
    squares += (change - mean) * (change - mean)
    if (change < 0) downside += change * change
  }
  const deviation = Math.sqrt(squares / (n - 1))
  const downsideDeviation = Math.sqrt(downside / n)
  const year = Math.sqrt(TRADING_DAYS_PER_YEAR)
  return {
    sharpe: deviation === 0 ? null : (mean / deviation) * year,
    sortino: downsideDeviation === 0 ? null : (mean / downsideDeviation) * year
  }
}
