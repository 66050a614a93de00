import { isJsonObject, type Json, type JsonObject } from "../domain/json.ts"
import { type EpochMicros, parseTime } from "../domain/time.ts"

/** Field readers that accept what the endpoints really send, and never throw. Blank text counts as absent. */

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

/** As SQLite keeps it: half of a surrogate pair would come back as another text, and look changed at every look. */
const storable = (text: string): string => (text.isWellFormed() ? text : text.toWellFormed())

/** Text of a value; a whole number that a double holds exactly becomes its digits, so that ids may be numbers. */
export const textOf = (value: Json | undefined): string | undefined =>
  typeof value === "string"
    ? storable(value.trim()) || undefined
    : typeof value === "number" && Number.isSafeInteger(value)
      ? String(value)
      : undefined

export const firstText = (row: JsonObject, names: ReadonlyArray<string>): string | undefined => {
  for (const name of names) {
    const text = textOf(row[name])
    if (text !== undefined) return text
  }
  return undefined
}

/** null: absent. NaN: there is something, but it is no number. */
export const numberOf = (value: Json | undefined): number | null => {
  if (typeof value === "number") return value
  if (value === undefined || value === null) return null
  if (typeof value !== "string") return Number.NaN
  const text = value.trim()
  return text === "" ? null : decimal.test(text) ? Number(text) : Number.NaN
}

export const firstNumber = (row: JsonObject, names: ReadonlyArray<string>): number | null => {
  for (const name of names) {
    const value = numberOf(row[name])
    if (value !== null) return value
  }
  return null
}

export const firstFlag = (row: JsonObject, names: ReadonlyArray<string>): boolean | undefined => {
  for (const name of names) {
    const value = row[name]
    if (typeof value === "boolean") return value
    if (value === "true" || value === 1) return true
    if (value === "false" || value === 0) return false
  }
  return undefined
}

export const firstTime = (row: JsonObject, names: ReadonlyArray<string>): EpochMicros | null => {
  for (const name of names) {
    const value = row[name]
    const time = typeof value === "string" ? parseTime(value) : undefined
    if (time !== undefined) return time
  }
  return null
}

/** A value that may be JSON inside a string, decoded; undefined when absent, `unreadable` when it is not JSON. */
export const unreadable = Symbol("unreadable")
export const decoded = (value: Json | undefined): Json | undefined | typeof unreadable => {
  if (value === null || value === undefined) return undefined
  if (typeof value !== "string") return value
  const text = value.trim()
  if (text === "") return undefined
  try {
    const json: Json = JSON.parse(text)
    return json ?? undefined
  } catch {
    return unreadable
  }
}

/** A list or a map out of a value that may be JSON inside a string; an empty one counts as absent. */
export const decodedCollection = (
  value: Json | undefined
): ReadonlyArray<Json> | JsonObject | undefined | typeof unreadable => {
  const json = decoded(value)
  if (json === undefined || json === unreadable) return json
  if (Array.isArray(json)) return json.length === 0 ? undefined : json
  return isJsonObject(json) ? (Object.keys(json).length === 0 ? undefined : json) : unreadable
}
