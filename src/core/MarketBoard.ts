import { type LookEvent } from "../domain/EngineEvent.ts"
import { maxQuoteAge, type QuoteAgeLimit } from "../domain/Freshness.ts"
import { type MarketId, type Token } from "../domain/ids.ts"
import { type FeeSchedule, type Instrument } from "../domain/instrument.ts"
import { type Payout } from "../domain/Market.ts"
import { type TakingFill } from "../domain/Portfolio.ts"
import { type MarketView, type VisibleMarket } from "../domain/MarketView.ts"
import { type Quote } from "../domain/quote.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type Price, shares, toMicros } from "../domain/units.ts"
import { visibleOf } from "./marketView.ts"
import { takeShares, type TakenShares } from "./venue/displayedSize.ts"
import { type VenueRules } from "./venue/matching.ts"

/** A price that a token was shown at, and when. Micro-USDC. */
export interface Mark {
  price: Price
  atUs: EpochMicros
}

/** A market as it was seen last, whichever source showed it. Changed in place by the board alone. */
export interface BoardMarket extends TakenShares {
  instrument: Instrument
  quote: Quote
  /** When its source showed the quote, or confirmed it, last. */
  seenUs: EpochMicros
  /** What the venue's final word pays; null: none yet. */
  payout: Payout | null
  /** The newest price that each token ever had; null: none yet. */
  yesMark: Mark | null
  noMark: Mark | null
  rules: VenueRules
}

const contractOf = ({ conditionId, marketId }: Instrument): string => conditionId ?? marketId

/** One source's row of a market, for strategies. */
interface SourceRow {
  instrument: Instrument
  quote: Quote
  /** When the source showed the quote, or confirmed it, last. */
  seenUs: EpochMicros
  /** Made when a strategy first asks. */
  visible: VisibleMarket | null
}

/** What strategies see at one moment. */
export interface ViewedMarkets {
  readonly view: MarketView
  /** Open markets that are left out, because what is known of them is too old. */
  readonly stale: number
}

/** How old the quote of a market is at a moment, microseconds. */
export const quoteAge = ({ seenUs }: Pick<BoardMarket, "seenUs">, atUs: EpochMicros): EpochMicros =>
  Math.max(0, atUs - seenUs)

const rulesOf = ({ minOrderSize, tickSize }: Instrument): VenueRules => ({
  tickSize: tickSize === null ? null : toMicros(tickSize),
  minOrderSize: minOrderSize === null ? null : toMicros(minOrderSize)
})

/** The mark after another look; a look without a price changes nothing. One object for each token: looks are many. */
const newerMark = (known: Mark | null, price: Price | null, atUs: EpochMicros): Mark | null => {
  if (price === null) return known
  if (known === null) return { price, atUs }
  known.price = price
  known.atUs = atUs
  return known
}

/**
 * The markets as far as they are known at one moment: it can hold nothing later than the event being processed. Two
 * sources may show one market id; an order meets the row that was seen last, a strategy sees both.
 */
export class MarketBoard {
  private readonly markets = new Map<MarketId, BoardMarket>()
  /** The contracts whose resolution is disputed: condition ids, or market ids where those are not known. */
  private readonly disputes = new Set<string>()
  /** The final words that were heard, by market id. */
  readonly resolutions = new Map<MarketId, Payout>()
  private readonly bySource = new Map<string, Map<MarketId, SourceRow>>()
  /** In the order in which they were first seen. */
  private readonly rows: Array<SourceRow> = []
  /** Stored fills that may be newer than a market's snapshot. */
  private taking: ReadonlyArray<TakingFill> = []
  private readonly keepsViews: boolean

  /** `keepsViews`: strategies will be asked, so what each source shows is kept. */
  constructor(keepsViews: boolean) {
    this.keepsViews = keepsViews
  }

  /**
   * Takes a look at a market in; undefined: an older one than is known, kept for strategies only. `confirmedUs`: when its
   * source showed it unchanged last.
   */
  observe(instrument: Instrument, quote: Quote, confirmedUs = quote.atUs): BoardMarket | undefined {
    const seenUs = Math.max(quote.atUs, confirmedUs)
    if (this.keepsViews) this.keep(instrument, quote, seenUs)
    const { marketId } = instrument
    const known = this.markets.get(marketId)
    if (quote.disputed === true || this.disputes.size > 0) this.hear(instrument, quote, known)
    if (known === undefined) {
      const market: BoardMarket = {
        instrument,
        quote,
        seenUs,
        payout: this.resolutions.get(marketId) ?? null,
        yesMark: newerMark(null, quote.yes, quote.atUs),
        noMark: newerMark(null, quote.no, quote.atUs),
        rules: rulesOf(instrument),
        takenAsk: shares(0),
        takenBid: shares(0)
      }
      this.restoreTaken(market)
      this.markets.set(marketId, market)
      return market
    }
    if (known.quote.atUs > quote.atUs) return undefined
    if (known.instrument !== instrument) {
      known.instrument = instrument
      known.rules = rulesOf(instrument)
    }
    // The same snapshot, read once more, shows no new shares.
    if (quote.atUs > known.quote.atUs) {
      known.takenAsk = shares(0)
      known.takenBid = shares(0)
    }
    known.quote = quote
    known.seenUs = seenUs
    known.yesMark = newerMark(known.yesMark, quote.yes, quote.atUs)
    known.noMark = newerMark(known.noMark, quote.no, quote.atUs)
    return known
  }

  /**
   * Takes over what the stored fills took from the displayed sizes: a process that begins now finds no more shares than
   * the one before it left.
   */
  restore(fills: ReadonlyArray<TakingFill>): void {
    this.taking = fills
    for (const market of this.markets.values()) this.restoreTaken(market)
  }

  /** A source showed these of its rows as they were known. */
  confirm({ confirmed, seenUs, source }: Pick<LookEvent, "confirmed" | "seenUs" | "source">): void {
    const rows = this.bySource.get(source)
    for (const marketId of confirmed) {
      const row = rows?.get(marketId)
      if (row !== undefined && row.seenUs < seenUs) row.seenUs = seenUs
      const market = this.markets.get(marketId)
      if (market === undefined || market.instrument.source !== source) continue
      if (market.seenUs < seenUs) market.seenUs = seenUs
    }
  }

  /** The venue's final word: the market trades no more, whatever a source still shows. */
  resolve(marketId: MarketId, payout: Payout): void {
    this.resolutions.set(marketId, payout)
    const known = this.markets.get(marketId)
    if (known !== undefined) known.payout = payout
  }

  /** Whether the resolution of the market's contract was last said to be disputed, by whichever source speaks of it. */
  readonly disputed = (marketId: MarketId): boolean => {
    if (this.disputes.size === 0) return false
    const market = this.markets.get(marketId)
    return this.disputes.has(market === undefined ? marketId : contractOf(market.instrument))
  }

  readonly find = (marketId: MarketId): BoardMarket | undefined => this.markets.get(marketId)

  /** Newest price of a token; null before any look had one. */
  mark(marketId: MarketId, token: Token): Readonly<Mark> | null {
    const market = this.markets.get(marketId)
    if (market === undefined) return null
    return token === "YES" ? market.yesMark : market.noMark
  }

  feeOf(marketId: MarketId): FeeSchedule | null {
    return this.markets.get(marketId)?.instrument.fee ?? null
  }

  /** The open markets as strategies may see them. `limit`: how old what is known of them may be; null: however old. */
  view(atUs: EpochMicros, limit: QuoteAgeLimit | null): ViewedMarkets {
    const markets: Array<VisibleMarket> = []
    let stale = 0
    for (const row of this.rows) {
      if (row.quote.status !== "open" || this.resolutions.has(row.instrument.marketId)) continue
      if (limit !== null && quoteAge(row, atUs) > maxQuoteAge(limit, row.instrument.source)) stale += 1
      else markets.push((row.visible ??= visibleOf(row.instrument, row.quote)))
    }
    return { view: Object.freeze({ atUs, markets: Object.freeze(markets) }), stale }
  }

  /** What a source says of a dispute counts until it, or another one that speaks of it, says otherwise. */
  private hear(instrument: Instrument, quote: Quote, known: BoardMarket | undefined): void {
    if (quote.disputed === null || (known !== undefined && known.quote.atUs > quote.atUs)) return
    if (quote.disputed) this.disputes.add(contractOf(instrument))
    else this.disputes.delete(contractOf(instrument))
  }

  private restoreTaken(market: BoardMarket): void {
    market.takenAsk = shares(0)
    market.takenBid = shares(0)
    const { marketId } = market.instrument
    for (const fill of this.taking) {
      if (fill.marketId === marketId && fill.atUs >= market.quote.atUs) {
        takeShares(market, fill.token, fill.side, fill.qty)
      }
    }
  }

  private keep(instrument: Instrument, quote: Quote, seenUs: EpochMicros): void {
    let markets = this.bySource.get(instrument.source)
    if (markets === undefined) this.bySource.set(instrument.source, (markets = new Map()))
    const row = markets.get(instrument.marketId)
    if (row === undefined) {
      const added: SourceRow = { instrument, quote, seenUs, visible: null }
      markets.set(instrument.marketId, added)
      this.rows.push(added)
      return
    }
    row.instrument = instrument
    row.quote = quote
    row.seenUs = seenUs
    row.visible = null
  }
}
