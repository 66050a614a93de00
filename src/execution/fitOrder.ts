import { fromMicros, MICRO, type Price, price, shares } from "../domain/units.ts"
import { type OrderRequest } from "../domain/Order.ts"
import { type LiveOrderType, type VenueRules } from "../domain/LiveOrder.ts"
import { lotSize, roundToLot } from "../polymarket/amounts.ts"

/** The exchange's name for an order's time in force: an immediate one may fill in part. */
export const orderTypeOf = ({ tif }: Pick<OrderRequest, "tif">): LiveOrderType => (tif === "ioc" ? "FAK" : "GTC")

/** On the tick grid and no worse than the limit: a buy down, a sale up. */
const toTick = (side: OrderRequest["side"], limit: Price, tick: Price): Price =>
  price((side === "buy" ? Math.floor(limit / tick) : Math.ceil(limit / tick)) * tick)

/**
 * The order that the exchange can take nearest to what a signal asks for: its price on the tick grid, never worse than the limit,
 * its quantity whole lots, never more. What rounding would turn into nothing is refused. Orders that a person typed are not
 * rounded: they are signed as they are, or refused.
 */
export const fitOrder = (
  order: OrderRequest,
  rules: Pick<VenueRules, "tick">
): { readonly order: OrderRequest } | { readonly refused: string } => {
  const { qty, side } = order
  const limitPrice = toTick(side, order.limitPrice, rules.tick)
  if (limitPrice < rules.tick || limitPrice > MICRO - rules.tick) {
    return { refused: `price ${fromMicros(order.limitPrice)} rounds out of the market's range by its tick` }
  }
  const sized = lotSize({ side, orderType: orderTypeOf(order), price: limitPrice, tick: rules.tick })
  if ("refused" in sized) return { refused: sized.refused.detail }
  const whole = roundToLot(qty, sized.lot)
  return whole === 0
    ? {
        refused: `${fromMicros(qty)} shares are less than the lot of ${fromMicros(sized.lot)} at ${fromMicros(limitPrice)}`
      }
    : { order: { ...order, limitPrice, qty: shares(whole) } }
}
