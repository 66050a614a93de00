import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { addColumns } from "../columns.ts"

/**
 * What a replay of strategies must know as of a snapshot, and the markets table only knows as of now: whether the
 * market was open, its price step (the venue makes it finer when the price nears 0 or 1), and when a resolution was
 * learnt, which may be hours after it happened. NULL in older snapshots, which did not keep it.
 */
export const snapshotStatus = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* addColumns(sql, "market_snapshots", { status: "TEXT", accepting_orders: "INTEGER", tick_size: "REAL" })
  yield* addColumns(sql, "market_resolutions", { seen_us: "INTEGER" })
  // Older resolutions: learnt at the earliest with the first snapshot of the market that shows the payout.
  yield* sql`UPDATE market_resolutions SET seen_us = COALESCE(
    (SELECT MIN(captured_us) FROM market_snapshots AS seen WHERE seen.market_id = market_resolutions.market_id
      AND seen.captured_us >= resolved_us AND seen.yes_price = payout_yes),
    (SELECT MIN(captured_us) FROM market_snapshots AS seen WHERE seen.market_id = market_resolutions.market_id
      AND seen.captured_us >= resolved_us),
    resolved_us) WHERE seen_us IS NULL`
  yield* sql`CREATE INDEX IF NOT EXISTS idx_market_resolutions_seen_us ON market_resolutions (seen_us)`
})
