import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type SourceError } from "../domain/errors.ts"
import { isJsonObject } from "../domain/json.ts"
import { maxPageRows } from "../policy/ingest.ts"
import { cursorPages, startProgress } from "./cursorPages.ts"
import { type GetJson } from "./http.ts"
import { kindOf, textIdOf } from "./wire.ts"

const readRows = (json: unknown): { readonly value: ReadonlyArray<unknown> } | { readonly problem: string } => {
  const rows: unknown = isJsonObject(json) ? json["data"] : json
  return Array.isArray(rows) ? { value: rows } : { problem: `expected an array of markets, got ${kindOf(rows)}` }
}

const idOf = (row: unknown) => textIdOf(row, "id") ?? textIdOf(row, "conditionId") ?? textIdOf(row, "condition_id")

/**
 * Pages of the data API's markets. It has no such path today: the 404 comes back as `source_skipped_404`, which is
 * not a failure and is not retried. Should the path return, it is read by offset until a page shows nothing new.
 */
export const dataMarkets = (
  get: GetJson,
  options: { readonly limit: number }
): Stream.Stream<ReadonlyArray<unknown>, SourceError> =>
  Stream.suspend(() => {
    let offset = 0
    return cursorPages({
      progress: startProgress(options.limit),
      idOf,
      fetch: (_cursor, remaining) =>
        Effect.map(
          get({
            path: "/markets",
            query: { limit: String(Math.min(maxPageRows, remaining)), offset: String(offset) },
            notFound: "source_skipped_404",
            read: readRows
          }),
          (rows) => {
            offset += rows.length
            return { rows, next: String(offset) }
          }
        )
    })
  })
