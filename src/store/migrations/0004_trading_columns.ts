import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { addColumns } from "../columns.ts"

const marketColumns = {
  condition_id: "TEXT",
  yes_token_id: "TEXT",
  no_token_id: "TEXT",
  yes_label: "TEXT",
  no_label: "TEXT",
  tick_size: "REAL",
  min_order_size: "REAL",
  fee_rate: "REAL",
  fee_exponent: "REAL",
  fee_taker_only: "INTEGER",
  fee_rebate_rate: "REAL",
  accepting_orders: "INTEGER",
  slug: "TEXT",
  end_date_us: "INTEGER",
  source_updated_us: "INTEGER",
  payout_yes: "REAL",
  payout_no: "REAL",
  resolved_us: "INTEGER"
}

/** What trading needs and the original did not keep. */
export const tradingColumns = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* addColumns(sql, "markets", marketColumns)
  yield* addColumns(sql, "market_snapshots", { best_bid: "REAL", best_ask: "REAL" })
  yield* addColumns(sql, "orders", {
    tif: "TEXT NOT NULL DEFAULT 'gtc'",
    filled_qty: "REAL NOT NULL DEFAULT 0",
    signal_id: "INTEGER",
    counts_as_rejection: "INTEGER NOT NULL DEFAULT 0"
  })
  yield* addColumns(sql, "fills", { realized_change: "REAL" })
  yield* addColumns(sql, "positions", { cost_micros: "INTEGER" })
  // Set while a probe is out: it tells a failed probe from a late failure of an older fetch.
  yield* addColumns(sql, "ingestion_breakers", { probe_us: "INTEGER" })
  yield* sql`CREATE TABLE IF NOT EXISTS market_resolutions (
    market_id TEXT PRIMARY KEY, payout_yes REAL NOT NULL, payout_no REAL NOT NULL, resolved_us INTEGER NOT NULL,
    basis TEXT NOT NULL)`
  yield* sql`CREATE INDEX IF NOT EXISTS idx_market_resolutions_resolved_us ON market_resolutions (resolved_us)`
  yield* sql`CREATE INDEX IF NOT EXISTS idx_markets_condition ON markets (condition_id)`
  yield* sql`CREATE INDEX IF NOT EXISTS idx_markets_market ON markets (market_id)`
  yield* sql`CREATE INDEX IF NOT EXISTS idx_orders_signal ON orders (signal_id) WHERE signal_id IS NOT NULL`
  yield* sql`CREATE INDEX IF NOT EXISTS idx_fills_order ON fills (order_id)`
  yield* sql`CREATE INDEX IF NOT EXISTS idx_fills_unfolded ON fills (order_id) WHERE realized_change IS NULL`
  yield* sql`CREATE INDEX IF NOT EXISTS idx_fills_position ON fills (strategy, market_id, token_id)`
})
