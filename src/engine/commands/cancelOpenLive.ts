import * as Effect from "effect/Effect"
import { type OrderId } from "../../domain/ids.ts"
import { type StoreError } from "../../domain/errors.ts"
import { isWorking } from "../../domain/Order.ts"
import { LiveOrderRepo } from "../../ports/LiveOrderRepo.ts"
import { type LiveVenue } from "../../ports/LiveVenue.ts"
import { type MarketRepo } from "../../ports/MarketRepo.ts"
import { type VenueSync } from "../../ports/VenueSync.ts"
import { liveCancel } from "./liveCancel.ts"

export interface CancelOpenReport {
  readonly canceled: ReadonlyArray<number>
  /** Orders that the exchange did not let go of, or that filled meanwhile, with what was said. */
  readonly failed: ReadonlyArray<{ readonly orderId: OrderId; readonly reason: string }>
}

/** Cancels every working live order of this database; paper orders risk no money and stay. */
export const cancelOpenLive: Effect.Effect<
  CancelOpenReport,
  StoreError,
  LiveOrderRepo | LiveVenue | MarketRepo | VenueSync
> = Effect.gen(function* () {
  const repo = yield* LiveOrderRepo
  const before = (yield* repo.tracked).filter(({ order }) => isWorking(order.status))
  if (before.length === 0) return { canceled: [], failed: [] }
  const said = new Map<string, string>()
  const failedAll = ({ message }: { readonly message: string }) =>
    Effect.sync(() => {
      for (const { hash } of before) said.set(hash, message)
    })
  yield* liveCancel({ _tag: "own" }).pipe(
    Effect.map(({ orders }) => {
      for (const { hash, reason } of orders) if (reason !== null) said.set(hash, reason)
    }),
    Effect.catchTags({ VenueUnavailable: failedAll, InputError: failedAll, NotFound: failedAll })
  )
  const now = yield* repo.byHash(before.map(({ hash }) => hash))
  const ended = before.map((order) => now.get(order.hash) ?? order)
  const canceled = ended.filter(({ order }) => order.status === "canceled").map(({ order }) => order.id)
  const failed = ended
    .filter(({ order }) => order.status !== "canceled")
    .map(({ hash, order }) => ({ orderId: order.id, reason: said.get(hash) ?? `it is ${order.status}` }))
  return { canceled, failed }
})
