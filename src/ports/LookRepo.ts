import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { type StoreError } from "../domain/errors.ts"
import { type MarketId } from "../domain/ids.ts"
import { type Confirmation, type LookSpacings } from "../domain/looks.ts"
import { type WatchedMarket } from "../domain/watched.ts"

/** Reads what is known of the sources' looks as they stand now. Writing them is IngestRepo's; a replay's are HistoryReader's. */
export class LookRepo extends Context.Tag("monomarket/ports/LookRepo")<
  LookRepo,
  {
    /**
     * Of every open row, and of the rows of `held` whatever became of them: the newest look that showed it, or when it
     * was stored last where that is later (older versions recorded no looks). By (source, market id).
     */
    readonly confirmations: (held: ReadonlyArray<MarketId>) => Effect.Effect<ReadonlyArray<Confirmation>, StoreError>
    /** The same of the rows of these markets alone. */
    readonly confirmationsOf: (
      marketIds: ReadonlyArray<MarketId>
    ) => Effect.Effect<ReadonlyArray<Confirmation>, StoreError>
    /**
     * The middle gap between the newest looks of each source (policy/store.ts says how many), microseconds. A source of
     * which fewer than two are recorded is not in it.
     */
    readonly spacings: Effect.Effect<LookSpacings, StoreError>
    /**
     * The markets in which something is held, an order can still fill, or a new signal has an order, each at every source
     * that lists it, by (market id, source). Those whose payout the venue has reported are not among them: nothing more
     * is to be learnt.
     */
    readonly watched: Effect.Effect<ReadonlyArray<WatchedMarket>, StoreError>
    /**
     * Those of them in which something is held or rests, and that the newest run of their source (of every source, where
     * none is known to list them) did not show, for whatever reason.
     */
    readonly unread: Effect.Effect<ReadonlyArray<WatchedMarket>, StoreError>
  }
>() {}
