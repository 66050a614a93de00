import { type Answer, type ApiRequest, arrayText, gammaFailure, jsonText, wholeNumber } from "./answer.ts"
import { type ExchangeView, type Row } from "./Backend.ts"
import {
  comparePositions,
  decodeCursor,
  encodeCursor,
  eventTests,
  marketTests,
  type Ordering,
  orderingOf,
  type Position,
  positionOf
} from "./gammaQuery.ts"

/** Pages are cut here without a word, as the real API does since May 2026. */
export const MAX_GAMMA_LIMIT = 100
const DEFAULT_GAMMA_LIMIT = 20
export const MAX_GAMMA_OFFSET = 2_000

interface Sorted<R> {
  readonly row: R
  readonly position: Position
}

type Keyed = Row & { readonly id: string }

const select = <R extends Keyed>(
  rows: ReadonlyArray<R>,
  tests: ReadonlyArray<(row: R) => boolean>,
  ordering: Ordering
): ReadonlyArray<Sorted<R>> =>
  rows
    .filter((row) => tests.every((test) => test(row)))
    .map((row) => ({ row, position: positionOf(row, ordering) }))
    .sort((a, b) => comparePositions(a.position, b.position, ordering))

/** Parameters that say which page, not which rows. */
const paging = ["limit", "offset", "after_cursor", "cursor", "next_cursor"]

/** Remembers the last selections, so that a walk over many pages sorts once for each market time. */
export const makeSelector = () => {
  const kept = new Map<string, ReadonlyArray<Sorted<Keyed>>>()
  return <R extends Keyed>(
    kind: string,
    view: ExchangeView,
    query: URLSearchParams,
    choose: () => ReadonlyArray<Sorted<R>>
  ): ReadonlyArray<Sorted<Keyed>> => {
    const rest = new URLSearchParams(query)
    for (const name of paging) rest.delete(name)
    const key = `${kind} ${view.version} ${rest.toString()}`
    const found = kept.get(key) ?? choose()
    kept.delete(key)
    kept.set(key, found)
    for (const oldest of kept.keys()) {
      if (kept.size <= 8) break
      kept.delete(oldest)
    }
    return found
  }
}

type Render = (row: Keyed) => string

const offsetPage = (
  endpoint: string,
  query: URLSearchParams,
  rows: ReadonlyArray<Sorted<Keyed>>,
  render: Render
): Answer => {
  const limit = wholeNumber(query.get("limit"), DEFAULT_GAMMA_LIMIT)
  const offset = wholeNumber(query.get("offset"), 0)
  if (limit === undefined) return gammaFailure(endpoint, 422, "limit must be a whole number not below 0")
  if (offset === undefined) return gammaFailure(endpoint, 422, "offset must be a whole number not below 0")
  if (offset > MAX_GAMMA_OFFSET) {
    const hint = `use ${endpoint}/keyset with after_cursor instead`
    return gammaFailure(endpoint, 422, `offset must not exceed ${MAX_GAMMA_OFFSET}; ${hint}`)
  }
  const page = rows.slice(offset, offset + Math.min(limit, MAX_GAMMA_LIMIT))
  return jsonText(endpoint, arrayText(page.map(({ row }) => render(row))))
}

const keysetPage = (
  endpoint: string,
  name: "markets" | "events",
  query: URLSearchParams,
  rows: ReadonlyArray<Sorted<Keyed>>,
  render: Render
): Answer => {
  if (query.has("offset")) return gammaFailure(endpoint, 422, "offset is not supported here; use after_cursor")
  const limit = wholeNumber(query.get("limit"), DEFAULT_GAMMA_LIMIT)
  if (limit === undefined || limit === 0) return gammaFailure(endpoint, 422, "limit must be a whole number above 0")
  const ordering = orderingOf(query)
  const cursor = query.get("after_cursor")
  const after = cursor === null || cursor === "" ? null : decodeCursor(cursor, ordering)
  if (after === undefined) return gammaFailure(endpoint, 422, "after_cursor is not one that this endpoint gave")
  const from = after === null ? 0 : rows.findIndex(({ position }) => comparePositions(position, after, ordering) > 0)
  const first = from < 0 ? rows.length : from
  const page = rows.slice(first, first + Math.min(limit, MAX_GAMMA_LIMIT))
  const last = page.at(-1)
  const more = last !== undefined && first + page.length < rows.length
  const next = more ? `,"next_cursor":"${encodeCursor(last.position)}"` : ""
  return jsonText(endpoint, `{"${name}":${arrayText(page.map(({ row }) => render(row)))}${next}}`)
}

const one = (endpoint: string, row: Row | undefined): Answer =>
  row === undefined ? gammaFailure(endpoint, 404, "id not found") : jsonText(endpoint, row.json())

const tagRoutes = (view: ExchangeView, parts: ReadonlyArray<string>): Answer | undefined => {
  if (parts.length === 1) return jsonText("/tags", arrayText(view.tags().map((row) => row.json())))
  const [name, value] = parts.length === 3 && parts[1] === "slug" ? ["slug", parts[2]] : ["id", parts[1]]
  if (parts.length > 3 || (parts.length === 3 && name !== "slug")) return undefined
  return one(
    `/tags/{${name}}`,
    view.tags().find((row) => row.field(name ?? "id") === value)
  )
}

const tagsOf = (endpoint: string, view: ExchangeView, eventId: string | undefined): Answer => {
  const event = eventId === undefined ? undefined : view.gammaEvent(eventId)
  if (event === undefined) return gammaFailure(endpoint, 404, "id not found")
  return jsonText(endpoint, JSON.stringify(event.field("tags") ?? []))
}

/** Gamma: market metadata, public. */
export const makeGammaRoutes = () => {
  const selector = makeSelector()
  const markets = (view: ExchangeView, query: URLSearchParams) =>
    selector("markets", view, query, () => select(view.gammaMarkets(), marketTests(query, view), orderingOf(query)))
  const events = (view: ExchangeView, query: URLSearchParams) =>
    selector("events", view, query, () => select(view.gammaEvents(), eventTests(query), orderingOf(query)))
  const renderEvent = (view: ExchangeView, query: URLSearchParams): Render => {
    const bare = query.get("include_markets") === "false"
    return (row) => (bare ? (view.gammaEvent(row.id)?.jsonBare() ?? row.json()) : row.json())
  }
  const marketRoutes = (
    view: ExchangeView,
    query: URLSearchParams,
    parts: ReadonlyArray<string>
  ): Answer | undefined => {
    const [, second, third] = parts
    if (second === undefined) return offsetPage("/markets", query, markets(view, query), (row) => row.json())
    if (parts.length === 2 && second === "keyset") {
      return keysetPage("/markets/keyset", "markets", query, markets(view, query), (row) => row.json())
    }
    if (parts.length === 3 && second === "slug") {
      return one(
        "/markets/slug/{slug}",
        view.gammaMarkets().find((row) => row.slug === third)
      )
    }
    if (parts.length > 3 || (third !== undefined && third !== "tags")) return undefined
    if (!/^\d+$/.test(second)) return gammaFailure("/markets/{id}", 422, "id is invalid")
    const row = view.gammaMarkets().find(({ id }) => id === second)
    return third === "tags" ? tagsOf("/markets/{id}/tags", view, row?.eventId) : one("/markets/{id}", row)
  }
  const eventRoutes = (
    view: ExchangeView,
    query: URLSearchParams,
    parts: ReadonlyArray<string>
  ): Answer | undefined => {
    const [, second, third] = parts
    const render = renderEvent(view, query)
    if (second === undefined) return offsetPage("/events", query, events(view, query), render)
    if (parts.length === 2 && second === "keyset") {
      return keysetPage("/events/keyset", "events", query, events(view, query), render)
    }
    if (parts.length === 3 && second === "slug") return one("/events/slug/{slug}", view.gammaEvent(third ?? ""))
    if (parts.length > 3 || (third !== undefined && third !== "tags")) return undefined
    if (!/^\d+$/.test(second)) return gammaFailure("/events/{id}", 422, "id is invalid")
    return third === "tags" ? tagsOf("/events/{id}/tags", view, second) : one("/events/{id}", view.gammaEvent(second))
  }
  return (view: ExchangeView, request: ApiRequest): Answer => {
    const parts = request.path
      .split("/")
      .filter((part) => part !== "")
      .map(decodeURIComponent)
    const unknown = gammaFailure("unknown", 404, "not found")
    if (request.method !== "GET") return gammaFailure("unknown", 405, "method not allowed")
    if (parts[0] === "markets") return marketRoutes(view, request.query, parts) ?? unknown
    if (parts[0] === "events") return eventRoutes(view, request.query, parts) ?? unknown
    if (parts[0] === "tags") return tagRoutes(view, parts) ?? unknown
    return unknown
  }
}
