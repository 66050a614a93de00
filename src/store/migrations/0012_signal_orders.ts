import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { addColumns } from "../columns.ts"
import { fillOrders } from "../signals/fillOrders.ts"

/**
 * What a signal asks for, as data: its orders where they are more than the plain one of its columns, the package that it
 * shares with others, and its execution style. The payload stays as it is, for people and for the original's readers.
 */
export const signalOrders = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* addColumns(sql, "signals", { legs_json: "TEXT", package_id: "TEXT", style: "TEXT" })
  yield* fillOrders(sql)
  yield* sql`CREATE INDEX IF NOT EXISTS idx_signals_package ON signals (package_id) WHERE package_id IS NOT NULL`
  // Empty unless the original writes to the file: makes "is anything left to decode?" free at every opening.
  yield* sql`CREATE INDEX IF NOT EXISTS idx_signals_undecoded ON signals (id) WHERE style IS NULL`
})
