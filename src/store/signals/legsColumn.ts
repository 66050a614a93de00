import { StoreError } from "../../domain/errors.ts"
import { type LegRole, type OrderIntent, plainIntent } from "../../domain/OrderIntent.ts"
import { type SignalColumns } from "./decode.ts"
import { price, shares } from "../../domain/units.ts"

/*
 * The column `legs_json`: a list of [role, market id, token, side, limit, quantity], limits in micro-USDC per share and
 * quantities in micro-shares. NULL: the one plain order that the other columns describe, which is what most rows are.
 */

const isRole = (value: unknown): value is LegRole =>
  value === "primary" || value === "hedge" || value === "sell_leg" || value === "leg"

const isPlain = (legs: ReadonlyArray<OrderIntent>, columns: SignalColumns): boolean => {
  const [leg] = legs
  if (legs.length !== 1 || leg === undefined) return false
  const plain = plainIntent(columns)
  return (
    leg.role === plain.role &&
    leg.marketId === plain.marketId &&
    leg.token === plain.token &&
    leg.side === plain.side &&
    leg.limitPrice === plain.limitPrice &&
    leg.qty === plain.qty
  )
}

/** What is stored of a signal's orders. */
export const legsText = (legs: ReadonlyArray<OrderIntent>, columns: SignalColumns): string | null =>
  isPlain(legs, columns)
    ? null
    : JSON.stringify(legs.map((leg) => [leg.role, leg.marketId, leg.token, leg.side, leg.limitPrice, leg.qty]))

const legOf = (value: unknown): OrderIntent | null => {
  if (!Array.isArray(value)) return null
  const [role, marketId, token, side, limitPrice, qty]: ReadonlyArray<unknown> = value
  return isRole(role) &&
    typeof marketId === "string" &&
    (token === "YES" || token === "NO") &&
    (side === "buy" || side === "sell") &&
    typeof limitPrice === "number" &&
    typeof qty === "number"
    ? { role, marketId, token, side, limitPrice: price(limitPrice), qty: shares(qty) }
    : null
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // Refused below, as any text that is no list of orders.
    return null
  }
}

/** Reads the column. Throws a StoreError where it is no list of orders: half of a package must not trade. */
export const legsOf = (
  text: string | null,
  columns: SignalColumns & { readonly id: number }
): ReadonlyArray<OrderIntent> => {
  if (text === null) return [plainIntent(columns)]
  const value = parsed(text)
  const listed: ReadonlyArray<unknown> = Array.isArray(value) ? value : []
  const legs: Array<OrderIntent> = []
  for (const one of listed) {
    const leg = legOf(one)
    if (leg !== null) legs.push(leg)
  }
  if (legs.length === 0 || legs.length < listed.length) {
    throw new StoreError({
      operation: "read signals",
      detail: `legs_json of signal ${columns.id} is no list of orders`
    })
  }
  return legs
}
