import { type Token } from "../../domain/ids.ts"
import { type Market } from "../../domain/Market.ts"
import { type Rejection } from "../../domain/rejection.ts"
import { type Price, price, type Shares, shares, type Usdc, usdc } from "../../domain/units.ts"
import { type FeeModel, takerFee } from "./fees.ts"
import { type FillModel } from "./fillModel.ts"
import { LOT, type Match, type MatchableOrder, matchSnapshot, venueRefusal, type VenueRules } from "./matching.ts"
import { type MarketQuote } from "./quote.ts"

/**
 * Why the venue would refuse the order as it is, or null. An order that closes a position may be smaller than
 * the exchange's minimum: otherwise a small remainder could never be sold on the simulated venue.
 */
export const orderRefusal = (
  order: MatchableOrder & { readonly action: "open" | "close"; readonly tif: "ioc" | "gtc" },
  rules: VenueRules
): Rejection | null =>
  order.action === "close"
    ? null
    : venueRefusal({ limitPrice: order.limitPrice, qty: order.qty, resting: order.tif === "gtc" }, rules)

/** The parameters of the simulated venue. */
export interface VenueModel {
  readonly fills: FillModel
  readonly fees: FeeModel
}

/** What one share costs when it is bought at the ask, with slippage and without the fee. Micro-USDC. */
export const purchasePrice = (token: Token, ask: Price, quote: MarketQuote, fills: FillModel): Price =>
  matchSnapshot({ token, side: "buy", limitPrice: ask, qty: LOT }, quote, fills).price

/** A match with its fee, micro-USDC. */
export interface VenueFill extends Match {
  readonly fee: Usdc
}

/** Written as one object literal, because copying with a spread would cost more time than the match itself. */
const priced = (match: Match, at: Price, qty: Shares, fee: Usdc): VenueFill => ({
  price: at,
  qty,
  fillRatio: match.fillRatio,
  fillProbability: match.fillProbability,
  slippageBps: match.slippageBps,
  reason: match.reason,
  fee
})

/**
 * What the simulated venue does with `order` when the market shows `quote`. `strict`: no fill is worse than the limit,
 * and a remainder smaller than the exchange's lot is filled too instead of resting for ever.
 */
export const simulateFill = (
  order: MatchableOrder,
  quote: MarketQuote | null,
  market: Pick<Market, "fee">,
  model: VenueModel,
  strict: boolean
): VenueFill => {
  const match = matchSnapshot(order, quote, model.fills)
  if (match.qty === 0) return priced(match, match.price, shares(0), usdc(0))
  const { limitPrice, qty: wanted, side } = order
  const at = !strict
    ? match.price
    : price(side === "buy" ? Math.min(match.price, limitPrice) : Math.max(match.price, limitPrice))
  const qty = strict && wanted - match.qty < LOT ? wanted : match.qty
  return priced(match, at, qty, takerFee(model.fees, market.fee, at, qty))
}
