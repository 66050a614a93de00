import type Sqlite from "better-sqlite3"
import { sourceIds } from "../domain/ids.ts"
import { type LookSpacings, spacingsOf } from "../domain/looks.ts"
import { type EpochMicros } from "../domain/time.ts"
import { SPACING_LOOKS } from "../policy/store.ts"

/** The newest look times of one source up to a moment. */
export const newestLooks = `SELECT DISTINCT look_us AS at_us FROM ingestion_runs
  WHERE source = ? AND look_us <= ? ORDER BY look_us DESC LIMIT ${SPACING_LOOKS}`

/** The newest moments of snapshots up to one; walked by jumps in the index, as a moment may have thousands of rows. */
export const newestMoments = `
  WITH RECURSIVE moments (at_us, number) AS (
    SELECT MAX(captured_us), 1 FROM market_snapshots WHERE captured_us <= ?
    UNION ALL
    SELECT (SELECT MAX(captured_us) FROM market_snapshots WHERE captured_us < at_us), number + 1 FROM moments
    WHERE at_us IS NOT NULL AND number < ${SPACING_LOOKS}
  )
  SELECT at_us FROM moments WHERE at_us IS NOT NULL
    AND EXISTS (SELECT 1 FROM market_snapshots WHERE captured_us = at_us AND source = ?)`

/** How often each source was asked, by its looks up to a moment; where fewer than two are recorded, by its snapshots. */
export const readSpacings = (db: Sqlite.Database, untilUs: EpochMicros): LookSpacings => {
  const looks = db.prepare<[string, EpochMicros], EpochMicros>(newestLooks).pluck()
  const moments = db.prepare<[EpochMicros, string], EpochMicros>(newestMoments).pluck()
  return spacingsOf(
    sourceIds.map((source) => [source, looks.all(source, untilUs), () => moments.all(untilUs, source)] as const)
  )
}
