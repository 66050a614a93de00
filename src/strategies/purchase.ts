import { type FeeModel, takerFee } from "../core/venue/fees.ts"
import { fillModelOf, type FillSettings } from "../core/venue/fillModel.ts"
import { LOT, venueRefusal } from "../core/venue/matching.ts"
import { notionalOf } from "../core/account/portfolio.ts"
import { hasBook, oppositePrice } from "../core/venue/quote.ts"
import { purchasePrice, type VenueModel } from "../core/venue/simulateFill.ts"
import { type DropReason } from "../domain/DroppedSignal.ts"
import { type Token } from "../domain/ids.ts"
import { type JsonObject } from "../domain/json.ts"
import { type VisibleMarket } from "../domain/MarketView.ts"
import { type OrderIntent } from "../domain/OrderIntent.ts"
import { quoteOf } from "../domain/quote.ts"
import {
  fromMicros,
  MICRO,
  type MicroUnits,
  type Price,
  type Shares,
  shares,
  toMicros,
  type Usdc,
  usdc
} from "../domain/units.ts"

/** What trading costs, charged as the simulated venue of paper trading and replay charges it. */
export type TradingCosts = Pick<VenueModel, "fills" | "fees">

/** The costs as people write them: the `execution` section of the configuration. */
export type CostSettings = FillSettings & { readonly fees: FeeModel["kind"]; readonly fee_bps: number }

export const tradingCosts = (settings: CostSettings): TradingCosts => ({
  fills: fillModelOf(settings),
  fees: { kind: settings.fees, bps: settings.fee_bps }
})

/** What limits the orders of a set of purchases. Natural units. */
export interface SetLimits {
  /** USDC per share; a token that asks less or more is left alone. */
  readonly min_price: number
  readonly max_price: number
  /** Greatest cost of one order, USDC; 0 or less: no cap. */
  readonly max_order_notional: number
  /** One order costs at most this share of its market's liquidity. */
  readonly liquidity_share: number
}

/** A purchase of one token at the ask of its market. Micro-USDC per share. */
export interface Purchase {
  readonly market: VisibleMarket
  readonly token: Token
  readonly ask: Price
  /** What the simulated venue would take: the ask and slippage. */
  readonly price: Price
}

/** Null where the market has no ask for the token. `shownPrices`: without a book, the shown price counts as one. */
export const purchaseOf = (
  market: VisibleMarket,
  token: Token,
  costs: TradingCosts,
  shownPrices: boolean
): Purchase | null => {
  const quote = quoteOf(market)
  const ask = shownPrices || hasBook(quote) ? oppositePrice(quote, token, "buy") : null
  if (ask === null || ask <= 0 || ask >= MICRO) return null
  return { market, token, ask, price: purchasePrice(token, ask, quote, costs.fills) }
}

const feeOf = ({ market, price }: Purchase, qty: Shares, costs: TradingCosts): Usdc =>
  takerFee(costs.fees, market.fee, price, qty)

/** Price, slippage and fee of `qty` micro-shares, micro-USDC. */
export const costOf = (purchase: Purchase, qty: Shares, costs: TradingCosts): Usdc =>
  usdc(notionalOf(purchase.price, qty) + feeOf(purchase, qty, costs))

export const insideRange = ({ ask }: Purchase, limits: SetLimits): boolean =>
  ask >= toMicros(limits.min_price) && ask <= toMicros(limits.max_price)

/** Most shares of one purchase that the limits allow, in whole lots. Micro-shares. */
export const sizeOf = ({ market, price }: Purchase, limits: SetLimits): Shares => {
  const byLiquidity = limits.liquidity_share * market.liquidity
  const budget = limits.max_order_notional > 0 ? Math.min(limits.max_order_notional, byLiquidity) : byLiquidity
  return shares(Math.floor((budget * MICRO * MICRO) / price / LOT) * LOT)
}

/** Why the exchange would not take `qty` of the purchase, or null. */
export const sizeProblem = ({ ask }: Pick<Purchase, "ask">, qty: Shares): DropReason | null => {
  if (qty < LOT) return "below minimum size"
  const refusal = venueRefusal({ limitPrice: ask, qty, resting: false }, { tickSize: null, minOrderSize: null })
  return refusal === null ? null : "below minimum notional"
}

const ONE_SHARE: Shares = toMicros(1)

/** A set of purchases with a payout that is certain, weighed against its costs. */
export interface WeighedSet {
  /** Of every purchase, micro-shares. */
  readonly qty: Shares
  /** USDC per set: payout less the asks, and less all costs. */
  readonly grossEdge: number
  readonly netEdge: number
  /** Null when it is worth its costs and can be ordered. */
  readonly problem: DropReason | null
}

/** Payout per set less the asks, micro-USDC. */
export const grossOf = (purchases: ReadonlyArray<Purchase>, payout: MicroUnits): MicroUnits =>
  purchases.reduce((rest, { ask }) => rest - ask, payout)

/**
 * Weighs buying one of each: `payout` (whole USDC in micro-USDC) comes back per set. The same quantity of every purchase,
 * the most that the tightest of them allows.
 */
export const weighSet = (
  purchases: ReadonlyArray<Purchase>,
  payout: MicroUnits,
  minEdge: number,
  limits: SetLimits,
  costs: TradingCosts
): WeighedSet => {
  const qty = shares(Math.min(...purchases.map((purchase) => sizeOf(purchase, limits))))
  // A set too small to be ordered still has an edge per share, which is what the reader wants to know first.
  const weighed = qty > 0 ? qty : ONE_SHARE
  const paid = purchases.reduce((sum, purchase) => sum + costOf(purchase, weighed, costs), 0)
  const net = (payout / MICRO) * weighed - paid
  const edge = (net * MICRO) / weighed
  const problem =
    net <= 0
      ? "edge does not pay fees and slippage"
      : edge < toMicros(minEdge)
        ? "net edge below the minimum"
        : (purchases.map((purchase) => sizeProblem(purchase, qty)).find((found) => found !== null) ?? null)
  return { qty, grossEdge: fromMicros(grossOf(purchases, payout)), netEdge: fromMicros(edge), problem }
}

/** What one share costs with everything, micro-USDC. */
export const shareCost = (purchase: Purchase, costs: TradingCosts): Usdc => costOf(purchase, ONE_SHARE, costs)

/** The purchase as one of a signal's orders. */
export const intentOf = ({ ask, market, token }: Purchase, qty: Shares): OrderIntent => ({
  role: "leg",
  marketId: market.marketId,
  token,
  side: "buy",
  limitPrice: ask,
  qty
})

/** The same for the signal's payload. Natural units. */
export const legOf = ({ ask, market, token }: Purchase, qty: Shares): JsonObject => ({
  market_id: market.marketId,
  token,
  side: "buy",
  price: fromMicros(ask),
  qty: fromMicros(qty)
})
