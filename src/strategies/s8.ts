import { type MarketId, type Token } from "../domain/ids.ts"
import { type JsonObject } from "../domain/json.ts"
import { type VisibleMarket } from "../domain/MarketView.ts"
import { type LegRole, type OrderIntent } from "../domain/OrderIntent.ts"
import { type NewSignal } from "../domain/Signal.ts"
import { toMicros } from "../domain/units.ts"
import { byYesThenLiquidity, hasYesPrice, openMarkets, type PricedMarket } from "./select.ts"

export interface S8Parameters {
  /** Greatest YES price of a market whose NO is carried, USDC per share. */
  readonly yes_price_max_for_no: number
  /** Share of the carry's cost that is spent on the hedge. */
  readonly hedge_budget_ratio: number
  /** Greatest cost of the carry, USDC; 0 or less: no cap. */
  readonly max_order_notional: number
}

type CarryMarket = PricedMarket & { readonly noPrice: number }

const carryCount = 30
const tailPriceMax = 0.08

const hasNoPrice = (market: PricedMarket): market is CarryMarket => market.noPrice !== null

interface Purchase {
  readonly token: Token
  readonly marketId: MarketId
  readonly qty: number
  readonly price: number
}

const hedgeOf = (tail: PricedMarket | undefined, budget: number): Purchase | null =>
  tail === undefined || tail.yesPrice <= 0
    ? null
    : { token: "YES", marketId: tail.marketId, qty: budget / tail.yesPrice, price: tail.yesPrice }

const payloadOf = ({ marketId, price, qty, token }: Purchase): JsonObject => ({
  token,
  market_id: marketId,
  qty,
  price
})

const intentOf = (role: LegRole, { marketId, price, qty, token }: Purchase): OrderIntent => ({
  role,
  marketId,
  token,
  side: "buy",
  limitPrice: toMicros(price),
  qty: toMicros(qty)
})

const signalFor = (market: CarryMarket, tail: PricedMarket | undefined, parameters: S8Parameters): NewSignal => {
  const { liquidity, noPrice: no, yesPrice: yes } = market
  const wanted = Math.max(3, 0.012 * liquidity)
  const cap = parameters.max_order_notional
  const qty = cap > 0 && no > 0 ? Math.min(wanted, cap / no) : wanted
  const carry: Purchase = { token: "NO", marketId: market.marketId, qty, price: no }
  const hedge = hedgeOf(tail, qty * no * parameters.hedge_budget_ratio)
  return {
    strategy: "s8",
    marketId: market.marketId,
    eventId: market.eventId,
    side: "buy",
    score: (1 - yes) * (1 + liquidity / 2500),
    confidence: Math.min(0.97, 0.6 + 0.4 * (1 - yes)),
    targetPrice: Math.min(0.99, no),
    sizeHint: qty,
    rationale:
      `Carry NO at ${no.toFixed(4)} while YES is at ${yes.toFixed(4)}` +
      (hedge === null || tail === undefined
        ? ", without a tail hedge."
        : `, with ${(parameters.hedge_budget_ratio * 100).toFixed(1)} % of its cost in YES of market ${tail.marketId} as tail hedge.`),
    legs: [intentOf("primary", carry), ...(hedge === null ? [] : [intentOf("hedge", hedge)])],
    style: "aggressive",
    basket: false,
    payload: {
      primary_leg: payloadOf(carry),
      tail_hedge: hedge === null ? null : payloadOf(hedge),
      hedge_budget_ratio: parameters.hedge_budget_ratio
    }
  }
}

/** NO carry with tail hedge: earn the last cents of near-certain NOs, insured by the cheapest YES. */
export const s8 = (markets: ReadonlyArray<VisibleMarket>, parameters: S8Parameters): ReadonlyArray<NewSignal> => {
  const priced = openMarkets(markets).filter(hasYesPrice).sort(byYesThenLiquidity)
  const tail = priced.find((market) => market.yesPrice <= tailPriceMax && market.liquidity > 30)
  return priced
    .filter((market) => market.yesPrice <= parameters.yes_price_max_for_no && market.liquidity > 100)
    .filter(hasNoPrice)
    .slice(0, carryCount)
    .map((market) => signalFor(market, tail, parameters))
}
