import { MIN_SAMPLES, sampleText, winRate } from "../core/samples.ts"
import { MICROS_PER_DAY, parseTime } from "../domain/time.ts"
import { formatNumber, formatPercent, formatPrice } from "./terminalFormat.ts"

const ratio = (value: number): string => formatNumber(value, 2)

/** How many fills won or lost. */
interface Closed {
  readonly wins: number
  readonly losses: number
}

export const winRateText = (closed: Closed): string =>
  sampleText(winRate(closed), { n: closed.wins + closed.losses, least: MIN_SAMPLES.closedFills }, formatPercent)

export const profitFactorText = (value: number | null, { losses, wins }: Closed): string =>
  sampleText(value, { n: wins + losses, least: MIN_SAMPLES.closedFills, lacking: "no loss" }, ratio)

/** `changedDays` undefined: the artifact does not say. */
export const sharpeText = (value: number | null, changedDays: number | undefined): string =>
  sampleText(value, { n: changedDays, least: MIN_SAMPLES.changedDays, lacking: "no spread" }, ratio)

export const sortinoText = (value: number | null, changedDays: number | undefined): string =>
  sampleText(value, { n: changedDays, least: MIN_SAMPLES.changedDays, lacking: "no losing day" }, ratio)

export const brierText = (value: number | null, settled: number | undefined): string =>
  sampleText(value, { n: settled, least: MIN_SAMPLES.settledPositions }, formatPrice)

/** Part of a window that data covers; `observations` undefined: the artifact does not say. */
export const coverageText = (ratio: number, observations: number | undefined): string =>
  sampleText(ratio, { n: observations, least: MIN_SAMPLES.observations }, formatPercent)

/** Whether a window that begins or ends then cuts a UTC day. */
export const cutsDay = (time: string): boolean => (parseTime(time) ?? 0) % MICROS_PER_DAY !== 0
