import { type Side, type Token } from "../domain/ids.ts"
import { BPS, type Micros, MICRO } from "../domain/units.ts"
import { type FillModel, fillProbability, fillRatio, slippageBps } from "./fillModel.ts"
import { notionalOf } from "./portfolio.ts"
import { type MarketQuote, oppositePrice } from "./quote.ts"

/** Sizes on the exchange have two decimals: 0.01 share. */
export const LOT: Micros = 10_000
/** An order that takes liquidity must be worth at least one USDC. */
export const MIN_TAKER_NOTIONAL: Micros = MICRO

/** Greatest and least price of a snapshot fill, as in the original. */
const CEILING: Micros = 990_000
const FLOOR: Micros = 10_000

/** An order as matching sees it: price in micro-USDC per share, quantity in micro-shares. */
export interface MatchableOrder {
  readonly token: Token
  readonly side: Side
  readonly limitPrice: Micros
  readonly qty: Micros
}

/** What the market would have done. `qty` 0: nothing filled, and `reason` says why. */
export interface Match {
  readonly price: Micros
  readonly qty: Micros
  readonly fillRatio: number
  readonly fillProbability: number
  readonly slippageBps: number
  readonly reason: string
}

export const NO_MARKET_DATA = "no market data at or before signal time"
export const NO_LIQUIDITY = "no executable liquidity"

/** Texts of whole hundreds of micro-units, made when they are first printed. */
const decimals: Array<string | undefined> = []
const HUNDRED: Micros = 100
/** Nearer than this to a tie (of 1e-4 USDC), binary noise decides how `toFixed` rounds. */
const NEAR_TIE = 1e-6

/** `toFixed(4)` of the price in USDC: a replay prints two for every order that finds nobody. */
const decimals4 = (price: Micros): string => {
  const hundreds = price / HUNDRED
  const whole = Math.floor(hundreds)
  const rest = hundreds - whole
  if (!(price >= 0 && price <= MICRO) || Math.abs(rest - 0.5) < NEAR_TIE) return (price / MICRO).toFixed(4)
  const nearest = rest < 0.5 ? whole : whole + 1
  return (decimals[nearest] ??= ((nearest * HUNDRED) / MICRO).toFixed(4))
}

const noMatch = (reason: string, price: Micros, bps: number): Match => ({
  price,
  qty: 0,
  fillRatio: 0,
  fillProbability: 0,
  slippageBps: bps,
  reason
})

/** Rounds a price to whole micro-units against the trader, so that rounding never earns anything. */
const against = (price: Micros, side: Side): Micros =>
  side === "buy" ? Math.ceil(price - 1e-6) : Math.floor(price + 1e-6)

/**
 * Decides a fill from a snapshot: the snapshot model of the simulated venue, used by paper trading and backtests alike.
 * The order trades at the market's opposite price, worsened by slippage, and only if that price is within its limit
 * (which is widened by the same slippage, so that slippage alone never refuses an order). It never fills at a price
 * better than the quote, and never at the wish.
 */
export const matchSnapshot = (order: MatchableOrder, quote: MarketQuote | null, model: FillModel): Match => {
  if (quote === null) return noMatch(NO_MARKET_DATA, 0, model.slippageBps)
  const bps = slippageBps(model, quote)
  const reference = oppositePrice(quote, order.token, order.side)
  const buying = order.side === "buy"
  if (reference === null) return noMatch(buying ? "not marketable: no ask" : "not marketable: no bid", 0, bps)
  const drift = bps / BPS
  const limit = order.limitPrice * (buying ? 1 + drift : 1 - drift)
  const price = against(
    buying
      ? Math.max(reference, Math.min(CEILING, reference * (1 + drift)))
      : Math.min(reference, Math.max(FLOOR, reference * (1 - drift))),
    order.side
  )
  if (buying ? reference > order.limitPrice : reference < order.limitPrice) {
    const shown = `${buying ? "ask" : "bid"} ${decimals4(reference)} ${buying ? ">" : "<"} limit ${decimals4(limit)}`
    return noMatch(`not marketable: ${shown}`, price, bps)
  }
  const ratio = fillRatio(model, quote.liquidity)
  const probability = fillProbability(model, quote.liquidity, order.side)
  const qty = Math.floor(order.qty * ratio * probability + 1e-6)
  if (qty < 1) return noMatch(NO_LIQUIDITY, price, bps)
  return { price, qty, fillRatio: ratio * probability, fillProbability: probability, slippageBps: bps, reason: "ok" }
}

/** What the exchange demands of any order in a market; null where it is not known. Micro-units. */
export interface VenueRules {
  readonly tickSize: Micros | null
  readonly minOrderSize: Micros | null
}

/**
 * Why the exchange would refuse the order outright, or null. A taking order must be worth a USDC; a resting one must
 * have the market's minimum size and lie on its tick grid.
 */
export const venueRefusal = (
  order: { readonly limitPrice: Micros; readonly qty: Micros; readonly resting: boolean },
  rules: VenueRules
): string | null => {
  if (order.qty < LOT) return `below minimum size: ${(order.qty / MICRO).toFixed(2)} < 0.01`
  if (!order.resting) {
    const notional = notionalOf(order.limitPrice, order.qty)
    return notional < MIN_TAKER_NOTIONAL
      ? `below minimum notional: ${(notional / MICRO).toFixed(2)} < ${(MIN_TAKER_NOTIONAL / MICRO).toFixed(2)}`
      : null
  }
  if (rules.minOrderSize !== null && order.qty < rules.minOrderSize) {
    return `below minimum size: ${(order.qty / MICRO).toFixed(2)} < ${(rules.minOrderSize / MICRO).toFixed(2)}`
  }
  if (rules.tickSize !== null && rules.tickSize > 0) {
    const tick = rules.tickSize
    if (order.limitPrice % tick !== 0) {
      return `price not on tick: ${order.limitPrice / MICRO} is no multiple of ${tick / MICRO}`
    }
    if (order.limitPrice < tick || order.limitPrice > MICRO - tick) {
      return `price outside ${tick / MICRO}..${(MICRO - tick) / MICRO}: ${order.limitPrice / MICRO}`
    }
  }
  return null
}
