import { type Json } from "../domain/json.ts"
import { parseTime } from "../domain/time.ts"
import { type ExchangeView, type GammaEventRow, type GammaMarketRow, type Row } from "./Backend.ts"

type Test<R> = (row: R) => boolean

/** `liquidity_num_min=100` and the like: parameter stem -> member of the row. */
const numberRanges: ReadonlyArray<readonly [string, string]> = [
  ["liquidity_num", "liquidityNum"],
  ["volume_num", "volumeNum"],
  ["liquidity", "liquidity"],
  ["volume", "volume"]
]
const dateRanges: ReadonlyArray<readonly [string, string]> = [
  ["start_date", "startDate"],
  ["end_date", "endDate"]
]

const asNumber = (value: Json | undefined): number =>
  typeof value === "number" ? value : typeof value === "string" && value !== "" ? Number(value) : Number.NaN

const asTime = (value: Json | undefined): number =>
  typeof value === "string" ? (parseTime(value) ?? Number.NaN) : Number.NaN

const rangeTests = (query: URLSearchParams): ReadonlyArray<Test<Row>> => {
  const tests: Array<Test<Row>> = []
  const add = (stem: string, name: string, read: (value: Json | undefined) => number): void => {
    const low = query.get(`${stem}_min`)
    const high = query.get(`${stem}_max`)
    if (low !== null) tests.push((row) => read(row.field(name)) >= read(low))
    if (high !== null) tests.push((row) => read(row.field(name)) <= read(high))
  }
  for (const [stem, name] of numberRanges) add(stem, name, asNumber)
  for (const [stem, name] of dateRanges) add(stem, name, asTime)
  return tests
}

const flagTests = (query: URLSearchParams, closedDefault: string | null): ReadonlyArray<Test<Row>> => {
  const tests: Array<Test<Row>> = []
  for (const name of ["active", "archived", "closed", "featured"]) {
    const wanted = query.get(name) ?? (name === "closed" ? closedDefault : null)
    if (wanted === "true" || wanted === "false") {
      tests.push((row) => (row.field(name) === true) === (wanted === "true"))
    }
  }
  return tests
}

/** Repeated keys are a list: any of them fits. */
const listTest = <R>(
  query: URLSearchParams,
  name: string,
  values: (row: R) => ReadonlyArray<string>
): ReadonlyArray<Test<R>> => {
  const wanted = new Set(query.getAll(name))
  return wanted.size === 0 ? [] : [(row) => values(row).some((value) => wanted.has(value))]
}

const textOf = (value: Json | undefined): ReadonlyArray<string> => (typeof value === "string" ? [value] : [])

/** Cheap tests first: the lists and flags decide before anything is computed. */
export const marketTests = (query: URLSearchParams, view: ExchangeView): ReadonlyArray<Test<GammaMarketRow>> => [
  ...listTest<GammaMarketRow>(query, "id", (row) => [row.id]),
  ...listTest<GammaMarketRow>(query, "slug", (row) => [row.slug]),
  ...listTest<GammaMarketRow>(query, "condition_ids", (row) => [row.conditionId]),
  ...listTest<GammaMarketRow>(query, "clob_token_ids", (row) => row.tokenIds),
  ...listTest<GammaMarketRow>(query, "question_ids", (row) => textOf(row.field("questionID"))),
  ...listTest<GammaMarketRow>(query, "uma_resolution_status", (row) => textOf(row.field("umaResolutionStatus"))),
  ...listTest<GammaMarketRow>(query, "tag_id", (row) => view.gammaEvent(row.eventId)?.tagIds ?? []),
  ...flagTests(query, "false"),
  ...rangeTests(query)
]

export const eventTests = (query: URLSearchParams): ReadonlyArray<Test<GammaEventRow>> => [
  ...listTest<GammaEventRow>(query, "id", (row) => [row.id]),
  ...listTest<GammaEventRow>(query, "slug", (row) => [row.slug]),
  ...listTest<GammaEventRow>(query, "tag_id", (row) => row.tagIds),
  ...flagTests(query, null),
  ...rangeTests(query)
]

/** Members by which rows may be ordered: camelCase as in the answers. Other names are ignored, without a word. */
const sortable = new Set([
  "id",
  "volumeNum",
  "liquidityNum",
  "volume24hr",
  "volume1wk",
  "volume",
  "liquidity",
  "startDate",
  "endDate",
  "createdAt",
  "updatedAt",
  "closedTime",
  "bestBid",
  "bestAsk",
  "spread",
  "lastTradePrice",
  "competitive",
  "question",
  "slug"
])
const numericText = new Set(["id", "volume", "liquidity"])

export type SortKey = number | string | null
/** Values of the ordering members, then the id. */
export type Position = ReadonlyArray<SortKey>

export interface Ordering {
  readonly names: ReadonlyArray<string>
  readonly ascending: boolean
}

export const orderingOf = (query: URLSearchParams): Ordering => ({
  names: (query.get("order") ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => sortable.has(name)),
  ascending: query.get("ascending") !== "false"
})

export const positionOf = (row: Row & { readonly id: string }, ordering: Ordering): Position => [
  ...ordering.names.map((name): SortKey => {
    const value = row.field(name)
    if (numericText.has(name)) return asNumber(value)
    return typeof value === "number" || typeof value === "string" ? value : null
  }),
  /^\d+$/.test(row.id) ? Number(row.id) : row.id
]

/** Rows without a value come last, whatever the direction. */
const compareKeys = (a: SortKey, b: SortKey, sign: number): number => {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  if (typeof a === typeof b) return a < b ? -sign : sign
  return typeof a === "number" ? -1 : 1
}

export const comparePositions = (a: Position, b: Position, ordering: Ordering): number => {
  const sign = ordering.ascending ? 1 : -1
  for (let i = 0; i < a.length; i++) {
    // The id breaks ties upwards when nothing else is asked for, else in the direction of the order.
    const order = compareKeys(a[i] ?? null, b[i] ?? null, sign)
    if (order !== 0) return order
  }
  return 0
}

export const encodeCursor = (position: Position): string => Buffer.from(JSON.stringify(position)).toString("base64url")

const isPosition = (value: unknown, length: number): value is Position =>
  Array.isArray(value) &&
  value.length === length &&
  value.every((key) => key === null || typeof key === "number" || typeof key === "string")

export const decodeCursor = (text: string, ordering: Ordering): Position | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"))
    return isPosition(value, ordering.names.length + 1) ? value : undefined
  } catch {
    return undefined
  }
}
