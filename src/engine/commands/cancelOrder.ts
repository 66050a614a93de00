import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { InputError, NotFound, type StoreError, type VenueUnavailable } from "../../domain/errors.ts"
import { isWorking, type Order } from "../../domain/Order.ts"
import { canceledByHand } from "../../domain/rejection.ts"
import { Executors } from "../../ports/Executor.ts"
import { TradeRepo } from "../../ports/TradeRepo.ts"
import { nowUs } from "../now.ts"

const notWorking = (order: Order) =>
  new InputError({ field: "--order-id", problem: `order ${order.id} is already ${order.status}` })

/**
 * Takes a resting order off the venue; works whatever the kill switch says. Gives the order as it ended: a live one may
 * have filled before the cancel came.
 */
export const cancelOrder = (
  id: number
): Effect.Effect<Order, StoreError | InputError | NotFound | VenueUnavailable, TradeRepo | Executors> =>
  Effect.gen(function* () {
    const repo = yield* TradeRepo
    const executors = yield* Executors
    const find = Effect.flatMap(
      repo.findOrder(id),
      Option.match({
        onNone: () => Effect.fail(new NotFound({ what: "order", id: String(id) })),
        onSome: (order) => Effect.succeed(order)
      })
    )
    const order = yield* find
    if (!isWorking(order.status)) return yield* notWorking(order)
    const { exchange } = executors[order.mode]
    const atVenue = exchange === null ? Option.none() : yield* exchange.cancel(order)
    if (Option.isSome(atVenue)) return atVenue.value.order
    const atUs = yield* nowUs
    const ended = yield* repo.apply({ orderId: id, fills: [], status: "canceled", reason: canceledByHand, atUs })
    if (Option.isSome(ended)) return ended.value
    // A fill or another cancel was faster: the error says how the order stands now.
    return yield* notWorking(yield* find)
  })
