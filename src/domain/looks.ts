import { type MarketId, type SourceId } from "./ids.ts"
import { type EpochMicros } from "./time.ts"

/**
 * A look is one answer of a source. In every look of the source from `fromUs` to `toUs`, both looks included, the source
 * showed the market: as it was, or changed. The look after `toUs`, if there was one, did not show it.
 *
 * When was the market confirmed last, as of a moment t >= `fromUs`? At the newest look of its source at or before
 * min(t, `toUs`). Nothing that came after t is needed for it, though `toUs` itself may lie after t.
 */
export interface LookInterval {
  readonly source: SourceId
  readonly marketId: MarketId
  readonly fromUs: EpochMicros
  readonly toUs: EpochMicros
}

/** The looks of a window. */
export interface RecordedLooks {
  /** By source: when it answered, in rising order: the newest look before the window, then those in it. */
  readonly times: ReadonlyMap<SourceId, ReadonlyArray<EpochMicros>>
  /**
   * Of each market the newest interval that began before the window, then those that began in it, by (`fromUs`, market
   * id, source). Databases of older versions have none from before their upgrade: there only snapshots confirm a market.
   */
  readonly intervals: ReadonlyArray<LookInterval>
}

/** When a source showed a market last. */
export interface Confirmation {
  readonly source: string
  readonly marketId: MarketId
  readonly atUs: EpochMicros
}

/** When a row was confirmed last; undefined: that is not known. */
export type ConfirmedAt = (row: Pick<Confirmation, "source" | "marketId">) => EpochMicros | undefined

/** Finds confirmations by source and market. */
export const confirmedAt = (confirmations: ReadonlyArray<Confirmation>): ConfirmedAt => {
  const bySource = new Map<string, Map<MarketId, EpochMicros>>()
  for (const { atUs, marketId, source } of confirmations) {
    const markets = bySource.get(source) ?? new Map<MarketId, EpochMicros>()
    bySource.set(source, markets.set(marketId, atUs))
  }
  return ({ marketId, source }) => bySource.get(source)?.get(marketId)
}

/** How often each source was asked so far: the middle time from one look to the next, microseconds. */
export type LookSpacings = ReadonlyMap<SourceId, EpochMicros>

/** Of a recording without looks. */
export const noLooks: RecordedLooks = { times: new Map(), intervals: [] }

/** The middle gap between times in rising order, microseconds; null with fewer than two times. */
export const medianSpacing = (times: ReadonlyArray<EpochMicros>): EpochMicros | null => {
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time))
  gaps.sort((a, b) => a - b)
  return gaps[Math.floor((gaps.length - 1) / 2)] ?? null
}

/** From fewer times than this nothing is regular. */
const FEWEST_TIMES = 3

/** How far apart regular observations are, from their times in rising order; null from too few. */
export const regularSpacing = (times: ReadonlyArray<EpochMicros>): EpochMicros | null =>
  times.length < FEWEST_TIMES ? null : medianSpacing(times)

/** Of each source its look times, and what to take where there are fewer than two of them. */
export type SpacingTimes = readonly [
  source: SourceId,
  looks: ReadonlyArray<EpochMicros>,
  otherwise: () => ReadonlyArray<EpochMicros>
]

/** The spacing of each source. Times come in any order. */
export const spacingsOf = (times: ReadonlyArray<SpacingTimes>): LookSpacings => {
  const found = new Map<SourceId, EpochMicros>()
  for (const [source, looks, otherwise] of times) {
    const own = looks.length > 1 ? looks : otherwise()
    const median = medianSpacing([...own].sort((a, b) => a - b))
    if (median !== null) found.set(source, median)
  }
  return found
}

/** The newest of times in rising order that is not after `atUs`; null without one. */
export const newestAt = (times: ReadonlyArray<EpochMicros>, atUs: EpochMicros): EpochMicros | null => {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[middle] ?? Number.POSITIVE_INFINITY) <= atUs) low = middle + 1
    else high = middle
  }
  return times[low - 1] ?? null
}

/**
 * When a market of these intervals (its own, of one source) was confirmed last as of `atUs`, from the look times of its
 * source; null when no look had shown it.
 */
export const lastConfirmed = (
  intervals: ReadonlyArray<Pick<LookInterval, "fromUs" | "toUs">>,
  times: ReadonlyArray<EpochMicros>,
  atUs: EpochMicros
): EpochMicros | null => {
  let newest: EpochMicros | null = null
  for (const { fromUs, toUs } of intervals) {
    if (fromUs > atUs) continue
    const at = Math.max(fromUs, newestAt(times, Math.min(atUs, toUs)) ?? fromUs)
    if (newest === null || at > newest) newest = at
  }
  return newest
}
