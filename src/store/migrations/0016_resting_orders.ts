import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { addColumns } from "../columns.ts"

/**
 * Orders that rest for a time: when they end by themselves, and by which terms they rest (domain/restSchema.ts). For how
 * long a signal's orders rest, and when its strategy no longer gave it.
 */
export const restingOrders = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* addColumns(sql, "orders", { expires_us: "INTEGER", rest_json: "TEXT" })
  yield* addColumns(sql, "signals", { time_to_live_sec: "REAL", withdrawn_us: "INTEGER" })
  yield* sql`CREATE INDEX IF NOT EXISTS idx_signals_resting ON signals (strategy, market_id, side)
    WHERE withdrawn_us IS NULL AND style <> 'aggressive'`
})
