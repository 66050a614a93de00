import { type Freshness, type QuoteAgeLimit, type QuoteAgeSetting } from "../domain/Freshness.ts"
import { type LookSpacings } from "../domain/looks.ts"
import { type EpochMicros, MICROS_PER_SECOND } from "../domain/time.ts"

/** A quote is stale when its source missed so many looks. */
const MISSED_LOOKS = 3

/** A run that asks more often than this still has to wait for its sources, each of which may take so long. */
const SHORTEST_SPACING: EpochMicros = 5 * MICROS_PER_SECOND

/** How often sources are asked where neither a run nor a recording says it. */
const USUAL_SPACING: EpochMicros = 300 * MICROS_PER_SECOND

const missed = (spacingUs: EpochMicros): EpochMicros => Math.round(MISSED_LOOKS * Math.max(spacingUs, SHORTEST_SPACING))

const autoLimit = (intervalUs: EpochMicros | null, spacings: LookSpacings): QuoteAgeLimit => ({
  bySource: [...spacings].map(([source, medianUs]) => ({
    source,
    maxUs: missed(Math.max(intervalUs ?? 0, medianUs))
  })),
  otherUs: missed(intervalUs ?? USUAL_SPACING)
})

/**
 * The limit as plain numbers, before an engine starts. `auto` is three times the longer of the run's interval and the
 * recorded spacing of the source's looks; a source without a recorded spacing has three times the interval. `intervalUs`
 * null: there is no run, as in a replay of signals, and what was recorded decides.
 */
export const freshnessOf = (
  setting: QuoteAgeSetting,
  intervalUs: EpochMicros | null,
  spacings: LookSpacings
): Freshness => {
  if (typeof setting === "number") {
    const limit = { bySource: [], otherUs: Math.round(setting * MICROS_PER_SECOND) }
    return { setting, limit, hidesStale: true }
  }
  return { setting, limit: autoLimit(intervalUs, spacings), hidesStale: setting !== null }
}
