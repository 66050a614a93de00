import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { parseTime } from "../../domain/time.ts"
import { addColumns } from "../columns.ts"
import { rowsOf } from "../statements.ts"
import { fillTimes, timeColumns } from "../times.ts"

/** A rowid table's index ends with the rowid, so an index on a time alone is ordered by (time, id). */
const indexes: ReadonlyArray<string> = [
  `idx_market_snapshots_captured_us ON market_snapshots (captured_us)`,
  `idx_market_snapshots_market_us ON market_snapshots (market_id, captured_us)`,
  // The strategy rides along so that a window is counted and filtered without touching the table.
  `idx_signals_created_us ON signals (created_us, id, strategy)`,
  `idx_orders_created_us ON orders (created_us)`,
  `idx_fills_created_us ON fills (created_us)`,
  `idx_ingestion_runs_started_us ON ingestion_runs (started_us)`,
  `idx_ingestion_error_bucket_events_created_us ON ingestion_error_bucket_events (created_us)`,
  // Empty unless another program writes: makes "is anything left to fill?" free at every opening.
  `idx_markets_unfilled ON markets (updated_at) WHERE updated_us IS NULL AND updated_at IS NOT NULL`
]

const StateRow = Schema.Struct({ source: Schema.String, checkpoint_ts: Schema.String, updated_at: Schema.String })

/**
 * The original let a market's planned end move the checkpoint into the future, where it hides every later row.
 * Nothing that was seen can be newer than the moment it was stored, so that moment bounds it.
 */
const fillCheckpoints = (sql: SqlClient.SqlClient) =>
  Effect.gen(function* () {
    const rows = yield* rowsOf(StateRow)(
      sql`SELECT source, checkpoint_ts, updated_at FROM ingestion_state WHERE checkpoint_ts IS NOT NULL`
    )
    for (const row of rows) {
      const checkpoint = parseTime(row.checkpoint_ts)
      if (checkpoint === undefined) continue
      const bounded = Math.min(checkpoint, parseTime(row.updated_at) ?? checkpoint)
      yield* sql`UPDATE ingestion_state SET checkpoint_us = ${bounded} WHERE source = ${row.source}`
    }
  })

/** Integer epoch microseconds beside every text that is queried by time. */
export const timeColumnsMigration = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const column of timeColumns) {
    yield* addColumns(sql, column.table, { [column.us]: "INTEGER" })
    yield* fillTimes(sql, column)
  }
  yield* addColumns(sql, "ingestion_state", { checkpoint_us: "INTEGER" })
  yield* fillCheckpoints(sql)
  for (const index of indexes) yield* sql.unsafe(`CREATE INDEX IF NOT EXISTS ${index}`)
})
