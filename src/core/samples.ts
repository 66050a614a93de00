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

/** What a table says in place of a figure: the size of the sample, where it is known, is the reason. */
export const notAvailable = (n?: number): string => (n === undefined ? "n/a" : `n/a (n=${n})`)

/**
 * A figure for a table. `n` undefined: an artifact of an older version does not say, and its figure stands as it is.
 * `lacking` says why there is none in a sample that is large enough.
 */
export const sampleText = (
  value: number | null | undefined,
  sample: { readonly n: number | undefined; readonly least: number; readonly lacking?: string },
  format: (value: number) => string
): string => {
  const { lacking, least, n } = sample
  if (n !== undefined && n < least) return notAvailable(n)
  if (value !== null && value !== undefined) return format(value)
  return n === undefined || lacking === undefined ? notAvailable(n) : `n/a (${lacking})`
}

/** What `n/a` under a table stands for. */
export const samplesNote =
  `n/a: from fewer than ${MIN_SAMPLES.changedDays} days of change (Sharpe, Sortino), ` +
  `${MIN_SAMPLES.closedFills} fills that won or lost (win rate, profit factor), ` +
  `${MIN_SAMPLES.markedPositions} positions (marked win rate) or ${MIN_SAMPLES.settledPositions} settled ones (Brier) ` +
  `a figure says nothing; n is how many there are.`
