import { type FeeSchedule } from "../../domain/Market.ts"
import { BPS, MICRO, type Price, type Shares, type Usdc, usdc } from "../../domain/units.ts"

/** `venue`: the market's own schedule where known, else `bps`. */
export interface FeeModel {
  readonly kind: "venue" | "bps" | "none"
  readonly bps: number
}

/** The exchange floors fees to five decimals of a USDC: ten micro-units. */
const FEE_STEP = 10
/** Half a billionth of a step: undoes binary noise, so that an exact 0.175 does not floor to 0.17499. */
const NOISE = 1e-7

/**
 * Taker fee in micro-USDC: shares * rate * (price * (1 - price))^exponent, floored to five decimals.
 * Source: the exchange's fee documentation; the flooring matches all 21 recorded on-chain fees.
 */
export const venueFee = (schedule: FeeSchedule, price: Price, qty: Shares): Usdc => {
  const p = price / MICRO
  const curve = schedule.exponent === 1 ? p * (1 - p) : Math.pow(p * (1 - p), schedule.exponent)
  return usdc(Math.floor((qty * schedule.rate * curve) / FEE_STEP + NOISE) * FEE_STEP)
}

/** The highest fee that a resting order can pay when it fills, micro-USDC: its market's own, unless only takers pay. */
export const makerFee = (schedule: FeeSchedule | null, price: Price, qty: Shares): Usdc =>
  schedule === null || schedule.takerOnly ? usdc(0) : venueFee(schedule, price, qty)

/** Fee of a taker fill in micro-USDC. */
export const takerFee = (model: FeeModel, schedule: FeeSchedule | null, price: Price, qty: Shares): Usdc => {
  if (model.kind === "none") return usdc(0)
  if (model.kind === "venue" && schedule !== null) return venueFee(schedule, price, qty)
  return usdc(Math.round(((price * qty) / MICRO) * (Math.max(0, model.bps) / BPS)))
}
