import { isJsonObject } from "../domain/json.ts"

/** A short name for what a value is, for messages about wrong shapes. */
export const kindOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "array" : typeof value

/** The id of a row as text, whatever it is called there; undefined when the row has none. */
export const textIdOf = (row: unknown, name: string): string | undefined => {
  if (!isJsonObject(row)) return undefined
  const id = row[name]
  return typeof id === "string" && id !== "" ? id : typeof id === "number" ? String(id) : undefined
}

/** What these cursors mean by "nothing follows": absent, empty, or base64 of -1. */
const lastCursors = ["", "LTE="]

/** Reads `{[rows]: [...], next_cursor?}`. */
export const readCursorPage =
  (rowsName: string) =>
  (
    json: unknown
  ):
    | { readonly value: { readonly rows: ReadonlyArray<unknown>; readonly next: string | null } }
    | { readonly problem: string } => {
    if (!isJsonObject(json)) return { problem: `expected an object with "${rowsName}", got ${kindOf(json)}` }
    const rows = json[rowsName]
    if (!Array.isArray(rows)) return { problem: `"${rowsName}" is ${kindOf(rows)}, not an array` }
    const next = json["next_cursor"] ?? null
    if (next !== null && typeof next !== "string") return { problem: `"next_cursor" is ${kindOf(next)}, not a string` }
    return { value: { rows, next: next === null || lastCursors.includes(next) ? null : next } }
  }
