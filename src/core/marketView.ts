import { type Instrument } from "../domain/instrument.ts"
import { type Market } from "../domain/Market.ts"
import { type MarketView, type VisibleMarket } from "../domain/MarketView.ts"
import { type Observation, type Quote, seenAs } from "../domain/quote.ts"
import { type EpochMicros } from "../domain/time.ts"

/**
 * What a strategy may see of a market: field by field, so that nothing else a caller's object holds comes along, and in
 * one literal, because V8 takes a thousand times as long to add fields to a spread object of this size.
 */
const visible = (instrument: Instrument, seen: Observation): VisibleMarket =>
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
    status: seen.status,
    acceptingOrders: seen.acceptingOrders,
    yesPrice: seen.yesPrice,
    noPrice: seen.noPrice,
    bestBid: seen.bestBid,
    bestAsk: seen.bestAsk,
    midPrice: seen.midPrice,
    liquidity: seen.liquidity,
    volume: seen.volume,
    updatedAtUs: seen.updatedAtUs
  })

/** What a strategy may see of an instrument and of what one look at it showed. It cannot be changed. */
export const visibleOf = (instrument: Instrument, quote: Quote): VisibleMarket => visible(instrument, seenAs(quote))

/** What a strategy may see of a market. The object itself lacks the rest, and cannot be changed. */
export const visibleMarket = (market: Market): VisibleMarket => visible(market, market)

/** The open markets as of `atUs`. A market that was seen only later is not there yet, and is left out. */
export const marketView = (markets: Iterable<Market>, atUs: EpochMicros): MarketView => {
  const visible: Array<VisibleMarket> = []
  for (const market of markets) {
    if (market.status === "open" && market.updatedAtUs <= atUs) visible.push(visibleMarket(market))
  }
  return Object.freeze({ atUs, markets: Object.freeze(visible) })
}
