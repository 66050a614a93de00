import { type Answer, type ApiRequest, arrayText, failure, json, jsonText, wholeNumber } from "./answer.ts"
import { type ExchangeView, type TradeRow } from "./Backend.ts"

const MAX_TRADES = 10_000

const listOf = (text: string | null): ReadonlySet<string> | null =>
  text === null || text === "" ? null : new Set(text.split(",").map((part) => part.trim()))

const tradeTest = (query: URLSearchParams): ((trade: TradeRow) => boolean) => {
  const markets = listOf(query.get("market"))
  const events = listOf(query.get("eventId"))
  const user = query.get("user")?.toLowerCase()
  const side = query.get("side")?.toUpperCase()
  const least = Number(query.get("filterAmount") ?? "0")
  const inCash = query.get("filterType") === "CASH"
  return (trade) =>
    (markets === null || markets.has(trade.conditionId)) &&
    (events === null || events.has(trade.eventId)) &&
    (user === undefined || trade.proxyWallet.toLowerCase() === user) &&
    (side === undefined || trade.side === side) &&
    (least <= 0 || (inCash ? trade.size * trade.price : trade.size) >= least)
}

const trades = (view: ExchangeView, query: URLSearchParams): Answer => {
  const limit = wholeNumber(query.get("limit"), 100)
  const offset = wholeNumber(query.get("offset"), 0)
  if (limit === undefined) return failure("/trades", 400, "invalid limit")
  if (offset === undefined) return failure("/trades", 400, "invalid offset")
  if (offset > MAX_TRADES) return failure("/trades", 400, `max historical trades offset of ${MAX_TRADES} exceeded`)
  const amount = query.get("filterAmount")
  if (amount !== null && !Number.isFinite(Number(amount))) return failure("/trades", 400, "invalid filterAmount")
  const fits = tradeTest(query)
  const rows: Array<string> = []
  let skipped = 0
  for (const trade of view.trades()) {
    if (rows.length >= Math.min(limit, MAX_TRADES)) break
    if (!fits(trade)) continue
    if (skipped++ >= offset) rows.push(trade.json())
  }
  return jsonText("/trades", arrayText(rows))
}

/** Shares bought less sold over the listed trades, as an open interest that follows from what can be seen. */
const openInterest = (view: ExchangeView, query: URLSearchParams): Answer => {
  const markets = listOf(query.get("market"))
  if (markets === null) return failure("/oi", 400, "required query param 'market' not provided")
  const totals = new Map([...markets].map((market) => [market, 0]))
  for (const trade of view.trades()) {
    const total = totals.get(trade.conditionId)
    if (total !== undefined) totals.set(trade.conditionId, total + (trade.side === "BUY" ? trade.size : -trade.size))
  }
  return json(
    "/oi",
    [...totals].map(([market, value]) => ({ market, value: Math.max(0, Math.round(value * 100) / 100) }))
  )
}

const value = (query: URLSearchParams): Answer => {
  const user = query.get("user")
  if (user === null) return failure("/value", 400, "required query param 'user' not provided")
  return json("/value", [{ user, value: 0 }])
}

/** Data API. It has no markets listing: 404 there is the real answer. */
export const dataRoutes = (view: ExchangeView, request: ApiRequest): Answer => {
  if (request.method !== "GET") return failure("unknown", 405, "method not allowed")
  switch (request.path) {
    case "/":
    case "":
      return json("/", { data: "OK" })
    case "/trades":
      return trades(view, request.query)
    case "/oi":
      return openInterest(view, request.query)
    case "/value":
      return value(request.query)
    case "/markets":
    case "/v1/markets":
    case "/v2/markets":
      return failure(request.path, 404, "not found")
    default:
      return failure("unknown", 404, "not found")
  }
}
