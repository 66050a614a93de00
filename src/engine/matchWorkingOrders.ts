import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type StoreError, type VenueUnavailable } from "../domain/errors.ts"
import { type Order } from "../domain/Order.ts"
import { type Micros } from "../domain/units.ts"
import { Executors } from "../ports/Executor.ts"
import { MarketRepo } from "../ports/MarketRepo.ts"
import { TradeRepo } from "../ports/TradeRepo.ts"
import { nowUs } from "./now.ts"
import { type Settlement, settlePositions } from "./settlePositions.ts"

/** A resting order that later data changed. */
export interface WorkedOrder {
  readonly order: Order
  /** What this pass filled, micro-shares. */
  readonly filled: Micros
}

export interface WorkReport {
  readonly orders: ReadonlyArray<WorkedOrder>
  readonly settlements: ReadonlyArray<Settlement>
}

/**
 * Brings paper trading up to the newest data: resting orders that it crosses fill, those whose market closed expire,
 * positions in resolved markets are paid out. Called after every ingest and before reports; calling it again without
 * newer data changes nothing. The kill switch stops new orders only, so it does not stop this.
 */
export const matchWorkingOrders: Effect.Effect<
  WorkReport,
  StoreError | VenueUnavailable,
  TradeRepo | Executors | MarketRepo
> = Effect.gen(function* () {
  const repo = yield* TradeRepo
  const { paper } = yield* Executors
  const working = yield* repo.orders({ limit: Number.MAX_SAFE_INTEGER, status: "working", strategy: null })
  const atUs = yield* nowUs
  const resting = working.filter((order) => order.mode === "paper")
  const markets = yield* MarketRepo
  const known = yield* markets.findAll([...new Set(resting.map(({ marketId }) => marketId))])
  const updates = yield* paper.refresh(resting, { atUs, market: (id) => known.get(id) })
  const orders: Array<WorkedOrder> = []
  for (const { fills, order, reason, status } of updates) {
    const updated = yield* repo.apply({ orderId: order.id, fills, status, reason, atUs })
    if (Option.isNone(updated)) continue
    const filled = updated.value.filledQty - order.filledQty
    if (filled !== 0 || status === "expired") orders.push({ order: updated.value, filled })
  }
  return { orders, settlements: yield* settlePositions }
})
