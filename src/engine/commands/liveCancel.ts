import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { InputError, NotFound, type StoreError, type VenueUnavailable } from "../../domain/errors.ts"
import { type OrderHash } from "../../domain/LiveOrder.ts"
import { isWorking } from "../../domain/Order.ts"
import { type LiveOrder, LiveOrderRepo } from "../../ports/LiveOrderRepo.ts"
import { type CancelAnswer, LiveVenue } from "../../ports/LiveVenue.ts"
import { MarketRepo } from "../../ports/MarketRepo.ts"
import { type SyncReport, VenueSync } from "../../ports/VenueSync.ts"
import { nowUs } from "../now.ts"

/** Which live orders to take off the book. `own`: all that this database knows; `all`: every order of the account. */
export type CancelTarget =
  | { readonly _tag: "order"; readonly id: number }
  | { readonly _tag: "own" }
  | { readonly _tag: "all" }
  | { readonly _tag: "market"; readonly marketId: string }

/** One order of the exchange's answer. */
export interface CanceledOrder {
  readonly hash: OrderHash
  /** As it is stored now; null: this database does not know it. */
  readonly order: LiveOrder | null
  /** The exchange's own words when it did not cancel the order; null: it did. */
  readonly reason: string | null
}

export interface LiveCancelReport {
  readonly orders: ReadonlyArray<CanceledOrder>
  /** What a look afterwards brought: a cancel can lose the race against a fill. */
  readonly sync: SyncReport
}

const noOrders: CancelAnswer = { canceled: [], notCanceled: new Map() }

const hashesOf = (target: Extract<CancelTarget, { _tag: "order" | "own" }>) =>
  Effect.gen(function* () {
    const repo = yield* LiveOrderRepo
    if (target._tag === "own") {
      const tracked = yield* repo.tracked
      return tracked.filter(({ order }) => isWorking(order.status)).map(({ hash }) => hash)
    }
    const found = yield* repo.find(target.id)
    if (Option.isNone(found)) return yield* new NotFound({ what: "live order", id: String(target.id) })
    const { hash, order } = found.value
    if (isWorking(order.status)) return [hash]
    return yield* new InputError({ field: "--order-id", problem: `order ${order.id} is already ${order.status}` })
  })

const conditionOf = (marketId: string) =>
  Effect.gen(function* () {
    const found = yield* (yield* MarketRepo).find(marketId)
    if (Option.isNone(found)) return yield* new NotFound({ what: "market", id: marketId })
    const { conditionId } = found.value
    if (conditionId !== null) return conditionId
    return yield* new InputError({
      field: "--market",
      problem: `market ${marketId} has no condition id: ingest it anew`
    })
  })

const ask = (target: CancelTarget) =>
  Effect.gen(function* () {
    const venue = yield* LiveVenue
    if (target._tag === "all") return yield* venue.cancelAll
    if (target._tag === "market") return yield* venue.cancelMarket(yield* conditionOf(target.marketId))
    const hashes = yield* hashesOf(target)
    return hashes.length === 0 ? noOrders : yield* venue.cancel(hashes)
  })

/** Stores what the exchange said of each order. This comes before the look at what became of them. */
const storeAnswer = ({ canceled, notCanceled }: CancelAnswer) =>
  Effect.gen(function* () {
    const repo = yield* LiveOrderRepo
    const known = yield* repo.byHash([...canceled, ...notCanceled.keys()])
    const atUs = yield* nowUs
    for (const hash of canceled) {
      const found = known.get(hash)
      if (found !== undefined) yield* repo.advance(found.order.id, { _tag: "CancelConfirmed" }, atUs)
    }
    for (const [hash, reason] of notCanceled) {
      const found = known.get(hash)
      if (found !== undefined) yield* repo.advance(found.order.id, { _tag: "CancelRefused", detail: reason }, atUs)
    }
  })

/**
 * Takes live orders off the exchange's book, in one request, and then looks what became of them. Works whatever the kill
 * switch says.
 */
export const liveCancel = (
  target: CancelTarget
): Effect.Effect<
  LiveCancelReport,
  StoreError | VenueUnavailable | InputError | NotFound,
  LiveOrderRepo | LiveVenue | MarketRepo | VenueSync
> =>
  Effect.gen(function* () {
    const answer = yield* ask(target)
    yield* storeAnswer(answer)
    const sync = yield* (yield* VenueSync).sync
    const said = new Map<OrderHash, string | null>(answer.notCanceled)
    for (const hash of answer.canceled) said.set(hash, null)
    const now = yield* (yield* LiveOrderRepo).byHash([...said.keys()])
    const orders = [...said].map(([hash, reason]): CanceledOrder => ({ hash, reason, order: now.get(hash) ?? null }))
    return { orders, sync }
  })
