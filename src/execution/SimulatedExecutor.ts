import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AppConfig } from "../config/AppConfig.ts"
import { fillModelOf } from "../core/fillModel.ts"
import { type VenueModel } from "../core/simulatedVenue.ts"
import {
  assessOrders,
  estimateOf,
  executeOrders,
  updateOrder,
  type VenueLookup,
  venueMarketOf
} from "../core/snapshotVenue.ts"
import { type OrderRequest } from "../domain/Order.ts"
import { type ExecutionContext, Executor, type ExecutorShape } from "../ports/Executor.ts"

const lookupIn =
  ({ market }: Pick<ExecutionContext, "market">): VenueLookup =>
  (marketId) => {
    const known = market(marketId)
    return known === undefined ? undefined : venueMarketOf(known)
  }

/** The simulated venue of paper trading and of backtests: orders meet what the market showed last (core/snapshotVenue). */
export const simulatedExecutor = (model: VenueModel): ExecutorShape => {
  const assess = (orders: ReadonlyArray<OrderRequest>, context: ExecutionContext) =>
    assessOrders(orders, lookupIn(context), model, context.strictLimit)
  return {
    atomic: true,
    estimate: (orders, context) =>
      Effect.sync(() => assess(orders, context).map((seen) => estimateOf(seen, context.atUs))),
    submit: (orders, context) => Effect.sync(() => executeOrders(assess(orders, context), context.atUs)),
    refresh: (orders, context) =>
      Effect.sync(() => {
        const lookup = lookupIn(context)
        return orders.flatMap((order) => {
          const update = updateOrder(order, lookup(order.marketId), model, context.atUs)
          return update === null ? [] : [update]
        })
      }),
    cancel: () => Effect.succeedNone
  }
}

export const layer: Layer.Layer<Executor, never, AppConfig> = Layer.effect(
  Executor,
  Effect.map(AppConfig, ({ execution }) =>
    Executor.of(
      simulatedExecutor({
        fills: fillModelOf(execution),
        fees: { kind: execution.fees, bps: execution.fee_bps }
      })
    )
  )
)
