import { type Json } from "../domain/json.ts"
import { type FeeSchedule } from "../domain/Market.ts"
import { type EpochMicros } from "../domain/time.ts"

/** One object of an answer. `json` is its exact text; `field` reads a top-level member, for filters and order. */
export interface Row {
  readonly field: (name: string) => Json | undefined
  readonly json: () => string
}

export interface GammaMarketRow extends Row {
  readonly id: string
  readonly slug: string
  readonly conditionId: string
  readonly tokenIds: ReadonlyArray<string>
  readonly eventId: string
}

export interface GammaEventRow extends Row {
  readonly id: string
  readonly slug: string
  readonly tagIds: ReadonlyArray<string>
  /** The event without its markets, as `include_markets=false` asks for. */
  readonly jsonBare: () => string
}

/** The last trade of a token; `side` is the taker's. */
export interface LastTrade {
  readonly price: string
  readonly side: "BUY" | "SELL"
}

export interface ClobMarketRow {
  readonly conditionId: string
  /** First and second outcome. A market whose tokens are not deployed yet has none. */
  readonly tokens: ReadonlyArray<{
    readonly id: string
    readonly outcome: string
    readonly lastTrade: LastTrade | null
  }>
  readonly closed: boolean
  readonly acceptingOrders: boolean
  readonly tick: number
  readonly minOrderSize: number
  readonly negRisk: boolean
  /** Ceiling in basis points, not a rate. */
  readonly baseFee: number
  readonly fee: FeeSchedule | null
  readonly json: () => string
  readonly simplifiedJson: () => string
}

export const clobListings = [
  "markets",
  "simplified-markets",
  "sampling-markets",
  "sampling-simplified-markets"
] as const
export type ClobListing = (typeof clobListings)[number]

export interface BookLevel {
  readonly price: string
  readonly size: string
}

/** A book as the CLOB answers it: both sides with the best price last, everything as text. */
export interface Book {
  readonly market: string
  readonly asset_id: string
  readonly timestamp: string
  readonly bids: ReadonlyArray<BookLevel>
  readonly asks: ReadonlyArray<BookLevel>
  readonly min_order_size: string
  readonly tick_size: string
  readonly neg_risk: boolean
  readonly last_trade_price: string
  /** The answer as recorded, to be sent unchanged; absent means that the server writes and hashes it. */
  readonly recorded?: string
}

export interface TradeRow {
  readonly conditionId: string
  readonly eventId: string
  readonly proxyWallet: string
  readonly side: string
  readonly size: number
  readonly price: number
  /** Seconds. */
  readonly timestamp: number
  readonly json: () => string
}

/** `t` in seconds. */
export interface PricePoint {
  readonly t: number
  readonly p: number
}

/** What the exchange shows at one market time. Read it before the backend is asked for another time. */
export interface ExchangeView {
  /** Two views with one version have the same content. */
  readonly version: number
  readonly gammaMarkets: () => ReadonlyArray<GammaMarketRow>
  readonly gammaEvents: () => ReadonlyArray<GammaEventRow>
  readonly gammaEvent: (idOrSlug: string) => GammaEventRow | undefined
  readonly tags: () => ReadonlyArray<Row>
  readonly clobMarkets: (listing: ClobListing) => ReadonlyArray<ClobMarketRow>
  readonly clobMarket: (conditionId: string) => ClobMarketRow | undefined
  readonly marketOfToken: (tokenId: string) => ClobMarketRow | undefined
  readonly book: (tokenId: string) => Book | undefined
  /** Newest first. */
  readonly trades: () => Iterable<TradeRow>
  /** Samples inside [fromSec, toSec], at most one every `everySec`; `undefined` for an unknown token. */
  readonly history: (
    tokenId: string,
    fromSec: number,
    toSec: number,
    everySec: number
  ) => ReadonlyArray<PricePoint> | undefined
}

/** Where the loopback exchange takes its content from: a generated universe or recorded files. */
export interface Backend {
  readonly kind: "generated" | "recorded"
  /** Market time at which it begins. */
  readonly startUs: EpochMicros
  /** The same time always gives the same content, whatever was asked before. */
  readonly at: (timeUs: EpochMicros) => ExchangeView
}
