import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { type OrderId, type TokenId } from "../domain/ids.ts"
import { type OrderEvent, type OrderLife } from "../domain/OrderLife.ts"
import { type StoreError } from "../domain/errors.ts"
import { type ReportedFill } from "../domain/Execution.ts"
import { type OrderHash, type SignedLiveOrder } from "../domain/LiveOrder.ts"
import { type FeeSchedule } from "../domain/Market.ts"
import { type Order } from "../domain/Order.ts"
import { type EpochMicros } from "../domain/time.ts"

/** A stored live order. */
export interface LiveOrder {
  /** `externalId` is the hash. */
  readonly order: Order
  readonly hash: OrderHash
  readonly conditionId: string
  readonly tokenId: TokenId
  /** The market's taker fee when it was signed; null: none. */
  readonly fee: FeeSchedule | null
  readonly life: OrderLife
}

/** What one event changed. */
export interface LiveOrderChange {
  readonly before: LiveOrder
  readonly after: LiveOrder
  readonly added: ReadonlyArray<ReportedFill>
  /** Fills of trades that failed; they count no longer. */
  readonly reversed: ReadonlyArray<ReportedFill>
}

/**
 * Live orders: stored before they are sent, changed only by events of core/orderLife.ts; every method that writes is one
 * transaction. What changes an order's status, message or fills counts as a change of the trading version, and never as
 * the running program's own: it reads its portfolio anew. Looks that find nothing new do not count.
 */
export class LiveOrderRepo extends Context.Tag("monomarket/ports/LiveOrderRepo")<
  LiveOrderRepo,
  {
    /** Stores a signed order as `pending`. On disk when this returns. */
    readonly stage: (order: SignedLiveOrder, atUs: EpochMicros) => Effect.Effect<LiveOrder, StoreError>
    /** Takes an event in: reads the order, steps its life, stores it with its fills and positions. */
    readonly advance: (
      orderId: OrderId,
      event: OrderEvent,
      atUs: EpochMicros
    ) => Effect.Effect<LiveOrderChange, StoreError>
    readonly find: (orderId: OrderId) => Effect.Effect<Option.Option<LiveOrder>, StoreError>
    /** Orders that the exchange may still change: working ones and those with provisional fills, oldest first. */
    readonly tracked: Effect.Effect<ReadonlyArray<LiveOrder>, StoreError>
    /** Orders of which it is not known whether the exchange has them (`pending`, `submitted`, `unknown`). */
    readonly unresolved: Effect.Effect<ReadonlyArray<LiveOrder>, StoreError>
    readonly byHash: (hashes: ReadonlyArray<OrderHash>) => Effect.Effect<ReadonlyMap<OrderHash, LiveOrder>, StoreError>
    /**
     * From when on trades have to be read so that no change is missed: a margin before the last complete reconciliation,
     * the oldest order that can still fill, and the oldest provisional fill, whichever came first. Before the first
     * reconciliation it is the oldest order of all; without any, now.
     */
    readonly tradesSince: Effect.Effect<EpochMicros, StoreError>
    /** The last reconciliation that saw everything; null: none yet. */
    readonly syncedAt: Effect.Effect<EpochMicros | null, StoreError>
    readonly markSynced: (atUs: EpochMicros) => Effect.Effect<void, StoreError>
  }
>() {}
