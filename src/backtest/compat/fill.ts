import { type FillModel, fillProbability, fillRatio, slippageBps } from "../../core/venue/fillModel.ts"
import { noLiquidity, noMarketDataYet, type Rejection } from "../../domain/rejection.ts"
import { BPS, clamp, type MicroUnits } from "../../domain/units.ts"
import { type OriginalOrder } from "./order.ts"
import { notionalOf } from "./position.ts"
import { type OriginalQuote } from "./quotes.ts"

/** Greatest and least price of a fill. */
const CEILING: MicroUnits = 990_000
const FLOOR: MicroUnits = 10_000
/** Expected shares up to this are no fill (1e-12 share). */
const NO_FILL: MicroUnits = 1e-6

/** What becomes of an order if it may go. `qty` 0: nothing fills, and `reason` says why; null otherwise. */
export interface OriginalFill {
  readonly price: MicroUnits
  readonly qty: MicroUnits
  readonly fillRatio: number
  readonly fillProbability: number
  readonly slippageBps: number
  readonly reason: Rejection | null
}

const noFill = (reason: Rejection, price: MicroUnits, bps: number): OriginalFill => ({
  price,
  qty: 0,
  fillRatio: 0,
  fillProbability: 0,
  slippageBps: bps,
  reason
})

/**
 * The fill happens at the order's own price with slippage, whatever the market says; the newest snapshot only scales the
 * quantity and the slippage. Keeps fractions of a micro-unit.
 */
export const fillAtTarget = (
  order: OriginalOrder,
  quote: Pick<OriginalQuote, "yes" | "no" | "liquidity"> | null,
  model: FillModel
): OriginalFill => {
  const bps = slippageBps(model, quote)
  const drift = bps / BPS
  const base = clamp(order.limitPrice, FLOOR, CEILING)
  const price = order.side === "buy" ? Math.min(CEILING, base * (1 + drift)) : Math.max(FLOOR, base * (1 - drift))
  if (quote === null) return noFill(noMarketDataYet, price, bps)
  const ratio = fillRatio(model, quote.liquidity)
  const probability = fillProbability(model, quote.liquidity, order.side)
  const qty = order.qty * ratio * probability
  if (qty <= NO_FILL) return noFill(noLiquidity, price, bps)
  return { price, qty, fillRatio: ratio * probability, fillProbability: probability, slippageBps: bps, reason: null }
}

/** Fee of a fill in micro-USDC: the original knows one rate for all markets. */
export const feeOf = (price: MicroUnits, qty: MicroUnits, feeBps: number): MicroUnits =>
  notionalOf(price, qty) * (Math.max(0, feeBps) / BPS)
