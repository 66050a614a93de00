import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { dataMarkets } from "../../polymarket/dataApi.ts"
import { type SourceShape } from "../../ports/IngestSource.ts"
import { makeFetcher } from "./fetcher.ts"

/** Kept because the original has it; its API lists no markets today. */
export class DataSource extends Context.Tag("monomarket/ingest/sources/DataSource")<DataSource, SourceShape>() {}

export const layer = Layer.effect(
  DataSource,
  Effect.gen(function* () {
    const fetcher = yield* makeFetcher("data")
    return DataSource.of({
      id: "data",
      pages: ({ limit, observer }) => Stream.map(dataMarkets(fetcher(observer), { limit }), (rows) => ({ rows })),
      canAsk: () => false,
      byId: () => Stream.empty
    })
  })
)
