import { type MarketId } from "./ids.ts"
import { type Market, type Payout } from "./Market.ts"
import { type EpochMicros } from "./time.ts"

/** What the world tells the trading program. `atUs` is when it was learnt, not when it happened. */
export type MarketEvent =
  /** A market as seen at that moment, whole; replaces what was known of it. */
  | { readonly kind: "market"; readonly atUs: EpochMicros; readonly market: Market }
  /** The venue's final word: what one share of each outcome pays. */
  | {
      readonly kind: "resolution"
      readonly atUs: EpochMicros
      readonly marketId: MarketId
      readonly payout: Payout
    }

const idOf = (event: MarketEvent): string => (event.kind === "market" ? event.market.marketId : event.marketId)
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
  return compareText(a.market.source, b.market.source)
}
