import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { addColumns } from "../columns.ts"

/**
 * How far each source says a market's resolution is, when each state was first seen, and reports that disagree with a
 * final one. A market whose payout the venue had reported before is final; the time when that was first seen was not
 * kept.
 */
export const resolutionStates = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* addColumns(sql, "markets", {
    resolution_state: "TEXT",
    proposed_us: "INTEGER",
    disputed_us: "INTEGER",
    final_us: "INTEGER"
  })
  yield* sql`UPDATE markets SET resolution_state = 'final' WHERE payout_yes IS NOT NULL AND payout_no IS NOT NULL`
  yield* sql`CREATE TABLE IF NOT EXISTS resolution_contradictions (
    market_id TEXT NOT NULL, source TEXT NOT NULL, report TEXT NOT NULL, first_us INTEGER NOT NULL,
    last_us INTEGER NOT NULL, PRIMARY KEY (market_id, source, report))`
  // Empty unless a market that had paid out trades again: makes the question free at every ingest.
  yield* sql`CREATE INDEX IF NOT EXISTS idx_markets_reopened ON markets (source)
    WHERE payout_yes IS NOT NULL AND status = 'open'`
})
