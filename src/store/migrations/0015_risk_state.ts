import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { addColumns } from "../columns.ts"

/**
 * What risk must know besides what was traded: the peak of equity from which the drawdown stop counts (micro-USDC, NULL
 * until equity is looked at), and whether a market's source called its resolution disputed when a snapshot was taken
 * (NULL: it says nothing of that, as older snapshots).
 */
export const riskState = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE IF NOT EXISTS drawdown_stop (
    id INTEGER PRIMARY KEY CHECK (id = 1), peak_micros INTEGER, peak_us INTEGER,
    resets INTEGER NOT NULL, reset_us INTEGER)`
  yield* sql`INSERT OR IGNORE INTO drawdown_stop (id, resets) VALUES (1, 0)`
  yield* addColumns(sql, "market_snapshots", { disputed: "INTEGER" })
})
