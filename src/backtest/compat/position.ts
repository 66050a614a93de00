import { MICRO, type MicroUnits } from "../../domain/units.ts"

/** Below this (1e-9 share) a quantity is nothing. */
const DUST: MicroUnits = 1e-3

/** Price times quantity in micro-USDC, with its fraction: the original rounds no amount. */
export const notionalOf = (price: MicroUnits, qty: MicroUnits): MicroUnits => (price * qty) / MICRO

/** A position that its account changes in place. Below zero: the original sells what it does not hold. */
export interface Position {
  qty: MicroUnits
  cost: MicroUnits
  realized: MicroUnits
}

/** What one fill did to its position. */
export interface FillEffect {
  /** Change of realized PnL, fee taken off, micro-USDC. */
  readonly realizedChange: MicroUnits
  /** Quantity that was closed, micro-shares; 0 when the fill only opened. */
  readonly closedQty: MicroUnits
}

/**
 * Folds a signed fill (`delta` > 0 buys) into a position. In the direction of the position it adds to the cost; against
 * it, the closed part realizes `closed * (price - average) * sign`, and what crosses zero stays at the fill's price.
 */
export const applyFill = (position: Position, delta: MicroUnits, price: MicroUnits, fee: MicroUnits): FillEffect => {
  const before = position.qty
  const direction = delta > 0 ? 1 : -1
  const notional = notionalOf(price, Math.abs(delta))
  let realizedChange = -fee
  let closedQty = 0
  if (before === 0 || before > 0 === delta > 0) {
    position.qty = before + delta
    position.cost += direction * notional
  } else {
    closedQty = Math.min(Math.abs(delta), Math.abs(before))
    const sign = before > 0 ? 1 : -1
    const closedCost = closedQty === Math.abs(before) ? position.cost : (position.cost * closedQty) / Math.abs(before)
    const rest = delta + sign * closedQty
    const closedNotional = rest === 0 ? notional : notionalOf(price, closedQty)
    realizedChange += sign * closedNotional - closedCost
    position.qty = before - sign * closedQty + rest
    position.cost = position.cost - closedCost + direction * (notional - closedNotional)
  }
  if (Math.abs(position.qty) < DUST) {
    position.qty = 0
    position.cost = 0
  }
  position.realized += realizedChange
  return { realizedChange, closedQty }
}
