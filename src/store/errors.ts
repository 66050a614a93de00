import * as ParseResult from "effect/ParseResult"
import { StoreError } from "../domain/errors.ts"
import { BUSY_TIMEOUT_MS } from "../policy/store.ts"

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null

/** The driver's or the file system's own error, found under however many wrappers. */
const codedError = (error: unknown): { readonly code: string; readonly message: string } | undefined => {
  let current = error
  for (let depth = 0; depth < 8 && isRecord(current); depth++) {
    const { code, message } = current
    if (typeof code === "string" && /^(SQLITE_|E[A-Z]+$)/.test(code)) return { code, message: String(message) }
    current = current["cause"]
  }
  return undefined
}

/** By primary result code; extended codes start with it. */
const sentences: ReadonlyArray<readonly [code: string, sentence: string]> = [
  [
    "SQLITE_BUSY",
    `the file is locked by another process for more than ${BUSY_TIMEOUT_MS / 1_000} s; try again when it is done`
  ],
  ["SQLITE_LOCKED", "the file is locked by another statement; try again"],
  ["SQLITE_FULL", "the disk is full; nothing was stored"],
  ["SQLITE_READONLY", "the file is read-only"],
  ["SQLITE_CANTOPEN", "the file cannot be opened; check that the folder exists and is writable"],
  ["SQLITE_PERM", "access is not permitted"],
  ["SQLITE_NOTADB", "the file is not a SQLite database"],
  ["SQLITE_CORRUPT", "the file is corrupt; restore it from a backup"],
  ["SQLITE_IOERR", "the disk failed to read or write"],
  ["SQLITE_TOOBIG", "a value is too large to be stored"],
  ["SQLITE_NOMEM", "there is not enough memory"],
  ["EACCES", "access is not permitted"],
  ["EPERM", "access is not permitted"],
  ["EROFS", "the file is read-only"],
  ["ENOSPC", "the disk is full; nothing was stored"],
  ["ENOTDIR", "a part of its path is not a folder"],
  ["EEXIST", "a part of its path is not a folder"]
]

const detailOf = (cause: unknown): string => {
  const coded = codedError(cause)
  if (coded !== undefined) {
    const known = sentences.find(([code]) => coded.code === code || coded.code.startsWith(`${code}_`))
    return known === undefined ? `${coded.message} (${coded.code})` : known[1]
  }
  if (ParseResult.isParseError(cause)) {
    const [issue] = ParseResult.ArrayFormatter.formatErrorSync(cause)
    const where = issue === undefined ? "" : `${issue.path.join(".")}: ${issue.message}`
    return `a stored row is not of the expected shape: ${where}`
  }
  return isRecord(cause) && typeof cause["message"] === "string" ? cause["message"] : String(cause)
}

/** The one place where a driver's failure becomes a sentence. The cause is kept for `--verbose`. */
export const toStoreError =
  (operation: string) =>
  (cause: unknown): StoreError =>
    cause instanceof StoreError ? cause : new StoreError({ operation, detail: detailOf(cause), cause })

/** Whether trying again later can help. */
export const isLocked = (error: StoreError): boolean => {
  const code = codedError(error)?.code
  return code !== undefined && (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED"))
}
