import { type SqlClient } from "@effect/sql/SqlClient"
import { type SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { MAX_SQL_PARAMETERS, PAGE_ROWS } from "../../policy/store.ts"
import { chunksOf, rowsOf } from "../statements.ts"
import { sideOf } from "../texts.ts"
import { fillTimes } from "../times.ts"
import { decodePayload, orderKeys } from "./decode.ts"
import { legsText } from "./legsColumn.ts"

const PayloadRow = Schema.Struct({
  id: Schema.Number,
  strategy: Schema.String,
  market_id: Schema.String,
  event_id: Schema.String,
  side: Schema.String,
  target_price: Schema.Number,
  size_hint: Schema.Number,
  payload_json: Schema.String,
  created_us: Schema.NullOr(Schema.Number)
})

/** Decoded rows in one statement, each with three parameters. */
const CHUNK_ROWS = Math.floor(MAX_SQL_PARAMETERS / 3)

/** Rows whose payload may say more than their columns. */
const withOrders = orderKeys.map((key) => `instr(payload_json, '"${key}"') > 0`).join(" OR ")
const columns = Object.keys(PayloadRow.fields).join(", ")

const ordersOf = (row: typeof PayloadRow.Type) => {
  const signal = {
    strategy: row.strategy,
    marketId: row.market_id,
    eventId: row.event_id,
    side: sideOf(row.side),
    targetPrice: row.target_price,
    sizeHint: row.size_hint,
    createdAtUs: row.created_us ?? 0
  }
  const { legs, packageId } = decodePayload(signal, row.payload_json)
  return [row.id, legsText(legs, signal), packageId] as const
}

/**
 * Decodes the payloads of rows that have no execution style: those that the original wrote, also after the upgrade. Their
 * times come first, as the id of a basket holds the time.
 */
export const fillOrders = (sql: SqlClient): Effect.Effect<void, SqlError | ParseResult.ParseError> =>
  Effect.gen(function* () {
    yield* fillTimes(sql, { table: "signals", text: "created_at", us: "created_us" })
    let after = Number.MIN_SAFE_INTEGER
    for (;;) {
      const page = yield* rowsOf(PayloadRow)(
        sql.unsafe(
          `SELECT ${columns} FROM signals WHERE style IS NULL AND id > ? AND (${withOrders}) ORDER BY id LIMIT ?`,
          [after, PAGE_ROWS]
        )
      )
      for (const chunk of chunksOf(page.map(ordersOf), CHUNK_ROWS)) {
        const tuples = new Array(chunk.length).fill("(?,?,?)").join(",")
        yield* sql.unsafe(
          `UPDATE signals SET legs_json = decoded.column2, package_id = decoded.column3, style = 'aggressive' ` +
            `FROM (VALUES ${tuples}) AS decoded WHERE signals.id = decoded.column1`,
          chunk.flat()
        )
      }
      if (page.length < PAGE_ROWS) break
      after = page[page.length - 1]?.id ?? after
    }
    yield* sql`UPDATE signals SET style = 'aggressive' WHERE style IS NULL`
  })
