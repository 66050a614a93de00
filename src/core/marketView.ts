import { type Market } from "../domain/Market.ts"
import { type MarketView, type VisibleMarket } from "../domain/MarketView.ts"
import { type EpochMicros } from "../domain/time.ts"

/** What a strategy may see of a market. The object itself lacks the rest, and cannot be changed. */
export const visibleMarket = (market: Market): VisibleMarket =>
  Object.freeze({
    source: market.source,
    marketId: market.marketId,
    canonicalId: market.canonicalId,
    eventId: market.eventId,
    question: market.question,
    status: market.status,
    negRisk: market.negRisk,
    yesPrice: market.yesPrice,
    noPrice: market.noPrice,
    bestBid: market.bestBid,
    bestAsk: market.bestAsk,
    midPrice: market.midPrice,
    liquidity: market.liquidity,
    volume: market.volume,
    updatedAtUs: market.updatedAtUs,
    conditionId: market.conditionId,
    yesTokenId: market.yesTokenId,
    noTokenId: market.noTokenId,
    yesLabel: market.yesLabel,
    noLabel: market.noLabel,
    tickSize: market.tickSize,
    minOrderSize: market.minOrderSize,
    fee: Object.freeze(market.fee),
    acceptingOrders: market.acceptingOrders,
    slug: market.slug,
    endDateUs: market.endDateUs
  })

/** The open markets as of `atUs`. A market that was seen only later is not there yet, and is left out. */
export const marketView = (markets: Iterable<Market>, atUs: EpochMicros): MarketView => {
  const visible: Array<VisibleMarket> = []
  for (const market of markets) {
    if (market.status === "open" && market.updatedAtUs <= atUs) visible.push(visibleMarket(market))
  }
  return Object.freeze({ atUs, markets: Object.freeze(visible) })
}
