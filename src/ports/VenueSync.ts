import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { type StoreError, type VenueUnavailable } from "../domain/errors.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type LiveOrder, type LiveOrderChange } from "./LiveOrderRepo.ts"

/** What a look at the exchange brought. */
export interface SyncReport {
  readonly atUs: EpochMicros
  /** Orders of this database that changed. */
  readonly changes: ReadonlyArray<LiveOrderChange>
  /** Orders of which it is not known yet whether the exchange has them. */
  readonly unresolved: ReadonlyArray<LiveOrder>
  /** Of the account, but not of this database: another program or person trades with it. */
  readonly foreignOrders: number
  readonly foreignTrades: number
}

/** Brings stored live orders up to what the exchange shows. */
export class VenueSync extends Context.Tag("monomarket/ports/VenueSync")<
  VenueSync,
  {
    /** All orders that can still change, and all trades since the last time. Calling it again changes nothing. */
    readonly sync: Effect.Effect<SyncReport, VenueUnavailable | StoreError>
    /** Some orders only; gives each as it is now. */
    readonly look: (
      orders: ReadonlyArray<LiveOrder>
    ) => Effect.Effect<ReadonlyArray<LiveOrderChange>, VenueUnavailable | StoreError>
  }
>() {}
