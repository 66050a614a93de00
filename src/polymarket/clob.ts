import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type SourceError } from "../domain/errors.ts"
import { cursorPages, startProgress } from "./cursorPages.ts"
import { type GetJson } from "./http.ts"
import { isJsonObject } from "../domain/json.ts"
import { kindOf, readCursorPage, textIdOf } from "./wire.ts"

const readPage = readCursorPage("data")

/**
 * Pages of the CLOB's markets, each once. `sampling-markets` lists live markets that earn rewards; `markets` is the
 * whole history of several hundred thousand, and filters on it are ignored. The server decides the page size.
 */
export const clobMarkets = (
  get: GetJson,
  options: { readonly limit: number; readonly listing: "sampling-markets" | "markets" }
): Stream.Stream<ReadonlyArray<unknown>, SourceError> =>
  Stream.suspend(() =>
    cursorPages({
      progress: startProgress(options.limit),
      idOf: (row) => textIdOf(row, "condition_id"),
      fetch: (cursor) =>
        get({ path: `/${options.listing}`, query: { next_cursor: cursor ?? undefined }, read: readPage })
    })
  )

/** Ids of the CLOB's markets are condition ids. */
export const isConditionId = (marketId: string): boolean => /^0x[0-9a-f]{64}$/i.test(marketId)

const readOne = (json: unknown) =>
  isJsonObject(json) ? { value: [json] } : { problem: `expected a market, got ${kindOf(json)}` }

/** Markets by condition id, open or closed: one request each. One that the CLOB does not know is left out. */
export const clobMarketsById = (
  get: GetJson,
  ids: ReadonlyArray<string>
): Stream.Stream<ReadonlyArray<unknown>, SourceError> =>
  Stream.mapEffect(Stream.fromIterable(new Set(ids.filter(isConditionId))), (id) =>
    get({ path: `/markets/${id}`, query: {}, notFound: "source_skipped_404", read: readOne }).pipe(
      Effect.catchIf(
        ({ bucket }) => bucket === "source_skipped_404",
        () => Effect.succeed([])
      )
    )
  )
