import * as Effect from "effect/Effect"
import { type StoreError, type VenueUnavailable } from "../../domain/errors.ts"
import { type RestingOrder } from "../../domain/LiveOrder.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { type LiveOrder, LiveOrderRepo } from "../../ports/LiveOrderRepo.ts"
import { type AccountStatus, LiveVenue } from "../../ports/LiveVenue.ts"
import { nowUs } from "../now.ts"

/** The account as the exchange and this database see it; nothing is changed. */
export interface LiveStatus {
  readonly atUs: EpochMicros
  readonly account: AccountStatus
  /** Orders on the book, with what is stored of them; null: it was not placed by this database. */
  readonly resting: ReadonlyArray<{ readonly resting: RestingOrder; readonly stored: LiveOrder | null }>
  /** Orders that the exchange may still change: working ones, and those with trades that are not final. */
  readonly tracked: ReadonlyArray<LiveOrder>
  /** Those of them of which it is not known whether the exchange has them. */
  readonly unresolved: ReadonlyArray<LiveOrder>
  /** The last reconciliation that saw everything; null: none yet. */
  readonly syncedAtUs: EpochMicros | null
}

export const liveStatus: Effect.Effect<LiveStatus, StoreError | VenueUnavailable, LiveOrderRepo | LiveVenue> =
  Effect.gen(function* () {
    const venue = yield* LiveVenue
    const repo = yield* LiveOrderRepo
    const account = yield* venue.account
    const onBook = yield* venue.resting
    const stored = yield* repo.byHash(onBook.map(({ hash }) => hash))
    return {
      atUs: yield* nowUs,
      account,
      resting: onBook.map((resting) => ({ resting, stored: stored.get(resting.hash) ?? null })),
      tracked: yield* repo.tracked,
      unresolved: yield* repo.unresolved,
      syncedAtUs: yield* repo.syncedAt
    }
  })
