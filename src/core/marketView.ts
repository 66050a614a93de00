import { type Instrument } from "../domain/instrument.ts"
import { type Market } from "../domain/Market.ts"
import { type MarketView, type VisibleMarket } from "../domain/MarketView.ts"
import { type Quote, quoteOf } from "../domain/quote.ts"
import { type EpochMicros } from "../domain/time.ts"
import { fromMicros, type Price } from "../domain/units.ts"

const natural = (price: Price | null): number | null => (price === null ? null : fromMicros(price))

/**
 * What a strategy may see of an instrument and of what one look at it showed. It cannot be changed. Field by field, so
 * that nothing else comes along that a caller's object holds, and in one literal, because V8 takes a thousand times as
 * long to add fields to a spread object of this size.
 */
export const visibleOf = (instrument: Instrument, quote: Quote): VisibleMarket =>
  Object.freeze({
    source: instrument.source,
    marketId: instrument.marketId,
    canonicalId: instrument.canonicalId,
    eventId: instrument.eventId,
    question: instrument.question,
    negRisk: instrument.negRisk,
    conditionId: instrument.conditionId,
    yesTokenId: instrument.yesTokenId,
    noTokenId: instrument.noTokenId,
    yesLabel: instrument.yesLabel,
    noLabel: instrument.noLabel,
    tickSize: instrument.tickSize,
    minOrderSize: instrument.minOrderSize,
    fee: Object.freeze(instrument.fee),
    slug: instrument.slug,
    endDateUs: instrument.endDateUs,
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

/**
 * What a strategy may see of a market, by way of its quote, as in every replay: prices have six decimals. The object itself
 * lacks the rest, and cannot be changed.
 */
export const visibleMarket = (market: Market): VisibleMarket => visibleOf(market, quoteOf(market))

/**
 * The open markets as of `atUs`. A market that was seen only later is not there yet, and is left out, and so are those
 * that `isSeen` does not want.
 */
export const marketView = (
  markets: Iterable<Market>,
  atUs: EpochMicros,
  isSeen: (market: Market) => boolean = () => true
): MarketView => {
  const visible: Array<VisibleMarket> = []
  for (const market of markets) {
    if (market.status === "open" && market.updatedAtUs <= atUs && isSeen(market)) visible.push(visibleMarket(market))
  }
  return Object.freeze({ atUs, markets: Object.freeze(visible) })
}
