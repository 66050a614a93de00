import { type EpochMicros } from "./time.ts"
import { fromMicros, MICRO, type MicroUnits, type Price, toMicros } from "./units.ts"

export type MarketStatus = "open" | "closed"

/** What one look at a market showed, as stored: natural units. null means that the source does not say. */
export interface Observation {
  readonly status: MarketStatus
  readonly acceptingOrders: boolean | null
  readonly yesPrice: number | null
  readonly noPrice: number | null
  /** Best bid and ask of the YES token. */
  readonly bestBid: number | null
  readonly bestAsk: number | null
  readonly midPrice: number | null
  readonly liquidity: number
  readonly volume: number
  /** When this project saw it. */
  readonly updatedAtUs: EpochMicros
}

/** What one look at a market showed, in micro-units: prices are whole micro-USDC per share. */
export interface Quote {
  readonly atUs: EpochMicros
  readonly status: MarketStatus
  readonly acceptingOrders: boolean | null
  readonly yes: Price | null
  readonly no: Price | null
  /** Best bid and ask of the YES token. */
  readonly bid: Price | null
  readonly ask: Price | null
  readonly mid: Price | null
  /** micro-USDC. A statistic of the source and no money of anybody, so not rounded to whole ones. */
  readonly liquidity: MicroUnits
  /** The same in USDC, as stored. */
  readonly liquidityUsdc: number
  readonly volumeUsdc: number
  /** Whether the source called the resolution disputed; null: it says nothing of that. */
  readonly disputed: boolean | null
}

const micros = (natural: number | null): Price | null => (natural === null ? null : toMicros(natural))

/** One literal: this runs for every snapshot of a replay. */
export const quoteOf = (seen: Observation, disputed: boolean | null = null): Quote => ({
  atUs: seen.updatedAtUs,
  status: seen.status,
  acceptingOrders: seen.acceptingOrders,
  yes: micros(seen.yesPrice),
  no: micros(seen.noPrice),
  bid: micros(seen.bestBid),
  ask: micros(seen.bestAsk),
  mid: micros(seen.midPrice),
  liquidity: seen.liquidity * MICRO,
  liquidityUsdc: seen.liquidity,
  volumeUsdc: seen.volume,
  disputed
})

const natural = (price: Price | null): number | null => (price === null ? null : fromMicros(price))

/** The way back to natural units: prices to six decimals, liquidity and volume as stored. */
export const seenAs = (quote: Quote): Observation => ({
  status: quote.status,
  acceptingOrders: quote.acceptingOrders,
  yesPrice: natural(quote.yes),
  noPrice: natural(quote.no),
  bestBid: natural(quote.bid),
  bestAsk: natural(quote.ask),
  midPrice: natural(quote.mid),
  liquidity: quote.liquidityUsdc,
  volume: quote.volumeUsdc,
  updatedAtUs: quote.atUs
})
