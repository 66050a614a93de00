import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { addColumns } from "../columns.ts"

/** Columns that the original itself added over time. */
export const olderOriginals = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* addColumns(sql, "ingestion_runs", {
    request_count: "INTEGER NOT NULL DEFAULT 0",
    failure_count: "INTEGER NOT NULL DEFAULT 0",
    retry_count: "INTEGER NOT NULL DEFAULT 0",
    error_buckets_json: "TEXT NOT NULL DEFAULT '{}'"
  })
  yield* addColumns(sql, "fills", { external_fill_id: "TEXT", raw_report_json: "TEXT NOT NULL DEFAULT ''" })
  yield* sql`CREATE UNIQUE INDEX IF NOT EXISTS idx_fills_external_fill_id ON fills (external_fill_id)`
})
