import { statSync } from "node:fs"
import * as Effect from "effect/Effect"
import { FileError } from "../domain/errors.ts"
import { type EpochMicros, MICROS_PER_SECOND } from "../domain/time.ts"
import { type Backend, clobListings, type ExchangeView } from "./Backend.ts"
import { collect, type FileStats, type RecordedContent } from "./recordedContent.ts"
import { bookTimeUs, numberOf, updatedUs } from "./recordedRows.ts"
import { makeRecordedView } from "./recordedView.ts"

export interface RecordedStats extends FileStats {
  /** Rows that each endpoint lists over all its pages, closed ones too, at the backend's start. */
  readonly rows: { readonly [endpoint: string]: number }
}

export interface RecordedBackend extends Backend {
  readonly stats: RecordedStats
}

/** The first version of an event where there are any, else the moment of the newest thing recorded. */
const startOf = (content: RecordedContent): EpochMicros => {
  let [first, newest] = [Infinity, 0]
  for (const list of content.versions.values()) first = Math.min(first, list[0]?.us ?? Infinity)
  if (Number.isFinite(first)) return first
  for (const raw of content.gammaMarkets.values()) newest = Math.max(newest, updatedUs(raw))
  for (const raw of content.gammaEvents.values()) newest = Math.max(newest, updatedUs(raw))
  for (const book of content.books.values()) newest = Math.max(newest, bookTimeUs(book) || 0)
  return Math.max(newest, numberOf(content.trades[0]?.["timestamp"], 0) * MICROS_PER_SECOND)
}

const countRows = (view: ExchangeView, content: RecordedContent): { readonly [endpoint: string]: number } => {
  const open = view.gammaMarkets().filter((row) => row.field("closed") !== true).length
  return {
    "gamma /markets": view.gammaMarkets().length,
    "gamma /markets?closed=false": open,
    "gamma /events": view.gammaEvents().length,
    ...Object.fromEntries(clobListings.map((name) => [`clob /${name}`, view.clobMarkets(name).length])),
    "clob /book": content.books.size,
    "clob /prices-history": content.histories.size,
    "data /trades": [...view.trades()].length
  }
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

/**
 * An exchange that serves what was recorded below `directory`. Files are recognised by their content; what cannot be
 * read is counted in `stats` and left out. Fails when the directory is missing or holds nothing to serve.
 */
export const openRecorded = (directory: string): Effect.Effect<RecordedBackend, FileError> =>
  Effect.gen(function* () {
    const fail = (detail: string) => new FileError({ path: directory, operation: "open recorded data", detail })
    if (!isDirectory(directory)) return yield* fail("is not a directory")
    const { content, stats } = yield* Effect.try({
      try: () => collect(directory),
      catch: (error) => fail(error instanceof Error ? error.message : String(error))
    })
    if (stats.files === 0) return yield* fail("holds no Gamma, CLOB or data-api answers")
    const at = makeRecordedView(content)
    const startUs = startOf(content)
    return { kind: "recorded", startUs, at, stats: { ...stats, rows: countRows(at(startUs), content) } }
  })
