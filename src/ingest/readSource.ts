import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type SourceError, type StoreError } from "../domain/errors.ts"
import { type MarketId, type SourceId } from "../domain/ids.ts"
import { type Market } from "../domain/Market.ts"
import { MICROS_PER_MS } from "../domain/time.ts"
import { type WatchedMarket } from "../domain/watched.ts"
import { knownMarketsBatch } from "../policy/ingest.ts"
import { type IngestRequest } from "../ports/Ingestor.ts"
import { type RawPage, type SourceShape } from "../ports/IngestSource.ts"
import { normalizeMarket } from "./normalize.ts"
import { isSameContent } from "./sameContent.ts"
import { countDropped, countRefusal, noteChange, observerOf, type Tally } from "./tally.ts"

/** What is known of a source from before: stored, or stored soon. */
export interface SourceMemory {
  /** The rows of these markets of a source as it showed them last, by market id. */
  readonly known: (
    source: SourceId,
    marketIds: ReadonlyArray<MarketId>
  ) => Effect.Effect<ReadonlyMap<MarketId, Market>, StoreError>
  /** Every market that is to be read whatever the listing leaves out, of all sources. */
  readonly watched: Effect.Effect<ReadonlyArray<WatchedMarket>, StoreError>
}

/** How reading a source went; what came is in the tally. */
export interface Reading {
  /** What ended the listing before its end; null: nothing did. */
  readonly listing: SourceError | null
  /** What kept watched markets from being asked for; null: nothing did. */
  readonly byId: SourceError | null
}

/** Tells changed rows from those that are as they were known. */
const compare = Effect.fnUntraced(function* (
  memory: SourceMemory,
  tally: Tally,
  source: SourceId,
  rows: ReadonlyArray<Market>
) {
  for (let from = 0; from < rows.length; from += knownMarketsBatch) {
    const batch = rows.slice(from, from + knownMarketsBatch)
    const known = yield* memory.known(
      source,
      batch.map(({ marketId }) => marketId)
    )
    for (const market of batch) {
      const before = known.get(market.marketId)
      if (before !== undefined && isSameContent(market, before)) tally.confirmed.push(market.marketId)
      else tally.markets.set(market.marketId, market)
    }
  }
})

/** Takes in the rows of a page: refuses, skips or keeps each. Raw rows are let go of with the page. */
const absorb = Effect.fnUntraced(function* (
  memory: SourceMemory,
  tally: Tally,
  source: SourceId,
  page: RawPage,
  incremental: boolean
) {
  const seenAtUs = (yield* Clock.currentTimeMillis) * MICROS_PER_MS
  const rows: Array<Market> = []
  for (const raw of page.rows) {
    tally.received += 1
    const row = normalizeMarket(source, raw, seenAtUs)
    if (row._tag === "refused") {
      countRefusal(tally, row)
      continue
    }
    if (row.dropped.length > 0) countDropped(tally, row.market.marketId, row.dropped)
    noteChange(tally, row.market.sourceUpdatedUs, seenAtUs)
    rows.push(row.market)
  }
  if (incremental) yield* compare(memory, tally, source, rows)
  else for (const market of rows) tally.markets.set(market.marketId, market)
})

/** The watched markets that this source is to be asked for. */
export const watchedAt = (source: SourceShape, watched: ReadonlyArray<WatchedMarket>): ReadonlyArray<WatchedMarket> =>
  watched.filter((market) => market.source === source.id || (market.source === null && source.canAsk(market.marketId)))

/**
 * Reads a source's listing and then, by their ids, those of the watched markets that it did not list. Neither is given up
 * because the other one failed; a source without any markets is not asked twice.
 */
export const readSource = Effect.fnUntraced(function* (
  memory: SourceMemory,
  source: SourceShape,
  request: Omit<IngestRequest, "sources">,
  watched: ReadonlyArray<WatchedMarket>,
  tally: Tally
) {
  const observer = observerOf(tally)
  const take = (pages: Stream.Stream<RawPage, SourceError>) =>
    pages.pipe(
      Stream.runForEach((page) => absorb(memory, tally, source.id, page, request.incremental)),
      Effect.as(null),
      Effect.catchTag("SourceError", (error) => Effect.succeed(error))
    )
  const listing = yield* take(source.pages({ limit: request.limit, observer }))
  const reading: Reading = { listing, byId: null }
  if (watched.length === 0 || listing?.bucket === "source_skipped_404") return reading
  const listed = new Set([...tally.markets.keys(), ...tally.confirmed, ...tally.refusedIds])
  const missing = watched.map(({ marketId }) => marketId).filter((id) => !listed.has(id) && source.canAsk(id))
  if (missing.length === 0) return reading
  return { listing, byId: yield* take(source.byId({ ids: missing, observer })) } satisfies Reading
})
