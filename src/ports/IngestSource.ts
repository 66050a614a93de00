import * as Context from "effect/Context"
import type * as Stream from "effect/Stream"
import { type SourceError } from "../domain/errors.ts"
import { type MarketId, type SourceId } from "../domain/ids.ts"

/** One page of raw market objects, as the source sent them. */
export interface RawPage {
  readonly rows: ReadonlyArray<unknown>
}

/** Is called as requests are sent, fail and are repeated. */
export interface RequestObserver {
  readonly onRequest: () => void
  readonly onFailure: (error: SourceError) => void
  readonly onRetry: () => void
}

export interface SourceShape {
  readonly id: SourceId
  /** Pages until the source ends or `limit` rows went by; requests are paced and retried inside. */
  readonly pages: (request: {
    readonly limit: number
    readonly observer: RequestObserver
  }) => Stream.Stream<RawPage, SourceError>
  /** Whether a market id has the form of this source's. */
  readonly canAsk: (marketId: MarketId) => boolean
  /**
   * Markets by their ids, open or closed, paced and retried as any request. Ids that the source does not know, or that
   * have not the form of its own, are passed over.
   */
  readonly byId: (request: {
    readonly ids: ReadonlyArray<MarketId>
    readonly observer: RequestObserver
  }) => Stream.Stream<RawPage, SourceError>
}

/** The registered market-data sources. Another venue is one more Layer that adds to this list. */
export class IngestSources extends Context.Tag("monomarket/ports/IngestSources")<
  IngestSources,
  ReadonlyArray<SourceShape>
>() {}
