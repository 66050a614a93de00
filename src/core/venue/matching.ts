import { type Side, type Token } from "../../domain/ids.ts"
import { noLiquidity, noMarketDataYet, type Rejection } from "../../domain/rejection.ts"
import { BPS, MICRO, type Price, price, type Shares, shares, toMicros, type Usdc } from "../../domain/units.ts"
import { type FillModel, fillProbability, fillRatio, slippageBps } from "./fillModel.ts"
import { notionalOf } from "../account/portfolio.ts"
import { type MarketQuote, oppositePrice } from "./quote.ts"

/** Sizes on the exchange have two decimals: 0.01 share. */
export const LOT: Shares = toMicros(0.01)
/** An order that takes liquidity must be worth at least one USDC. */
export const MIN_TAKER_NOTIONAL: Usdc = toMicros(1)

/** Greatest and least price of a snapshot fill, as in the original. */
const CEILING: Price = toMicros(0.99)
const FLOOR: Price = toMicros(0.01)

/** An order as matching sees it: price in micro-USDC per share, quantity in micro-shares. */
export interface MatchableOrder {
  readonly token: Token
  readonly side: Side
  readonly limitPrice: Price
  readonly qty: Shares
}

/** What the market would have done. `qty` 0: nothing filled, and `reason` says why; null otherwise. */
export interface Match {
  readonly price: Price
  readonly qty: Shares
  readonly fillRatio: number
  readonly fillProbability: number
  readonly slippageBps: number
  readonly reason: Rejection | null
}

/** One flat literal, because a replay makes one for every order that finds no counterparty. */
const notMarketable = (buying: boolean, shown: Price | null, limit: Price): Rejection => ({
  code: "not marketable",
  by: "market",
  side: buying ? "ask" : "bid",
  shown,
  limit
})

const noMatch = (reason: Rejection, at: Price, bps: number): Match => ({
  price: at,
  qty: shares(0),
  fillRatio: 0,
  fillProbability: 0,
  slippageBps: bps,
  reason
})

/** Rounds a price to whole micro-units against the trader, so that rounding never earns anything. */
const against = (exact: number, side: Side): Price =>
  price(side === "buy" ? Math.ceil(exact - 1e-6) : Math.floor(exact + 1e-6))

/**
 * Decides a fill from a snapshot: the snapshot model of the simulated venue, used by paper trading and backtests alike.
 * The order trades at the market's opposite price, worsened by slippage, and only if that price is within its limit
 * (which is widened by the same slippage, so that slippage alone never refuses an order). It never fills at a price
 * better than the quote: the limit says what is allowed, not what is paid.
 */
export const matchSnapshot = (order: MatchableOrder, quote: MarketQuote | null, model: FillModel): Match => {
  if (quote === null) return noMatch(noMarketDataYet, price(0), model.slippageBps)
  const bps = slippageBps(model, quote)
  const reference = oppositePrice(quote, order.token, order.side)
  const buying = order.side === "buy"
  const drift = bps / BPS
  if (reference === null) return noMatch(notMarketable(buying, null, order.limitPrice), price(0), bps)
  const worsened = against(
    buying
      ? Math.max(reference, Math.min(CEILING, reference * (1 + drift)))
      : Math.min(reference, Math.max(FLOOR, reference * (1 - drift))),
    order.side
  )
  if (buying ? reference > order.limitPrice : reference < order.limitPrice) {
    return noMatch(notMarketable(buying, reference, order.limitPrice), worsened, bps)
  }
  const ratio = fillRatio(model, quote.liquidity)
  const probability = fillProbability(model, quote.liquidity, order.side)
  const qty = shares(Math.floor(order.qty * ratio * probability + 1e-6))
  if (qty < 1) return noMatch(noLiquidity, worsened, bps)
  return {
    price: worsened,
    qty,
    fillRatio: ratio * probability,
    fillProbability: probability,
    slippageBps: bps,
    reason: null
  }
}

/** What the exchange demands of any order in a market; null where it is not known. Micro-units. */
export interface VenueRules {
  readonly tickSize: Price | null
  readonly minOrderSize: Shares | null
}

/**
 * Why the exchange would refuse the order outright, or null. A taking order must be worth a USDC; a resting one must
 * have the market's minimum size and lie on its tick grid.
 */
export const venueRefusal = (
  order: { readonly limitPrice: Price; readonly qty: Shares; readonly resting: boolean },
  rules: VenueRules
): Rejection | null => {
  const { limitPrice, qty, resting } = order
  if (qty < LOT) return { code: "below minimum size", by: "venue", value: qty, limit: LOT }
  if (!resting) {
    const value = notionalOf(limitPrice, qty)
    return value < MIN_TAKER_NOTIONAL
      ? { code: "below minimum notional", by: "venue", value, limit: MIN_TAKER_NOTIONAL }
      : null
  }
  const { minOrderSize, tickSize: tick } = rules
  if (minOrderSize !== null && qty < minOrderSize) {
    return { code: "below minimum size", by: "venue", value: qty, limit: minOrderSize }
  }
  if (tick !== null && tick > 0) {
    const terms = { by: "venue", value: limitPrice, limit: tick } as const
    if (limitPrice % tick !== 0) return { code: "price not on tick", ...terms }
    if (limitPrice < tick || limitPrice > MICRO - tick) return { code: "price outside", ...terms }
  }
  return null
}
