import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { addColumns } from "../columns.ts"
import { reasonJson } from "../orderRows.ts"
import { rowsOf, type SqlValue } from "../statements.ts"
import { oldReason } from "./oldReasons.ts"

/** Orders that are read and written at once: three values each, and SQLite takes 32,766. */
const PAGE = 2_000

const MessageRow = Schema.Struct({ id: Schema.Number, message: Schema.String })

/** Gives the orders of one page their reasons: the page of orders after `after` that say something. */
const fillPage = (sql: SqlClient.SqlClient, after: number) =>
  Effect.gen(function* () {
    const rows = yield* rowsOf(MessageRow)(
      sql`SELECT id, message FROM orders
          WHERE id > ${after} AND message <> '' AND kind = 'order' AND reason_json IS NULL ORDER BY id LIMIT ${PAGE}`
    )
    if (rows.length === 0) return null
    const values: Array<SqlValue> = []
    for (const { id, message } of rows) {
      const reason = oldReason(message)
      values.push(id, reason.code, reasonJson(reason))
    }
    const tuples = new Array(rows.length).fill("(?,?,?)").join(",")
    yield* sql.unsafe(
      `UPDATE orders SET reason_code = read.column2, reason_json = read.column3 FROM (VALUES ${tuples}) AS read ` +
        `WHERE orders.id = read.column1`,
      values
    )
    return rows.at(-1)?.id ?? null
  })

/**
 * Why an order ended is stored as a code with its numbers, beside the text for people; what older versions wrote as text
 * is read back here, once. What a resolution paid out is a kind of its own, which only the text showed before.
 */
export const orderReasons = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* addColumns(sql, "orders", {
    kind: "TEXT NOT NULL DEFAULT 'order'",
    reason_code: "TEXT",
    reason_json: "TEXT"
  })
  yield* sql`UPDATE orders SET kind = 'settlement' WHERE message = 'settlement'`
  let after: number | null = Number.MIN_SAFE_INTEGER
  while (after !== null) after = yield* fillPage(sql, after)
  yield* sql`CREATE INDEX IF NOT EXISTS idx_orders_settlement ON orders (id) WHERE kind = 'settlement'`
})
