import { type MarketId } from "./ids.ts"
import { type Instrument } from "./instrument.ts"
import { type Payout } from "./Market.ts"
import { type Quote } from "./quote.ts"
import { type EpochMicros } from "./time.ts"

/** Market data. `atUs` is when it was learnt, not when it happened. */
export type MarketEvent =
  /** One look at a market. The instrument is the same object as long as nothing in it changes. */
  | {
      readonly kind: "market"
      readonly atUs: EpochMicros
      readonly instrument: Instrument
      readonly quote: Quote
      /** When its source showed the row unchanged last, as stored; absent: not since the quote's own time. */
      readonly confirmedUs?: EpochMicros
    }
  /** The venue's final word: what one share of each outcome pays. */
  | {
      readonly kind: "resolution"
      readonly atUs: EpochMicros
      readonly marketId: MarketId
      readonly payout: Payout
    }

const idOf = (event: MarketEvent): string => (event.kind === "market" ? event.instrument.marketId : event.marketId)
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * The total order of events: time, then kind (data before resolutions), then market id, then source. A market is one
 * row of one source: two sources may use the same id, and each has its own state. A resolution holds for the id.
 */
export const compareEvents = (a: MarketEvent, b: MarketEvent): number => {
  if (a.atUs !== b.atUs) return a.atUs - b.atUs
  if (a.kind !== b.kind) return a.kind === "market" ? -1 : 1
  const byId = compareText(idOf(a), idOf(b))
  if (byId !== 0 || a.kind !== "market" || b.kind !== "market") return byId
  return compareText(a.instrument.source, b.instrument.source)
}
