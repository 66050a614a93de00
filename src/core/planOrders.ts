import { type OrderWish, type RouteRequest } from "../domain/Execution.ts"
import { type StrategyId, type MarketId, type Token } from "../domain/ids.ts"
import { type OrderRequest } from "../domain/Order.ts"
import { type Micros } from "../domain/units.ts"
import { placeable, type PlacedLeg } from "./legs.ts"
import { LOT } from "./matching.ts"
import { positionKey } from "./portfolio.ts"

/** An order as it will be sent. `short`: it would sell more than is held. */
export interface PlannedOrder {
  readonly request: OrderRequest
  readonly signalId: number | null
  readonly short: boolean
}

/** Shares that are free to sell: held, less what resting sales will take. Micro-shares. */
export type FreeShares = (strategy: StrategyId, marketId: MarketId, token: Token) => Micros

const requestOf = (wish: OrderWish, placed: PlacedLeg, converted: boolean): OrderRequest => ({
  strategy: wish.strategy,
  marketId: wish.marketId,
  eventId: wish.eventId,
  token: placed.token,
  side: placed.side,
  action: placed.reduces ? "close" : "open",
  limitPrice: placed.limitPrice,
  // The exchange takes sizes in hundredths of a share; what is held may be given back to the last unit.
  qty: placed.reduces || !converted ? placed.qty : Math.floor(placed.qty / LOT) * LOT,
  tif: wish.tif
})

/**
 * Wishes as orders that the exchange can take, given what is held now. A purchase against a short (the original could
 * hold one) closes it; a sale gives back what is held, and what it lacks is bought as the other outcome or refused.
 */
export const planOrders = (
  { shortage, wishes }: Pick<RouteRequest, "wishes" | "shortage">,
  freeShares: FreeShares
): ReadonlyArray<PlannedOrder> => {
  const left = new Map<string, Micros>()
  return wishes.flatMap((wish): ReadonlyArray<PlannedOrder> => {
    const { signalId } = wish
    const key = positionKey(wish)
    const held = left.get(key) ?? freeShares(wish.strategy, wish.marketId, wish.token)
    if (wish.side === "buy") {
      const reduces = held < 0 && wish.qty <= -held
      if (reduces) left.set(key, held + wish.qty)
      const placed: PlacedLeg = { ...wish, reduces }
      return [{ request: requestOf(wish, placed, shortage === "buy_other"), signalId, short: false }]
    }
    left.set(key, held - Math.min(wish.qty, Math.max(0, held)))
    if (shortage === "refuse") {
      const request = requestOf(wish, { ...wish, reduces: true }, false)
      return [{ request, signalId, short: wish.qty > held }]
    }
    return placeable(wish, held).map((placed) => ({ request: requestOf(wish, placed, true), signalId, short: false }))
  })
}
