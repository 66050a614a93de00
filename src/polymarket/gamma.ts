import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type SourceError } from "../domain/errors.ts"
import { maxPageRows } from "../policy/ingest.ts"
import { cursorPages, type Progress, startProgress } from "./cursorPages.ts"
import { type GetJson } from "./http.ts"
import { readCursorPage, textIdOf } from "./wire.ts"

const readPage = readCursorPage("markets")

/** Sort keys are the camelCase names of the answer; snake_case ones are ignored silently. */
const orders = { false: "volumeNum", true: "closedTime" } as const

const keyset = (get: GetJson, closed: keyof typeof orders, progress: Progress) =>
  cursorPages({
    progress,
    idOf: (row) => textIdOf(row, "id"),
    fetch: (cursor, remaining) =>
      get({
        path: "/markets/keyset",
        query: {
          limit: String(Math.min(maxPageRows, remaining)),
          closed,
          order: orders[closed],
          ascending: "false",
          // The answer calls it next_cursor; sent under that name it is ignored and page one comes back for ever.
          after_cursor: cursor ?? undefined
        },
        read: readPage
      })
  })

/**
 * Pages of Gamma's markets, each market once. The limit counts open markets first, the most traded first; what it
 * leaves over goes to closed markets, the most recently closed first, so the long history of closed markets can
 * neither crowd out an open one nor make a run longer than the limit allows.
 */
export const gammaMarkets = (
  get: GetJson,
  options: { readonly limit: number; readonly includeClosed: boolean }
): Stream.Stream<ReadonlyArray<unknown>, SourceError> =>
  Stream.suspend(() => {
    const progress = startProgress(options.limit)
    const open = keyset(get, "false", progress)
    return options.includeClosed ? Stream.concat(open, keyset(get, "true", progress)) : open
  })

/** Ids of Gamma's markets are decimal; any other text in the list would make it refuse the whole request. */
export const isGammaId = (marketId: string): boolean => /^\d{1,18}$/.test(marketId)

/**
 * Markets by id, a page at a time. Gamma shows open markets only unless it is asked for closed ones, so those that are
 * not among the open ones are asked for again. Rows that were not asked for are dropped: a server that does not know
 * the filter answers with its first page.
 */
export const gammaMarketsById = (
  get: GetJson,
  ids: ReadonlyArray<string>
): Stream.Stream<ReadonlyArray<unknown>, SourceError> => {
  const ask = (wanted: ReadonlySet<string>, closed: keyof typeof orders) =>
    Effect.map(
      get({
        path: "/markets/keyset",
        query: { limit: String(maxPageRows), closed, id: [...wanted] },
        read: readPage
      }),
      ({ rows }) => rows.filter((row) => wanted.has(textIdOf(row, "id") ?? ""))
    )
  const batch = (asked: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const missing = new Set(asked)
      const open = yield* ask(missing, "false")
      for (const row of open) missing.delete(textIdOf(row, "id") ?? "")
      return missing.size === 0 ? open : [...open, ...(yield* ask(missing, "true"))]
    })
  return Stream.fromIterable(new Set(ids.filter(isGammaId))).pipe(
    Stream.grouped(maxPageRows),
    Stream.mapEffect((chunk) => batch(Chunk.toReadonlyArray(chunk)))
  )
}
