import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { type StoreError } from "../domain/errors.ts"
import { type MarketId } from "../domain/ids.ts"
import { type Market, type MarketStatus } from "../domain/Market.ts"

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
  }
>() {}
