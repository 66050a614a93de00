import { type Freshness, type QuoteAgeLimit, type QuoteAgeSetting } from "../domain/Freshness.ts"
import { type LookSpacings } from "../domain/looks.ts"
import { type EpochMicros, MICROS_PER_SECOND } from "../domain/time.ts"

/** A quote is stale when its source missed so many looks. */
const MISSED_LOOKS = 3

/** A run that asks more often than this still has to wait for its sources, each of which may take so long. */
const SHORTEST_SPACING: EpochMicros = 5 * MICROS_PER_SECOND

const autoLimit = (intervalUs: EpochMicros, spacings: LookSpacings): QuoteAgeLimit => {
  const leastUs = Math.max(intervalUs, SHORTEST_SPACING)
  return {
    bySource: [...spacings].map(([source, medianUs]) => ({
      source,
      maxUs: Math.round(MISSED_LOOKS * Math.max(leastUs, medianUs))
    })),
    otherUs: Math.round(MISSED_LOOKS * leastUs)
  }
}

/**
 * The limit as plain numbers, before an engine starts. `auto` is three times the longer of the run's interval and the
 * recorded spacing of the source's looks; a source without a recorded spacing has three times the interval.
 */
export const freshnessOf = (setting: QuoteAgeSetting, intervalUs: EpochMicros, spacings: LookSpacings): Freshness => {
  if (typeof setting === "number") {
    const limit = { bySource: [], otherUs: Math.round(setting * MICROS_PER_SECOND) }
    return { setting, limit, hidesStale: true }
  }
  return { setting, limit: autoLimit(intervalUs, spacings), hidesStale: setting !== null }
}
