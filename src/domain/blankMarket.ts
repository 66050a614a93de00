import { type Market } from "./Market.ts"

/**
 * An open market of which only `fields` is known, for trying a strategy on markets that one makes up. Its mid price and
 * the NO price follow from the others where those say enough.
 */
export const blankMarket = (fields: Partial<Market> & Pick<Market, "marketId">): Market => {
  const { bestAsk = null, bestBid = null, marketId, yesPrice = null } = fields
  return {
    source: "gamma",
    canonicalId: marketId,
    eventId: "unknown",
    question: "",
    status: "open",
    negRisk: false,
    yesPrice,
    noPrice: yesPrice === null ? null : 1 - yesPrice,
    bestBid,
    bestAsk,
    midPrice: bestBid === null || bestAsk === null ? null : (bestBid + bestAsk) / 2,
    liquidity: 0,
    volume: 0,
    updatedAtUs: 0,
    conditionId: null,
    yesTokenId: null,
    noTokenId: null,
    yesLabel: null,
    noLabel: null,
    tickSize: null,
    minOrderSize: null,
    fee: null,
    acceptingOrders: null,
    slug: null,
    endDateUs: null,
    payout: null,
    resolution: null,
    resolvedAtUs: null,
    sourceUpdatedUs: null,
    ...fields
  }
}
