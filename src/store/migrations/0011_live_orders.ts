import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { addColumns } from "../columns.ts"

/**
 * What an order at the real exchange needs beyond a row of `orders`: what was signed (never the signature), what is known
 * of its life, and its trades with the exchange's word on each. A fill of such an order says whether the chain has it.
 */
export const liveOrders = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE IF NOT EXISTS live_orders (
    order_id INTEGER PRIMARY KEY REFERENCES orders (id), hash TEXT NOT NULL UNIQUE, condition_id TEXT NOT NULL,
    clob_token_id TEXT NOT NULL, exchange TEXT NOT NULL, order_type TEXT NOT NULL, fee_json TEXT,
    fields_json TEXT NOT NULL, staged_us INTEGER NOT NULL, accepted INTEGER NOT NULL DEFAULT 0,
    reported_qty REAL, cancel_confirmed INTEGER NOT NULL DEFAULT 0, absent_since_us INTEGER,
    recorded INTEGER NOT NULL DEFAULT 0)`
  yield* sql`CREATE TABLE IF NOT EXISTS live_trades (
    order_id INTEGER NOT NULL REFERENCES live_orders (order_id), trade_id TEXT NOT NULL, qty REAL NOT NULL,
    state TEXT NOT NULL, PRIMARY KEY (order_id, trade_id))`
  yield* sql`CREATE TABLE IF NOT EXISTS live_sync (
    id INTEGER PRIMARY KEY CHECK (id = 1), synced_us INTEGER NOT NULL)`
  // NULL: a fill that no chain has to confirm, such as one on paper.
  yield* addColumns(sql, "fills", { venue_state: "TEXT" })
  yield* sql`CREATE INDEX IF NOT EXISTS idx_fills_provisional ON fills (order_id) WHERE venue_state = 'provisional'`
  yield* sql`CREATE INDEX IF NOT EXISTS idx_orders_external_id ON orders (external_id) WHERE external_id IS NOT NULL`
})
