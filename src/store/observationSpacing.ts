import type Sqlite from "better-sqlite3"
import { sourceIds } from "../domain/ids.ts"
import { type RecordedLooks, regularSpacing } from "../domain/looks.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type MarketWindow } from "./learntResolutions.ts"

/** So many moments of a source tell how far apart they are. */
const MOST_MOMENTS = 256

/** The first moments of a window at which a source was captured; each is one step in the index of times. */
const momentsOf = (db: Sqlite.Database, source: string, { fromUs, toUs }: MarketWindow): ReadonlyArray<EpochMicros> => {
  const next = db
    .prepare<[string, EpochMicros, EpochMicros], EpochMicros>(
      `SELECT captured_us FROM market_snapshots WHERE source = ? AND captured_us > ? AND captured_us <= ?
       ORDER BY captured_us LIMIT 1`
    )
    .pluck()
  const moments: Array<EpochMicros> = []
  for (let at = next.get(source, fromUs - 1, toUs); at !== undefined; at = next.get(source, at, toUs)) {
    if (moments.push(at) === MOST_MOMENTS) break
  }
  return moments
}

const longest = (lists: ReadonlyArray<ReadonlyArray<EpochMicros>>): ReadonlyArray<EpochMicros> =>
  lists.reduce((most, list) => (list.length > most.length ? list : most), [])

/** By the source that was looked at most often: two sources asked one after the other are no closer rhythm. */
export const readSpacing = (
  db: Sqlite.Database,
  window: MarketWindow,
  { times }: Pick<RecordedLooks, "times">
): EpochMicros | null =>
  regularSpacing(longest([...times.values()])) ??
  regularSpacing(longest(sourceIds.map((source) => momentsOf(db, source, window))))
