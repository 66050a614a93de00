import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { AppConfig } from "../../config/AppConfig.ts"
import { clobMarkets, clobMarketsById, isConditionId } from "../../polymarket/clob.ts"
import { type SourceShape } from "../../ports/IngestSource.ts"
import { makeFetcher } from "./fetcher.ts"

/** The exchange itself: tokens, tick sizes, winners. */
export class ClobSource extends Context.Tag("monomarket/ingest/sources/ClobSource")<ClobSource, SourceShape>() {}

export const layer = Layer.effect(
  ClobSource,
  Effect.gen(function* () {
    const fetcher = yield* makeFetcher("clob")
    const { data } = yield* AppConfig
    return ClobSource.of({
      id: "clob",
      pages: ({ limit, observer }) =>
        Stream.map(clobMarkets(fetcher(observer), { limit, listing: data.clob_listing }), (rows) => ({ rows })),
      canAsk: isConditionId,
      byId: ({ ids, observer }) => Stream.map(clobMarketsById(fetcher(observer), ids), (rows) => ({ rows }))
    })
  })
)
