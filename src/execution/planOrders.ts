import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { placeable, type PlacedLeg } from "../core/legs.ts"
import { LOT } from "../core/matching.ts"
import { positionKey } from "../core/portfolio.ts"
import { type Order, type OrderRequest } from "../domain/Order.ts"
import { type Position } from "../domain/Position.ts"
import { type Micros } from "../domain/units.ts"
import { type OrderWish, type RouteRequest } from "../ports/ExecutionRouter.ts"
import { type TradeRepo } from "../ports/TradeRepo.ts"

/** An order as it will be sent. `short`: it would sell more than is held. */
export interface PlannedOrder {
  readonly request: OrderRequest
  readonly signalId: number | null
  readonly short: boolean
}

export const SHORTAGE = "closing more than is held: there is no naked short, buy the other token instead"

/** Shares that are free to sell, by position key: held, less what resting sales will take. Micro-shares. */
export type Holdings = ReadonlyMap<string, Micros>

const holdingsOf = (positions: ReadonlyArray<Position>, working: ReadonlyArray<Order>): Holdings => {
  const free = new Map(positions.map((position) => [positionKey(position), position.qty]))
  for (const order of working) {
    if (order.action !== "close") continue
    const rest = order.qty - order.filledQty
    const key = positionKey(order)
    free.set(key, (free.get(key) ?? 0) + (order.side === "sell" ? -rest : rest))
  }
  return free
}

export const loadHoldings = (repo: Context.Tag.Service<TradeRepo>) =>
  Effect.gen(function* () {
    const positions = yield* repo.positions
    const working = yield* repo.orders({ limit: Number.MAX_SAFE_INTEGER, status: "working", strategy: null })
    return holdingsOf(positions, working)
  })

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
  holdings: Holdings
): ReadonlyArray<PlannedOrder> => {
  const free = new Map(holdings)
  return wishes.flatMap((wish): ReadonlyArray<PlannedOrder> => {
    const { signalId } = wish
    const key = positionKey(wish)
    const held = free.get(key) ?? 0
    if (wish.side === "buy") {
      const reduces = held < 0 && wish.qty <= -held
      if (reduces) free.set(key, held + wish.qty)
      const placed: PlacedLeg = { ...wish, reduces }
      return [{ request: requestOf(wish, placed, shortage === "buy_other"), signalId, short: false }]
    }
    free.set(key, held - Math.min(wish.qty, Math.max(0, held)))
    if (shortage === "refuse") {
      const request = requestOf(wish, { ...wish, reduces: true }, false)
      return [{ request, signalId, short: wish.qty > held }]
    }
    return placeable(wish, held).map((placed) => ({ request: requestOf(wish, placed, true), signalId, short: false }))
  })
}
