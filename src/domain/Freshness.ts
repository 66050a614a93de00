import { type JsonObject } from "./json.ts"
import { type EpochMicros } from "./time.ts"

/** Seconds; `auto`: by how often each source was asked; null: quotes of any age are good. */
export type QuoteAgeSetting = number | "auto" | null

/** How old a quote may be, microseconds, by the source that shows it. Plain data: sessions and artifacts keep it. */
export interface QuoteAgeLimit {
  readonly bySource: ReadonlyArray<{ readonly source: string; readonly maxUs: EpochMicros }>
  /** Of every other source. */
  readonly otherUs: EpochMicros
}

/** How an engine treats quotes by their age. A quote's age counts from when a source showed it, or confirmed it, last. */
export interface Freshness {
  readonly setting: QuoteAgeSetting
  /** The limit in force; with the setting off, the one that `auto` would give, for reports. */
  readonly limit: QuoteAgeLimit
  /** Strategies do not see rows that are older than the limit. */
  readonly hidesStale: boolean
}

/** How old a quote of this source may be, microseconds. */
export const maxQuoteAge = ({ bySource, otherUs }: QuoteAgeLimit, source: string | null): EpochMicros => {
  for (const known of bySource) if (known.source === source) return known.maxUs
  return otherUs
}

/** The limit of the source whose quotes may be oldest, microseconds. */
export const longestQuoteAge = ({ bySource, otherUs }: QuoteAgeLimit): EpochMicros =>
  bySource.length === 0 ? otherUs : Math.max(...bySource.map(({ maxUs }) => maxUs))

/** As sessions keep it: microseconds. */
export const freshnessJson = ({ hidesStale, limit, setting }: Freshness): JsonObject => ({
  setting,
  hides_stale: hidesStale,
  other_us: limit.otherUs,
  by_source: limit.bySource.map(({ maxUs, source }) => [source, maxUs])
})

/** Quotes of any age are good. */
export const anyAge: Freshness = {
  setting: null,
  limit: { bySource: [], otherUs: Number.MAX_SAFE_INTEGER },
  hidesStale: false
}
