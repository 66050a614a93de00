import { type JsonObject } from "../domain/json.ts"
import { type EpochMicros, parseTime } from "../domain/time.ts"
import { type Book, type ClobListing, type PricePoint } from "./Backend.ts"
import { filesBelow, type FileProblem, type Found, readRecordedFile } from "./recordedFiles.ts"
import { bookRow, isSampling, isSimplified, marketsOfEvent, numberOf, textOf, updatedUs } from "./recordedRows.ts"

/** One version of an event. */
export interface EventVersion {
  readonly us: EpochMicros
  readonly event: JsonObject
}

/** Everything that the files hold, duplicates resolved. */
export interface RecordedContent {
  readonly gammaMarkets: Map<string, JsonObject>
  readonly gammaEvents: Map<string, JsonObject>
  /** Versions by event id, oldest first. */
  readonly versions: Map<string, Array<EventVersion>>
  readonly clob: { readonly [listing in ClobListing]: ReadonlyArray<JsonObject> }
  readonly books: Map<string, Book>
  /** Newest first. */
  readonly trades: ReadonlyArray<JsonObject>
  readonly histories: Map<string, ReadonlyArray<PricePoint>>
}

export interface FileStats {
  /** Files that held something the exchange can serve. */
  readonly files: number
  /** Files that are no JSON, or of a shape that no public read has. */
  readonly ignored: ReadonlyArray<string>
  /** Unreadable files and lines; what else they held is served. */
  readonly broken: ReadonlyArray<FileProblem>
  /** Markets and events that a newer or later copy replaced. */
  readonly duplicates: number
}

interface ClobEntry {
  readonly raw: JsonObject
  readonly file: string
  readonly listing: ClobListing
}

/** Keeps the newest of each id; a later file wins a tie. */
const keepNewest = (kept: Map<string, JsonObject>, raw: JsonObject): 0 | 1 => {
  const id = textOf(raw["id"])
  const before = kept.get(id)
  if (before === undefined || updatedUs(raw) >= updatedUs(before)) kept.set(id, raw)
  return before === undefined ? 0 : 1
}

/** Repeats inside one file stay, since the exchange sent them; between files the last one wins. */
const settleClob = (entries: ReadonlyArray<ClobEntry>, wanted: ReadonlyArray<ClobListing>) => {
  const chosen = entries.filter(({ listing }) => wanted.includes(listing))
  const owner = new Map(chosen.map(({ raw, file }) => [textOf(raw["condition_id"]), file]))
  const kept = chosen.filter(({ raw, file }) => owner.get(textOf(raw["condition_id"])) === file)
  return { rows: kept.map(({ raw }) => raw), duplicates: chosen.length - kept.length }
}

const listingOf = (rows: ReadonlyArray<JsonObject>): ClobListing => {
  const sampling = rows.length > 1 && rows.every(isSampling)
  if (rows.every(isSimplified)) return sampling ? "sampling-simplified-markets" : "simplified-markets"
  return sampling ? "sampling-markets" : "markets"
}

interface Collected {
  readonly content: RecordedContent
  readonly stats: FileStats
}

interface Gathering {
  readonly gammaMarkets: Map<string, JsonObject>
  readonly gammaEvents: Map<string, JsonObject>
  readonly versions: Map<string, Array<EventVersion>>
  readonly books: Map<string, Book>
  readonly histories: Map<string, ReadonlyArray<PricePoint>>
  readonly clob: Array<ClobEntry>
  readonly trades: Array<JsonObject>
  readonly ignored: Array<string>
  readonly broken: Array<FileProblem>
  files: number
  duplicates: number
}

const gather = (all: Gathering, path: string, found: Found): void => {
  switch (found.kind) {
    case "gammaMarket":
      all.duplicates += keepNewest(all.gammaMarkets, found.raw)
      return
    case "gammaEvent":
      all.duplicates += keepNewest(all.gammaEvents, found.raw)
      return
    case "eventVersion": {
      const us = parseTime(found.committedAt)
      const id = textOf(found.event["id"])
      const list = all.versions.get(id) ?? []
      if (us === undefined || id === "") {
        all.broken.push({ path, problem: `committed_at "${found.committedAt}" is not a time, or the event has no id` })
        return
      }
      list.push({ us, event: found.event })
      all.versions.set(id, list)
      return
    }
    case "clobPage": {
      const listing = listingOf(found.rows)
      for (const raw of found.rows) all.clob.push({ raw, file: path, listing })
      return
    }
    case "book":
      all.books.set(textOf(found.raw["asset_id"]), bookRow(found.raw))
      return
    case "trade":
      all.trades.push(found.raw)
      return
    case "history": {
      const points = found.points.map((point) => ({ t: numberOf(point["t"], 0), p: numberOf(point["p"], 0) }))
      all.histories.set(found.token, points)
    }
  }
}

const gatherFiles = (directory: string): Gathering => {
  const all: Gathering = {
    gammaMarkets: new Map(),
    gammaEvents: new Map(),
    versions: new Map(),
    books: new Map(),
    histories: new Map(),
    clob: [],
    trades: [],
    ignored: [],
    broken: [],
    files: 0,
    duplicates: 0
  }
  for (const path of filesBelow(directory)) {
    const file = readRecordedFile(path)
    for (const problem of file?.problems ?? []) all.broken.push(problem)
    if (file === undefined || (file.found.length === 0 && file.problems.length === 0)) all.ignored.push(path)
    else if (file.found.length > 0) all.files += 1
    for (const found of file?.found ?? []) gather(all, path, found)
  }
  return all
}

/** Reads every file below `directory` and settles what several of them say. */
export const collect = (directory: string): Collected => {
  const all = gatherFiles(directory)
  for (const event of all.gammaEvents.values()) {
    for (const market of marketsOfEvent(event)) all.duplicates += keepNewest(all.gammaMarkets, market)
  }
  for (const list of all.versions.values()) list.sort((a, b) => a.us - b.us)
  all.trades.sort((a, b) => numberOf(b["timestamp"], 0) - numberOf(a["timestamp"], 0))
  // The plain listings are the whole history, so they hold the rows of the sampling pages as well.
  const markets = settleClob(all.clob, ["markets", "sampling-markets"])
  const simple = settleClob(all.clob, ["simplified-markets", "sampling-simplified-markets"])
  const clob = {
    markets: markets.rows,
    "simplified-markets": simple.rows,
    "sampling-markets": settleClob(all.clob, ["sampling-markets"]).rows,
    "sampling-simplified-markets": settleClob(all.clob, ["sampling-simplified-markets"]).rows
  }
  const { gammaMarkets, gammaEvents, versions, books, histories, trades, files, ignored, broken } = all
  const duplicates = all.duplicates + markets.duplicates + simple.duplicates
  return {
    content: { gammaMarkets, gammaEvents, versions, clob, books, trades, histories },
    stats: { files, ignored, broken, duplicates }
  }
}
