/**
 * The least sample from which a figure is stated; below it tables say `n/a` with the size, and JSON has null beside the
 * size. Conventions, not laws of statistics: from fewer the next observation would turn the figure over. Every table and
 * artifact takes them from here.
 */
export const MIN_SAMPLES = {
  /** Days on which equity changed: Sharpe and Sortino. */
  changedDays: 3,
  /** Fills that won or lost: win rate and profit factor. */
  closedFills: 5,
  /** Positions with a gain or loss, open ones at their marks: the marked win rate. */
  markedPositions: 5,
  /** Settled positions: Brier score and calibration. */
  settledPositions: 10,
  /** Observations in the window: how much of it data covers. */
  observations: 3
} as const

/** `value` where the sample has at least `least`, else null. */
export const fromSample = (n: number, least: number, value: () => number): number | null => (n < least ? null : value())

/** wins / (wins + losses); null from a sample that is too small. */
export const winRate = ({ losses, wins }: { readonly wins: number; readonly losses: number }): number | null =>
  fromSample(wins + losses, MIN_SAMPLES.closedFills, () => wins / (wins + losses))
