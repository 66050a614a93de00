import * as Stream from "effect/Stream"
import { type SourceError } from "../domain/errors.ts"
import { cursorPages, startProgress } from "./cursorPages.ts"
import { type GetJson } from "./http.ts"
import { readCursorPage, textIdOf } from "./wire.ts"

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
