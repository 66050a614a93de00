import { type SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { rowsOf } from "./statements.ts"

const NameRow = Schema.Struct({ name: Schema.String })

/** Adds the columns (name -> type and default) that a table lacks. */
export const addColumns = (sql: SqlClient, table: string, columns: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const present = yield* rowsOf(NameRow)(sql`SELECT name FROM pragma_table_info(${table})`)
    const names = new Set(present.map((row) => row.name))
    for (const [name, type] of Object.entries(columns)) {
      if (!names.has(name)) yield* sql.unsafe(`ALTER TABLE ${table} ADD COLUMN ${name} ${type}`)
    }
  })
