import type Sqlite from "better-sqlite3"
import { type SourceId, sourceIds } from "../domain/ids.ts"
import { type LookInterval, type RecordedLooks } from "../domain/looks.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type MarketWindow } from "./learntResolutions.ts"

type Interval = [source: SourceId, marketId: string, fromUs: EpochMicros, toUs: EpochMicros]

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const readTimes = (db: Sqlite.Database, { fromUs, toUs }: MarketWindow) => {
  const times = db
    .prepare<[SourceId, SourceId, EpochMicros, EpochMicros], EpochMicros>(
      `SELECT DISTINCT look_us FROM ingestion_runs WHERE source = ? AND look_us >= COALESCE(
         (SELECT MAX(look_us) FROM ingestion_runs WHERE source = ? AND look_us < ?), ${Number.MIN_SAFE_INTEGER})
       AND look_us <= ? ORDER BY look_us`
    )
    .pluck()
  return new Map(sourceIds.map((source) => [source, times.all(source, source, fromUs, toUs)]))
}

/** Of each market the newest interval that began before the window, and those that began in it. */
const readIntervals = (db: Sqlite.Database, { fromUs, toUs }: MarketWindow): ReadonlyArray<LookInterval> => {
  const rows = db
    .prepare<[EpochMicros], Interval>(
      `SELECT source, market_id, from_us, to_us FROM market_looks WHERE from_us <= ? ORDER BY source, market_id, from_us`
    )
    .raw()
    .all(toUs)
  const found: Array<LookInterval> = []
  for (const [index, [source, marketId, from, to]] of rows.entries()) {
    const after = rows[index + 1]
    // The one behind it in this market began before the window too: that is the newer one.
    if (after !== undefined && after[0] === source && after[1] === marketId && after[2] < fromUs) continue
    found.push({ source, marketId, fromUs: from, toUs: to })
  }
  return found.sort(
    (a, b) => a.fromUs - b.fromUs || compareText(a.marketId, b.marketId) || compareText(a.source, b.source)
  )
}

/** What the sources showed, when, as far as a window needs it. */
export const readLooks = (db: Sqlite.Database, window: MarketWindow): RecordedLooks => ({
  times: readTimes(db, window),
  intervals: readIntervals(db, window)
})
