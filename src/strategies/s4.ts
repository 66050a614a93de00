import { type VisibleMarket } from "../domain/MarketView.ts"
import { plainIntent } from "../domain/OrderIntent.ts"
import { type NewSignal } from "../domain/Signal.ts"
import { byYesThenLiquidity, hasYesPrice, openMarkets, type PricedMarket } from "./select.ts"

export interface S4Parameters {
  /** USDC per share, inclusive. */
  readonly yes_price_min: number
  readonly yes_price_max: number
  /** Greatest cost of one order, USDC; 0 or less: no cap. */
  readonly max_order_notional: number
}

const basketSize = 40

const tierOf = (rank: number): { readonly tier: "A" | "B" | "C"; readonly factor: number } =>
  rank <= 10 ? { tier: "A", factor: 1.2 } : rank <= 25 ? { tier: "B", factor: 1 } : { tier: "C", factor: 0.7 }

const signalFor = (market: PricedMarket, rank: number, parameters: S4Parameters): NewSignal => {
  const { tier, factor } = tierOf(rank)
  const yes = market.yesPrice
  const ladder = [yes, yes - 0.01, yes - 0.02].map((price) => Math.max(0.01, price))
  const target = ladder[0] ?? yes
  const wanted = Math.max(2, 0.01 * market.liquidity) * factor
  const cap = parameters.max_order_notional
  const sizeHint = cap > 0 ? Math.min(wanted, cap / target) : wanted
  return {
    strategy: "s4",
    marketId: market.marketId,
    eventId: market.eventId,
    side: "buy",
    score: (parameters.yes_price_max - yes + 0.01) * (1 + market.liquidity / 2000),
    confidence: Math.min(0.9, 0.45 + parameters.yes_price_max - yes),
    targetPrice: target,
    sizeHint,
    rationale:
      `YES at ${yes.toFixed(4)} with ${market.liquidity.toFixed(1)} USDC of liquidity is number ${rank} ` +
      `of the low-probability basket (tier ${tier}).`,
    legs: [plainIntent({ marketId: market.marketId, side: "buy", targetPrice: target, sizeHint })],
    style: "aggressive",
    basket: false,
    payload: { tier, ladder_prices: ladder, allocation_mult: factor, basket_family: "low_prob_yes" }
  }
}

/** Low-probability YES basket: many cheap long shots, the cheapest ones weighted up. */
export const s4 = (markets: ReadonlyArray<VisibleMarket>, parameters: S4Parameters): ReadonlyArray<NewSignal> =>
  openMarkets(markets)
    .filter(hasYesPrice)
    .filter(({ yesPrice }) => yesPrice >= parameters.yes_price_min && yesPrice <= parameters.yes_price_max)
    .filter(({ liquidity }) => liquidity > 50)
    .sort(byYesThenLiquidity)
    .slice(0, basketSize)
    .map((market, index) => signalFor(market, index + 1, parameters))
