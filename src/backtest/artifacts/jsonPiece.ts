import { isUtf8 } from "node:buffer"
import { canonicalJson } from "../../domain/canonicalJson.ts"
import { ArtifactError } from "../../domain/errors.ts"
import { type Json } from "../../domain/json.ts"

/** One value of an artifact with the text that it was read from. */
export interface JsonPiece {
  readonly value: Json
  readonly text: string
  /** Whether JSON.stringify gives the very same text: no blanks, no name twice, no other spelling of a number. */
  readonly plain: boolean
}

/** Reads a value from its bytes; `at` names it in errors. Names that stand twice in an object are refused. */
export const parsePiece = (file: string, at: string, bytes: Uint8Array): JsonPiece => {
  if (!isUtf8(bytes)) throw new ArtifactError({ file, at, detail: "not JSON: the bytes are no UTF-8" })
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8")
  let value: Json
  try {
    value = JSON.parse(text)
  } catch {
    throw new ArtifactError({ file, at, detail: "not JSON" })
  }
  const plain = JSON.stringify(value) === text
  if (!plain) {
    const twice = repeatedName(text)
    if (twice !== null) throw new ArtifactError({ file, at: joined(at, twice), detail: "is there twice" })
  }
  return { value, text, plain }
}

const joined = (at: string, path: string): string =>
  at === "" ? path.replace(/^\./, "") : `${at}${path.startsWith("[") ? path : path.startsWith(".") ? path : `.${path}`}`

/** Whether JSON.stringify gives the canonical form: nothing nested, keys in order. Ledger rows are written that way. */
const isCanonicalRow = (value: Json): boolean => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false
  let before: string | null = null
  for (const [key, inner] of Object.entries(value)) {
    if ((before !== null && key <= before) || (typeof inner === "object" && inner !== null)) return false
    before = key
  }
  return true
}

/** RFC 8785, by the shorter way where a value is a ledger row as this program writes them. */
export const canonicalText = (value: Json): string =>
  isCanonicalRow(value) ? JSON.stringify(value) : canonicalJson(value)

/** The same of a piece that was read from a file, which may hold what no canonical JSON can: half a surrogate, 1e400. */
export const canonicalPiece = (file: string, at: string, piece: JsonPiece): string => {
  try {
    return piece.plain && isCanonicalRow(piece.value) ? piece.text : canonicalText(piece.value)
  } catch (cause) {
    const detail = `has no canonical form: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new ArtifactError({ file, at, detail })
  }
}

/** Where a walk over a text is inside an object or a list. */
interface Place {
  /** Names so far; null in a list. */
  readonly names: Set<string> | null
  name: string
  index: number
}

const pathOf = (places: ReadonlyArray<Place>): string =>
  places.map(({ index, name, names }) => (names === null ? `[${index}]` : `.${name}`)).join("")

const endOfText = (text: string, start: number): number => {
  let end = start + 1
  while (text[end] !== `"`) end += text[end] === "\\" ? 2 : 1
  return end + 1
}

/** The path of the first name that an object of the text has twice; null: none has. The text must be valid JSON. */
export const repeatedName = (text: string): string | null => {
  const places: Array<Place> = []
  for (let next = 0; next < text.length; next += 1) {
    const unit = text[next]
    const place = places.at(-1)
    if (unit === "{") places.push({ names: new Set(), name: "", index: 0 })
    else if (unit === "[") places.push({ names: null, name: "", index: 0 })
    else if (unit === "}" || unit === "]") places.pop()
    else if (unit === "," && place !== undefined) {
      place.index += 1
      place.name = ""
    } else if (unit === `"`) {
      const end = endOfText(text, next)
      if (place !== undefined && place.names !== null && nameFollows(text, end)) {
        place.name = nameOf(text.slice(next, end))
        if (place.names.has(place.name)) return pathOf(places)
        place.names.add(place.name)
      }
      next = end - 1
    }
  }
  return null
}

/** A text with a colon behind it is a name. */
const nameFollows = (text: string, end: number): boolean => {
  let next = end
  while (text[next] === " " || text[next] === "\n" || text[next] === "\r" || text[next] === "\t") next += 1
  return text[next] === ":"
}

const nameOf = (token: string): string => {
  if (!token.includes("\\")) return token.slice(1, -1)
  const name: unknown = JSON.parse(token)
  return String(name)
}
