import { defineStrategy, hasYesPrice, openMarkets, type VisibleMarket } from "monomarket/strategy"

/** Bid and ask, both known, or nothing. */
const quoteOf = ({ bestAsk, bestBid }: VisibleMarket) =>
  bestAsk === null || bestBid === null ? undefined : { ask: bestAsk, bid: bestBid }

/** Buys the favourite of liquid markets whose spread is small, the tightest first. */
export default defineStrategy({
  id: "favourites",
  title: "Liquid favourites",
  parameters: { minPrice: 0.6, maxPrice: 0.9, maxSpread: 0.03, minLiquidity: 1000, orderNotional: 20, maxOrders: 10 },
  generate: ({ markets }, parameters) =>
    openMarkets(markets)
      .filter(hasYesPrice)
      .flatMap((market) => {
        const quote = quoteOf(market)
        return quote === undefined ? [] : [{ market, ...quote, spread: quote.ask - quote.bid }]
      })
      .filter(({ ask }) => ask >= parameters.minPrice && ask <= parameters.maxPrice)
      .filter(({ market, spread }) => spread <= parameters.maxSpread && market.liquidity >= parameters.minLiquidity)
      .sort((a, b) => a.spread - b.spread)
      .slice(0, parameters.maxOrders)
      .map(({ ask, market, spread }) => ({
        marketId: market.marketId,
        side: "buy",
        targetPrice: ask,
        sizeHint: parameters.orderNotional / ask,
        score: 1 - spread,
        confidence: 0.5,
        rationale: `YES asks ${ask.toFixed(4)}, ${spread.toFixed(4)} above the bid: a liquid favourite.`
      }))
})
