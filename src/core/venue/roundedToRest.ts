import { type PlannedOrder } from "../../domain/OrderPackage.ts"
import { type Price, price, shares } from "../../domain/units.ts"
import { type MarketLookup } from "./expectOrders.ts"
import { LOT } from "./matching.ts"

const onTick = (limit: Price, tick: Price, buying: boolean): Price =>
  price((buying ? Math.floor(limit / tick) : Math.ceil(limit / tick)) * tick)

/**
 * An order of a signal as it can rest: its limit on the market's tick and its quantity in whole lots, never at a worse
 * price or for more shares. An immediate order needs neither.
 */
export const roundedToRest = (planned: PlannedOrder, find: MarketLookup): PlannedOrder => {
  const { request } = planned
  if (request.tif !== "gtc") return planned
  const tick = find(request.marketId)?.rules.tickSize ?? null
  const limitPrice =
    tick === null || tick <= 0 ? request.limitPrice : onTick(request.limitPrice, tick, request.side === "buy")
  const qty = request.action === "close" ? request.qty : shares(Math.floor(request.qty / LOT) * LOT)
  return limitPrice === request.limitPrice && qty === request.qty
    ? planned
    : { ...planned, request: { ...request, limitPrice, qty } }
}
