import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { type StoreError } from "../domain/errors.ts"
import { type Executors } from "../ports/Executor.ts"
import { TradeRepo } from "../ports/TradeRepo.ts"
import { cancelOrder } from "./cancelOrder.ts"

export interface CancelOpenReport {
  readonly canceled: ReadonlyArray<number>
  /** Orders that the venue did not let go of, or that ended by themselves meanwhile, with what was said. */
  readonly failed: ReadonlyArray<{ readonly orderId: number; readonly reason: string }>
}

/** Cancels every open live order; paper orders are nobody's risk and stay. One that fails stops no other. */
export const cancelOpenLive: Effect.Effect<CancelOpenReport, StoreError, TradeRepo | Executors> = Effect.gen(
  function* () {
    const repo = yield* TradeRepo
    const working = yield* repo.orders({ limit: Number.MAX_SAFE_INTEGER, status: "working", strategy: null })
    const live = working.filter((order) => order.mode === "live")
    const canceled: Array<number> = []
    const failed: Array<CancelOpenReport["failed"][number]> = []
    for (const { id } of live) {
      const refused = (error: { readonly message: string }) => Effect.succeed(Either.left(error.message))
      const outcome = yield* cancelOrder(id).pipe(
        Effect.map(Either.right),
        Effect.catchTags({ InputError: refused, NotFound: refused, VenueUnavailable: refused })
      )
      if (Either.isRight(outcome)) canceled.push(id)
      else failed.push({ orderId: id, reason: outcome.left })
    }
    return { canceled, failed }
  }
)
