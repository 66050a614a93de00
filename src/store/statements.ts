import { type SqlClient } from "@effect/sql/SqlClient"
import { type SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { type StoreError } from "../domain/errors.ts"
import { INSERT_ROWS, MAX_SQL_PARAMETERS } from "../policy/store.ts"
import { toStoreError } from "./errors.ts"

/** What the driver binds. Booleans and dates are encoded before. */
export type SqlValue = string | number | null

export const flag = (value: boolean): 0 | 1 => (value ? 1 : 0)
export const flagOrNull = (value: boolean | null): 0 | 1 | null => (value === null ? null : flag(value))
export const flagOf = (value: number | null): boolean | null => (value === null ? null : value !== 0)

/** Checks every row against its schema: a database may have been written by anybody. */
export const rowsOf = <A, I>(row: Schema.Schema<A, I>) => {
  const decode = Schema.decodeUnknown(Schema.Array(row))
  return <R>(
    statement: Effect.Effect<ReadonlyArray<unknown>, SqlError, R>
  ): Effect.Effect<ReadonlyArray<A>, SqlError | ParseResult.ParseError, R> => Effect.flatMap(statement, decode)
}

/** Names the operation in whatever goes wrong. */
export const storing =
  (operation: string) =>
  <A, R>(effect: Effect.Effect<A, SqlError | ParseResult.ParseError | StoreError, R>) =>
    Effect.mapError(effect, toStoreError(operation))

export const placeholders = (count: number): string => `(${new Array(count).fill("?").join(",")})`

/** Consecutive slices of at most `size`. */
export const chunksOf = <A>(values: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> => {
  const chunks: Array<ReadonlyArray<A>> = []
  for (let at = 0; at < values.length; at += size) chunks.push(values.slice(at, at + size))
  return chunks
}

/** Multi-row INSERTs; `tail` is what follows VALUES (an ON CONFLICT clause). Column names are never data. */
export const insertRows = (
  sql: SqlClient,
  into: { readonly table: string; readonly columns: ReadonlyArray<string>; readonly tail?: string },
  rows: ReadonlyArray<ReadonlyArray<SqlValue>>
): Effect.Effect<void, SqlError> => {
  const width = into.columns.length
  const head = `INSERT INTO ${into.table} (${into.columns.join(", ")}) VALUES `
  const tuple = placeholders(width)
  const size = Math.min(INSERT_ROWS, Math.floor(MAX_SQL_PARAMETERS / width))
  return Effect.forEach(
    chunksOf(rows, size),
    (chunk) => sql.unsafe(`${head}${new Array(chunk.length).fill(tuple).join(",")} ${into.tail ?? ""}`, chunk.flat()),
    { discard: true, concurrency: 1 }
  )
}
