import { type NewFill } from "../../domain/Fill.ts"
import { type Position } from "../../domain/Position.ts"
import { MICRO, type Price, price, type Shares, shares, type Usdc, usdc } from "../../domain/units.ts"

/** Price times quantity in micro-USDC, rounded to the nearest unit, so that every sum is exact. */
export const notionalOf = (price: Price, qty: Shares): Usdc => usdc(Math.round((price * qty) / MICRO))

/** A position that one owner may change in place; the fold below is the only code that does. */
export interface MutablePosition {
  qty: Shares
  cost: Usdc
  realized: Usdc
}

export const emptyPosition = (): MutablePosition => ({ qty: shares(0), cost: usdc(0), realized: usdc(0) })

/** What one fill did to its position. */
export interface FillEffect {
  /** Change of realized PnL, fee taken off, micro-USDC. */
  readonly realizedChange: Usdc
  /** Quantity that was closed, micro-shares; 0 when the fill only opened. */
  readonly closedQty: Shares
}

/**
 * Folds a signed fill (`delta` > 0 buys) into a position. In the direction of the position it adds to the cost; against
 * it, the closed part realizes `closed * (price - average) * sign`, and what crosses zero stays at the fill's price.
 * Source: spec 03-store, "Average price and realized PnL".
 */
export const applyFill = (position: MutablePosition, delta: Shares, price: Price, fee: Usdc): FillEffect => {
  const before = position.qty
  const direction = delta > 0 ? 1 : -1
  // Rounded once and for the whole fill, as the cash that moves is: a half unit rounds away from zero on both sides.
  const notional = notionalOf(price, shares(Math.abs(delta)))
  let realizedChange = -fee
  let closedQty = 0
  if (before === 0 || before > 0 === delta > 0) {
    position.qty = shares(before + delta)
    position.cost = usdc(position.cost + direction * notional)
  } else {
    closedQty = Math.min(Math.abs(delta), Math.abs(before))
    const sign = before > 0 ? 1 : -1
    const closedCost =
      closedQty === Math.abs(before) ? position.cost : Math.round((position.cost * closedQty) / Math.abs(before))
    const rest = delta + sign * closedQty
    const closedNotional = rest === 0 ? notional : notionalOf(price, shares(closedQty))
    realizedChange += sign * closedNotional - closedCost
    position.qty = shares(before - sign * closedQty + rest)
    position.cost = usdc(position.cost - closedCost + direction * (notional - closedNotional))
  }
  if (Math.abs(position.qty) < 0.5) {
    position.qty = shares(0)
    position.cost = usdc(0)
  }
  position.realized = usdc(position.realized + realizedChange)
  return { realizedChange: usdc(realizedChange), closedQty: shares(closedQty) }
}

/** Average price in micro-USDC per share; 0 when nothing is held. */
export const averagePrice = (position: Pick<Position, "qty" | "cost">): Price =>
  position.qty === 0 ? price(0) : price((position.cost * MICRO) / position.qty)

/** The key of a position: (strategy, market, token). */
export const positionKey = (key: Pick<Position, "strategy" | "marketId" | "token">): string =>
  `${key.strategy}\u0000${key.marketId}\u0000${key.token}`

/** Positions rebuilt from fills, oldest first, with each fill's realized change. Store and doctor compare with this. */
export const foldFills = (
  fills: Iterable<NewFill>
): { readonly positions: ReadonlyMap<string, Position>; readonly realizedChanges: ReadonlyArray<Usdc> } => {
  const states = new Map<string, { readonly of: NewFill; readonly state: MutablePosition }>()
  const realizedChanges: Array<Usdc> = []
  for (const fill of fills) {
    const key = positionKey(fill)
    let entry = states.get(key)
    if (entry === undefined) {
      entry = { of: fill, state: emptyPosition() }
      states.set(key, entry)
    }
    const delta = fill.side === "buy" ? fill.qty : -fill.qty
    realizedChanges.push(applyFill(entry.state, shares(delta), fill.price, fill.fee).realizedChange)
  }
  const positions = new Map<string, Position>()
  for (const [key, { of, state }] of states) {
    positions.set(key, {
      strategy: of.strategy,
      marketId: of.marketId,
      eventId: of.eventId,
      token: of.token,
      ...state
    })
  }
  return { positions, realizedChanges }
}
