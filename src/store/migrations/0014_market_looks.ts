import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { addColumns } from "../columns.ts"

/**
 * When a source showed a market, changed or not: before, a row that was found unchanged left no trace, so that a replay
 * could not tell a quiet market from one that was not looked at. `look_us` is when a run of a source got its answer;
 * a run without an answer has none.
 */
export const marketLooks = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE IF NOT EXISTS market_looks (
    source TEXT NOT NULL, market_id TEXT NOT NULL, from_us INTEGER NOT NULL, to_us INTEGER NOT NULL,
    PRIMARY KEY (source, market_id, from_us)) WITHOUT ROWID`
  yield* addColumns(sql, "ingestion_runs", { look_us: "INTEGER" })
  // Older runs say when their sources answered. Which markets they showed unchanged is not known.
  yield* sql`UPDATE ingestion_runs SET look_us = finished_us
    WHERE status IN ('ok', 'partial') AND NOT (json_valid(error_buckets_json)
      AND json_type(error_buckets_json, '$.source_skipped_404') IS NOT NULL)`
  yield* sql`CREATE INDEX IF NOT EXISTS idx_ingestion_runs_look_us
    ON ingestion_runs (source, look_us) WHERE look_us IS NOT NULL`
})
