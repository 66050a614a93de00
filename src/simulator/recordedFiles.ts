import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs"
import { basename, join } from "node:path"
import { gunzipSync } from "node:zlib"
import { isJsonObject, type Json, type JsonObject } from "../domain/json.ts"

/** One recognised object and the file it came from. */
export type Found =
  | { readonly kind: "gammaMarket"; readonly raw: JsonObject }
  | { readonly kind: "gammaEvent"; readonly raw: JsonObject }
  | { readonly kind: "eventVersion"; readonly committedAt: string; readonly event: JsonObject }
  | { readonly kind: "clobPage"; readonly rows: ReadonlyArray<JsonObject> }
  | { readonly kind: "book"; readonly raw: JsonObject }
  | { readonly kind: "trade"; readonly raw: JsonObject }
  | { readonly kind: "history"; readonly token: string; readonly points: ReadonlyArray<JsonObject> }

export interface FileProblem {
  readonly path: string
  readonly problem: string
}

export interface FileContent {
  readonly path: string
  readonly found: ReadonlyArray<Found>
  readonly problems: ReadonlyArray<FileProblem>
}

const listOf = (value: Json | undefined): ReadonlyArray<Json> => (Array.isArray(value) ? value : [])

const has = (object: JsonObject, ...names: ReadonlyArray<string>): boolean =>
  names.every((name) => object[name] !== undefined && object[name] !== null)

const isGammaMarket = (raw: JsonObject): boolean =>
  typeof raw["id"] === "string" && has(raw, "question") && (has(raw, "outcomes") || has(raw, "clobTokenIds"))

/** Some recorded events have no market at all; a series looks alike but says so. */
const isGammaEvent = (raw: JsonObject): boolean =>
  typeof raw["id"] === "string" &&
  has(raw, "slug") &&
  (Array.isArray(raw["markets"]) || (has(raw, "title", "ticker") && !has(raw, "seriesType")))

const isClobMarket = (raw: JsonObject): boolean => has(raw, "condition_id") && Array.isArray(raw["tokens"])

/** A price history does not say whose it is: the token in the file's name, else the name itself stands for it. */
const tokenOfFile = (path: string): string => {
  const name = basename(path).replace(/(\.jsonl?|\.gz)+$/i, "")
  return /\d{60,}/.exec(name)?.[0] ?? name
}

/** What an object is, by its members only. Nothing for shapes that the exchange's public reads do not have. */
const recognise = (raw: JsonObject, path: string): ReadonlyArray<Found> => {
  const event = raw["event"]
  const data = raw["data"]
  if (typeof raw["committed_at"] === "string" && isJsonObject(event)) {
    return [{ kind: "eventVersion", committedAt: raw["committed_at"], event }]
  }
  if (Array.isArray(data) && has(raw, "next_cursor")) {
    const rows = listOf(data).filter(isJsonObject).filter(isClobMarket)
    return rows.length === 0 ? [] : [{ kind: "clobPage", rows }]
  }
  if (Array.isArray(raw["history"])) {
    const points = listOf(raw["history"])
      .filter(isJsonObject)
      .filter((point) => has(point, "t", "p"))
    return points.length === 0 ? [] : [{ kind: "history", token: tokenOfFile(path), points }]
  }
  if (
    has(raw, "market", "asset_id") &&
    Array.isArray(raw["bids"]) &&
    Array.isArray(raw["asks"]) &&
    !has(raw, "event_type")
  ) {
    return [{ kind: "book", raw }]
  }
  if (has(raw, "proxyWallet", "asset", "conditionId", "side", "price", "size", "timestamp"))
    return [{ kind: "trade", raw }]
  if (isGammaMarket(raw)) return [{ kind: "gammaMarket", raw }]
  if (isGammaEvent(raw)) return [{ kind: "gammaEvent", raw }]
  if (isClobMarket(raw)) return [{ kind: "clobPage", rows: [raw] }]
  const inner = [...listOf(raw["markets"]), ...listOf(raw["events"]), ...(isJsonObject(raw["raw"]) ? [raw["raw"]] : [])]
  return inner.filter(isJsonObject).flatMap((each) => recognise(each, path))
}

const recogniseValue = (value: Json, path: string): ReadonlyArray<Found> =>
  (Array.isArray(value) ? listOf(value) : [value]).filter(isJsonObject).flatMap((each) => recognise(each, path))

const parse = (text: string): Json | undefined => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** JSON, or JSON objects one a line; a torn line is reported and the others are kept. */
const readText = (text: string, path: string): FileContent => {
  const whole = parse(text)
  if (whole !== undefined) return { path, found: recogniseValue(whole, path), problems: [] }
  const lines = text.split("\n")
  const first = lines.find((line) => line.trim() !== "")
  if (first === undefined || !isJsonObject(parse(first))) {
    return { path, found: [], problems: [{ path, problem: "not JSON, and not JSON lines" }] }
  }
  const found: Array<Found> = []
  const problems: Array<FileProblem> = []
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "") continue
    const value = parse(line)
    if (value === undefined) problems.push({ path, problem: `line ${i + 1} is not JSON` })
    else for (const each of recogniseValue(value, path)) found.push(each)
  }
  return { path, found, problems }
}

const startOf = (path: string): Buffer => {
  const descriptor = openSync(path, "r")
  try {
    const buffer = Buffer.alloc(64)
    return buffer.subarray(0, readSync(descriptor, buffer, 0, 64, 0))
  } finally {
    closeSync(descriptor)
  }
}

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

const looksLikeJson = (text: string): boolean => /^\s*[[{]/.test(text)

const withoutBom = (text: string): string => (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)

/** Reads one file; `undefined` when it is no JSON at all (a table, a picture, a note). */
export const readRecordedFile = (path: string): FileContent | undefined => {
  try {
    const start = startOf(path)
    if (!isGzip(start) && !looksLikeJson(withoutBom(start.toString("utf8")))) return undefined
    const bytes = readFileSync(path)
    const text = withoutBom((isGzip(bytes) ? gunzipSync(bytes) : bytes).toString("utf8"))
    return looksLikeJson(text) ? readText(text, path) : undefined
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return { path, found: [], problems: [{ path, problem }] }
  }
}

/** Every file below `directory`, in the order of their paths, so that "last" means the same everywhere. */
export const filesBelow = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory)
    .sort()
    .flatMap((name) => {
      const path = join(directory, name)
      const stat = statSync(path)
      return stat.isDirectory() ? filesBelow(path) : stat.isFile() ? [path] : []
    })
