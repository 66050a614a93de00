import { type SqlClient } from "@effect/sql/SqlClient"
import { type SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { parseTime } from "../domain/time.ts"
import { PAGE_ROWS } from "../policy/store.ts"
import { rowsOf } from "./statements.ts"

/** A time that is kept twice: as the original's text, and as integer epoch microseconds for queries. */
export interface TimeColumn {
  readonly table: string
  readonly text: string
  readonly us: string
}

export const timeColumns: ReadonlyArray<TimeColumn> = [
  { table: "market_snapshots", text: "captured_at", us: "captured_us" },
  { table: "signals", text: "created_at", us: "created_us" },
  { table: "orders", text: "created_at", us: "created_us" },
  { table: "fills", text: "created_at", us: "created_us" },
  { table: "ingestion_runs", text: "started_at", us: "started_us" },
  { table: "ingestion_runs", text: "finished_at", us: "finished_us" },
  { table: "ingestion_error_bucket_events", text: "created_at", us: "created_us" },
  { table: "ingestion_breakers", text: "open_until_ts", us: "open_until_us" },
  { table: "markets", text: "updated_at", us: "updated_us" }
]

const TextRow = Schema.Struct({ row_id: Schema.Number, text: Schema.Unknown })

/**
 * Fills the integer where only the text is there: rows of the original, also those that it wrote after the upgrade.
 * A text that is not a time leaves NULL: such a row stays, but no range query sees it.
 */
export const fillTimes = (
  sql: SqlClient,
  { table, text, us }: TimeColumn
): Effect.Effect<void, SqlError | ParseResult.ParseError> =>
  Effect.gen(function* () {
    let after = Number.MIN_SAFE_INTEGER
    for (;;) {
      const page = yield* rowsOf(TextRow)(
        sql.unsafe(
          `SELECT rowid AS row_id, ${text} AS text FROM ${table} ` +
            `WHERE ${us} IS NULL AND ${text} IS NOT NULL AND rowid > ? ORDER BY rowid LIMIT ?`,
          [after, PAGE_ROWS]
        )
      )
      const values: Array<number> = []
      for (const row of page) {
        const time = typeof row.text === "string" ? parseTime(row.text) : undefined
        if (time !== undefined) values.push(row.row_id, time)
        after = row.row_id
      }
      if (values.length > 0) {
        const tuples = new Array(values.length / 2).fill("(?,?)").join(",")
        yield* sql.unsafe(
          `UPDATE ${table} SET ${us} = filled.column2 FROM (VALUES ${tuples}) AS filled ` +
            `WHERE ${table}.rowid = filled.column1`,
          values
        )
      }
      if (page.length < PAGE_ROWS) return
    }
  })

/** Text of SQL that says whether any row still lacks its integer; answered by the indexes. */
export const lacksTime = ({ table, text, us }: TimeColumn): string =>
  `EXISTS(SELECT 1 FROM ${table} WHERE ${us} IS NULL AND ${text} IS NOT NULL)`
