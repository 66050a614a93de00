import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { addColumns } from "../columns.ts"

/** Why a signal was given up without an order: an order says for itself why it was refused. */
export const signalReason = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* addColumns(sql, "signals", { status_reason: "TEXT NOT NULL DEFAULT ''" })
})
