import { closeSync, openSync, readSync, statSync } from "node:fs"
import Sqlite from "better-sqlite3"
import { StoreError } from "../domain/errors.ts"
import { latestMigration } from "./migrations/all.ts"

/** Name of the table that remembers which migrations ran. */
export const MIGRATIONS_TABLE = "schema_migrations"

/** `missing` and `empty` need creating; otherwise the number of the last migration, 0 for the original's files. */
export type FileState = "missing" | "empty" | { readonly migration: number }

/** Columns that tell this schema from another program's table of the same name. */
const marks: Readonly<Record<string, ReadonlyArray<string>>> = {
  ingestion_runs: ["source", "started_at", "rows_ingested"],
  markets: ["source", "market_id", "canonical_id", "event_id"],
  market_snapshots: ["market_id", "event_id", "captured_at"],
  signals: ["strategy", "market_id", "payload_json", "created_at"],
  orders: ["strategy", "market_id", "token_id", "external_id"],
  fills: ["order_id", "strategy", "market_id", "token_id"],
  positions: ["strategy", "market_id", "token_id", "net_qty", "avg_price"],
  switches: ["name", "value"]
}

const HEADER = "SQLite format 3\0"

const headerOf = (path: string): string => {
  const file = openSync(path, "r")
  try {
    const bytes = Buffer.alloc(HEADER.length)
    return bytes.toString("latin1", 0, readSync(file, bytes, 0, HEADER.length, 0))
  } finally {
    closeSync(file)
  }
}

const texts = (rows: ReadonlyArray<unknown>): ReadonlyArray<string> => rows.map(String)

const checkTables = (db: Sqlite.Database, refuse: (detail: string) => StoreError): FileState => {
  const tables = texts(
    db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").pluck().all()
  )
  if (tables.length === 0) return { migration: 0 }
  let known = 0
  for (const table of tables) {
    const wanted = marks[table]
    if (wanted === undefined) continue
    const columns = texts(db.prepare("SELECT name FROM pragma_table_info(?)").pluck().all(table))
    const lacking = wanted.find((column) => !columns.includes(column))
    if (lacking !== undefined) {
      throw refuse(`belongs to another program: its table ${table} has no column ${lacking}`)
    }
    known++
  }
  if (known === 0 && !tables.includes(MIGRATIONS_TABLE)) {
    throw refuse("belongs to another program: it has none of monomarket's tables")
  }
  if (!tables.includes(MIGRATIONS_TABLE)) return { migration: 0 }
  return {
    migration: Number(db.prepare(`SELECT COALESCE(MAX(migration_id), 0) FROM ${MIGRATIONS_TABLE}`).pluck().get())
  }
}

/**
 * Looks at the file through a read-only connection, so that whatever cannot be used is refused before anything could
 * touch it. Before an upgrade the whole file is checked for damage. Throws `StoreError` or the driver's error.
 */
export const inspectFile = (path: string, busyTimeoutMs: number): FileState => {
  const refuse = (detail: string) => new StoreError({ operation: `open ${path}`, detail })
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return "missing"
  if (stats.isDirectory()) throw refuse("is a folder, not a database file")
  if (!stats.isFile()) throw refuse("is not a regular file")
  if (stats.size === 0) return "empty"
  if (headerOf(path) !== HEADER) throw refuse("the file is not a SQLite database")
  const db = new Sqlite(path, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs })
  try {
    const state = checkTables(db, refuse)
    if (state !== "missing" && state !== "empty") {
      if (state.migration > latestMigration) {
        throw refuse(`was written by a newer version of monomarket (schema ${state.migration} > ${latestMigration})`)
      }
      if (state.migration < latestMigration) {
        const answer = String(db.prepare("PRAGMA quick_check(1)").pluck().get())
        if (answer !== "ok") throw refuse(`the file is corrupt (${answer}); restore it from a backup`)
      }
    }
    return state
  } finally {
    db.close()
  }
}
