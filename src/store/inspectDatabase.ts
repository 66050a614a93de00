import { accessSync, constants, statfsSync, statSync } from "node:fs"
import { dirname, resolve } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { type StoreError } from "../domain/errors.ts"
import { type SwitchName, switchNames } from "../domain/Switches.ts"
import { lockWaitMs } from "../policy/doctor.ts"
import { inspectFile } from "./databaseFile.ts"
import { toStoreError } from "./errors.ts"
import { latestMigration } from "./migrations/all.ts"

/** A database file as it is, found without changing or upgrading it. */
export interface DatabaseFileReport {
  readonly path: string
  readonly state: "missing" | "empty" | "usable"
  /** Schema of the file, and of this version; 0 in a file of the original. */
  readonly migration: number
  readonly latestMigration: number
  readonly journalMode: string
  /** With its write-ahead log. */
  readonly sizeBytes: number
  /** `locked`: another process was writing all the while. */
  readonly access: "writable" | "read-only" | "locked"
  /** Of the disk that holds it; null: the system does not say. */
  readonly freeBytes: number | null
  /** The stored switches as they are spelt. */
  readonly switches: ReadonlyMap<SwitchName, string>
}

/** Looks at the folder itself, or at the nearest one above that exists. */
const freeBytes = (folder: string): number | null => {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    const above = dirname(folder)
    return above === folder ? null : freeBytes(above)
  }
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

const permitted = (path: string): boolean => {
  try {
    accessSync(path, constants.W_OK)
    accessSync(dirname(path), constants.W_OK)
    return true
  } catch {
    return false
  }
}

const codeOf = (error: unknown): string => (error instanceof Sqlite.SqliteError ? error.code : "")

/** Takes the write lock and lets go of it: a permission alone does not say that a write succeeds. */
const accessOf = (path: string): DatabaseFileReport["access"] => {
  if (!permitted(path)) return "read-only"
  const db = new Sqlite(path, { fileMustExist: true, timeout: lockWaitMs })
  try {
    db.exec("BEGIN IMMEDIATE; ROLLBACK")
    return "writable"
  } catch (error) {
    if (codeOf(error).startsWith("SQLITE_READONLY")) return "read-only"
    if (codeOf(error).startsWith("SQLITE_BUSY")) return "locked"
    throw error
  } finally {
    db.close()
  }
}

const readStored = (path: string): Pick<DatabaseFileReport, "journalMode" | "switches"> => {
  const db = new Sqlite(path, { readonly: true, fileMustExist: true, timeout: lockWaitMs })
  try {
    const hasSwitches = db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'switches'").get()
    const rows = hasSwitches === undefined ? [] : db.prepare("SELECT name, value FROM switches").raw().all()
    const stored = new Map(rows.map((row) => (Array.isArray(row) ? [String(row[0]), String(row[1])] : ["", ""])))
    const switches = new Map<SwitchName, string>()
    for (const name of switchNames) {
      const value = stored.get(name)
      if (value !== undefined) switches.set(name, value)
    }
    return { journalMode: String(db.pragma("journal_mode", { simple: true })), switches }
  } finally {
    db.close()
  }
}

const inspect = (path: string): DatabaseFileReport => {
  const state = inspectFile(path, lockWaitMs)
  const found = {
    path,
    latestMigration,
    sizeBytes: sizeOf(path) + sizeOf(`${path}-wal`),
    freeBytes: freeBytes(dirname(resolve(path)))
  }
  if (state === "missing" || state === "empty") {
    return { ...found, state, migration: 0, journalMode: "", access: "writable", switches: new Map() }
  }
  return { ...found, state: "usable", migration: state.migration, access: accessOf(path), ...readStored(path) }
}

/** Fails where the file is no database, damaged, of another program or of a newer version. */
export const inspectDatabase = (path: string): Effect.Effect<DatabaseFileReport, StoreError> =>
  Effect.try({ try: () => inspect(path), catch: toStoreError(`look at ${path}`) })
