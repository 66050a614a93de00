import { type MarketId, type StrategyId, type Token } from "../domain/ids.ts"
import { type OrderRequest } from "../domain/Order.ts"
import { type OrderPackage, type PackageLeg, type PlannedOrder } from "../domain/OrderPackage.ts"
import { type Shares, shares } from "../domain/units.ts"
import { placeable, type PlacedLeg } from "./legs.ts"
import { LOT } from "./venue/matching.ts"
import { positionKey } from "./account/portfolio.ts"

/** Shares that are free to sell: held, less what other sales on their way will take. Micro-shares. */
export type FreeShares = (strategy: StrategyId, marketId: MarketId, token: Token) => Shares

/** One flat literal: a replay makes one for every order. */
const requestOf = (
  leg: PackageLeg,
  placed: Omit<PlacedLeg, "reduces">,
  reduces: boolean,
  converted: boolean
): OrderRequest => ({
  strategy: leg.strategy,
  marketId: leg.marketId,
  eventId: leg.eventId,
  token: placed.token,
  side: placed.side,
  action: reduces ? "close" : "open",
  limitPrice: placed.limitPrice,
  // The exchange takes sizes in hundredths of a share; what is held may be given back to the last unit.
  qty: shares(reduces || !converted ? placed.qty : Math.floor(placed.qty / LOT) * LOT),
  tif: leg.tif,
  rest: leg.rest ?? null
})

const planned = (
  { follows = false, role, signalId }: PackageLeg,
  request: OrderRequest,
  short: boolean
): PlannedOrder => ({
  request,
  role,
  signalId,
  short,
  follows
})

/** The shares that each leg finds free: an earlier sale of the same package leaves fewer to a later one. */
class FreeInPackage {
  private readonly left = new Map<string, Shares>()
  private readonly freeShares: FreeShares

  constructor(freeShares: FreeShares) {
    this.freeShares = freeShares
  }

  of(leg: PackageLeg): Shares {
    const left = this.left.size === 0 ? undefined : this.left.get(positionKey(leg))
    return left ?? this.freeShares(leg.strategy, leg.marketId, leg.token)
  }

  leave(leg: PackageLeg, free: Shares): void {
    this.left.set(positionKey(leg), free)
  }
}

const plannedBuy = (leg: PackageLeg, free: FreeInPackage | null, held: Shares, converted: boolean): PlannedOrder => {
  const reduces = held < 0 && leg.qty <= -held
  if (reduces) free?.leave(leg, shares(held + leg.qty))
  return planned(leg, requestOf(leg, leg, reduces, converted), false)
}

const plannedSales = (
  leg: PackageLeg,
  held: Shares,
  shortage: OrderPackage["shortage"]
): ReadonlyArray<PlannedOrder> => {
  if (shortage === "refuse") {
    return [planned(leg, requestOf(leg, leg, true, false), leg.qty > held)]
  }
  return placeable(leg, held).map((placed) => planned(leg, requestOf(leg, placed, placed.reduces, true), false))
}

/**
 * The legs of a package as orders that the exchange can take, given what is held now. A purchase against a short (the
 * original could hold one) closes it; a sale gives back what is held, and what it lacks is bought as the other outcome or
 * refused.
 */
export const planOrders = (
  { legs, shortage }: Pick<OrderPackage, "legs" | "shortage">,
  freeShares: FreeShares
): ReadonlyArray<PlannedOrder> => {
  const [only] = legs
  const converted = shortage === "buy_other"
  if (legs.length === 1 && only !== undefined) {
    const held = freeShares(only.strategy, only.marketId, only.token)
    return only.side === "buy" ? [plannedBuy(only, null, held, converted)] : plannedSales(only, held, shortage)
  }
  const free = new FreeInPackage(freeShares)
  const orders: Array<PlannedOrder> = []
  for (const leg of legs) {
    const held = free.of(leg)
    if (leg.side === "buy") orders.push(plannedBuy(leg, free, held, converted))
    else {
      free.leave(leg, shares(held - Math.min(leg.qty, Math.max(0, held))))
      orders.push(...plannedSales(leg, held, shortage))
    }
  }
  return orders
}
