import { type Token } from "../../domain/ids.ts"
import { type Market } from "../../domain/Market.ts"
import { displayedTaken, noLiquidity, type Rejection } from "../../domain/rejection.ts"
import { type Price, price, type Shares, shares, type Usdc, usdc } from "../../domain/units.ts"
import { displayedSize } from "./displayedSize.ts"
import { type FeeModel, takerFee } from "./fees.ts"
import { type FillModel, fillModelOf, type FillSettings } from "./fillModel.ts"
import { LOT, type Match, type MatchableOrder, matchSnapshot, venueRefusal, type VenueRules } from "./matching.ts"
import { type MarketQuote, oppositePrice } from "./quote.ts"

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

/** `pessimistic`: a quote beyond the limit fills a resting order. `optimistic`: one at the limit does. */
export type RestingFills = "pessimistic" | "optimistic"

/** The parameters of the simulated venue. */
export interface VenueModel {
  readonly fills: FillModel
  readonly fees: FeeModel
  /** The part of a market's liquidity that stands on each side of its book at the quoted price, 0..1. */
  readonly displayedShare: number
  /** Which later quote fills a resting order: one that trades through its limit, or one that touches it. */
  readonly restingFills: RestingFills
}

/** The simulated venue as people write it: the `execution` section of the configuration. */
export interface VenueSettings extends FillSettings {
  readonly fees: FeeModel["kind"]
  readonly fee_bps: number
  readonly displayed_liquidity_share: number
  readonly resting_fills: RestingFills
}

export const venueModelOf = (settings: VenueSettings): VenueModel => ({
  fills: fillModelOf(settings),
  fees: { kind: settings.fees, bps: settings.fee_bps },
  displayedShare: settings.displayed_liquidity_share,
  restingFills: settings.resting_fills
})

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

/** The market crosses the order, and others have taken what it showed. */
const nothingLeft = (match: Match, at: Price, reason: Rejection): VenueFill => ({
  price: at,
  qty: shares(0),
  fillRatio: 0,
  fillProbability: 0,
  slippageBps: match.slippageBps,
  reason,
  fee: usdc(0)
})

/**
 * What the simulated venue does with `order` when the market shows `quote`. `strict`: no fill is worse than the limit,
 * and a remainder smaller than the exchange's lot is filled too instead of resting for ever. `taken`: what orders took
 * of the displayed size since this quote; more than is left never fills.
 */
export const simulateFill = (
  order: MatchableOrder,
  quote: MarketQuote | null,
  market: Pick<Market, "fee">,
  model: VenueModel,
  strict: boolean,
  taken: Shares = shares(0)
): VenueFill => {
  const match = matchSnapshot(order, quote, model.fills)
  if (match.qty === 0 || quote === null) return priced(match, match.price, shares(0), usdc(0))
  const { limitPrice, qty: wanted, side } = order
  const at = !strict
    ? match.price
    : price(side === "buy" ? Math.min(match.price, limitPrice) : Math.max(match.price, limitPrice))
  const matched = strict && wanted - match.qty < LOT ? wanted : match.qty
  const reference = oppositePrice(quote, order.token, side) ?? price(0)
  const displayed = displayedSize(model.displayedShare, quote.liquidity, reference)
  if (displayed - taken < LOT) {
    const reason = displayed === 0 ? noLiquidity : displayedTaken(taken, displayed)
    return nothingLeft(match, at, reason)
  }
  const qty = shares(Math.min(matched, displayed - taken))
  return priced(match, at, qty, takerFee(model.fees, market.fee, at, qty))
}
