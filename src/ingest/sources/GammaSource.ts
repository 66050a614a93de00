import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { AppConfig } from "../../config/AppConfig.ts"
import { gammaMarkets, gammaMarketsById, isGammaId } from "../../polymarket/gamma.ts"
import { type SourceShape } from "../../ports/IngestSource.ts"
import { makeFetcher } from "./fetcher.ts"

/** Market metadata, quotes and resolutions. */
export class GammaSource extends Context.Tag("monomarket/ingest/sources/GammaSource")<GammaSource, SourceShape>() {}

export const layer = Layer.effect(
  GammaSource,
  Effect.gen(function* () {
    const fetcher = yield* makeFetcher("gamma")
    const { data } = yield* AppConfig
    return GammaSource.of({
      id: "gamma",
      pages: ({ limit, observer }) =>
        Stream.map(gammaMarkets(fetcher(observer), { limit, includeClosed: data.include_closed }), (rows) => ({
          rows
        })),
      canAsk: isGammaId,
      byId: ({ ids, observer }) => Stream.map(gammaMarketsById(fetcher(observer), ids), (rows) => ({ rows }))
    })
  })
)
