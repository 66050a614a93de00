import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { type StoreError } from "../domain/errors.ts"
import { type MarketId, type SourceId } from "../domain/ids.ts"
import { type Market, type MarketStatus, type Payout } from "../domain/Market.ts"
import { type EpochMicros } from "../domain/time.ts"

/** What was stored after a reader looked last. */
export interface MarketChanges {
  /** Rows of every source as they stand now, by (source, market id). */
  readonly markets: ReadonlyArray<Market>
  /**
   * The venue's final word on these markets, and on other sources' rows of the same contracts, reported before or not.
   */
  readonly resolutions: ReadonlyArray<{
    readonly marketId: MarketId
    readonly payout: Payout
    /** When it was learnt. */
    readonly seenAtUs: EpochMicros
  }>
  /** Where the next reading starts. */
  readonly cursor: number
}

/** Reads the markets as last seen. Writing them is IngestRepo's. */
export class MarketRepo extends Context.Tag("monomarket/ports/MarketRepo")<
  MarketRepo,
  {
    /** Every open market, ordered by (source, market id). */
    readonly open: Effect.Effect<ReadonlyArray<Market>, StoreError>
    /** Newest first. */
    readonly list: (query: {
      readonly limit: number
      readonly status: MarketStatus | "all"
    }) => Effect.Effect<ReadonlyArray<Market>, StoreError>
    /** By market id; when several sources have the id, the one seen last. */
    readonly find: (marketId: MarketId) => Effect.Effect<Option.Option<Market>, StoreError>
    /** The markets that exist among `ids`. */
    readonly findAll: (ids: ReadonlyArray<MarketId>) => Effect.Effect<ReadonlyMap<MarketId, Market>, StoreError>
    /**
     * Those of `ids` that this source lists, each as the source itself showed it: its outcome is what this source said
     * first of it, whatever another said, with the newest report that contradicts it.
     */
    readonly shownBy: (
      source: SourceId,
      ids: ReadonlyArray<MarketId>
    ) => Effect.Effect<ReadonlyMap<MarketId, Market>, StoreError>
    /**
     * The markets stored after `cursor`, in the order of storing and not by their times: another process may store late
     * what it saw early. `null` starts: the open markets, and those of `held` whatever became of them.
     */
    readonly changedSince: (
      cursor: number | null,
      held: ReadonlyArray<MarketId>
    ) => Effect.Effect<MarketChanges, StoreError>
  }
>() {}
