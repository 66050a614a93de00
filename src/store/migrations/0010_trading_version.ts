import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"

/** Counts the transactions that changed orders, fills or positions: a running program sees that another one traded. */
export const tradingVersion = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE IF NOT EXISTS trading_version (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL)`
  yield* sql`INSERT OR IGNORE INTO trading_version (id, version) VALUES (1, 0)`
})
