import { type EpochMicros, MICROS_PER_SECOND } from "../domain/time.ts"
import { type Answer, type ApiRequest, arrayText, failure, json, jsonText } from "./answer.ts"
import { type ClobListing, clobListings, type ClobMarketRow, type ExchangeView } from "./Backend.ts"
import { pricesHistory } from "./clobHistory.ts"
import { bookBatchRoutes, bookRoutes } from "./clobQuotes.ts"

export const CLOB_PAGE = 1_000
export const FIRST_CURSOR = "MA=="
export const END_CURSOR = "LTE="

const offsetOf = (cursor: string | null): number | undefined => {
  if (cursor === null || cursor === "") return 0
  const text = Buffer.from(cursor, "base64").toString("utf8")
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

const listing = (view: ExchangeView, name: ClobListing, query: URLSearchParams): Answer => {
  const endpoint = `/${name}`
  const offset = offsetOf(query.get("next_cursor"))
  if (offset === undefined) return failure(endpoint, 400, "next item should be greater than or equal to 0")
  const rows = view.clobMarkets(name)
  const page = rows.slice(offset, offset + CLOB_PAGE)
  const end = offset + page.length
  const next = end < rows.length ? Buffer.from(String(end)).toString("base64") : END_CURSOR
  const text = page.map((row) => (name.endsWith("simplified-markets") ? row.simplifiedJson() : row.json()))
  return jsonText(
    endpoint,
    `{"data":${arrayText(text)},"next_cursor":"${next}","limit":${CLOB_PAGE},"count":${page.length}}`
  )
}

/** The compact trading configuration of one market. */
const compact = (row: ClobMarketRow): Answer =>
  json("/clob-markets/{condition_id}", {
    c: row.conditionId,
    t: row.tokens.map(({ id, outcome }) => ({ t: id, o: outcome })),
    mts: row.tick,
    mos: row.minOrderSize,
    ...(row.negRisk ? { nr: true } : {}),
    ...(row.fee === null ? {} : { fd: { r: row.fee.rate, e: row.fee.exponent, to: row.fee.takerOnly } }),
    mbf: row.baseFee,
    tbf: row.baseFee,
    ao: row.acceptingOrders,
    cbos: false,
    rfqe: false,
    itode: false,
    ibce: false
  })

const byToken = (row: ClobMarketRow): Answer =>
  json("/markets-by-token/{token_id}", {
    condition_id: row.conditionId,
    primary_token_id: row.tokens[0]?.id ?? "",
    secondary_token_id: row.tokens[1]?.id ?? ""
  })

const withId = (view: ExchangeView, head: string, id: string): Answer | undefined => {
  const missing = (endpoint: string) => failure(endpoint, 404, "market not found")
  switch (head) {
    case "markets": {
      const row = view.clobMarket(id)
      const endpoint = "/markets/{condition_id}"
      return row === undefined ? missing(endpoint) : jsonText(endpoint, row.json())
    }
    case "clob-markets": {
      const row = view.clobMarket(id)
      return row === undefined ? missing("/clob-markets/{condition_id}") : compact(row)
    }
    case "markets-by-token": {
      const row = view.marketOfToken(id)
      return row === undefined ? missing("/markets-by-token/{token_id}") : byToken(row)
    }
    default:
      return undefined
  }
}

/** Order entry and everything that needs credentials. */
const trading =
  /^\/(orders?|cancel-all|cancel-market-orders|auth\/.*|data\/.*|balance-allowance(\/.*)?|(v1\/)?heartbeats|notifications|orders?-scoring|rewards\/user.*)$/

/** The text with which the exchange refuses orders while it is closed. */
export const TRADING_DISABLED = "Trading is currently disabled. Check polymarket.com for updates"

/**
 * CLOB REST: the public reads. Where the exchange does not trade, order entry answers as it does while trading is
 * disabled; where it does, `tradingRoutes` has answered already.
 */
export const clobRoutes = (view: ExchangeView, request: ApiRequest, nowUs: EpochMicros, trades: boolean): Answer => {
  const { method, path, query } = request
  if (!trades && trading.test(path)) return failure("trading", 503, TRADING_DISABLED)
  if (method === "POST") return bookBatchRoutes(view, request) ?? failure("unknown", 404, "not found")
  if (method !== "GET") return failure("unknown", 405, "method not allowed")
  const name = clobListings.find((known) => path === `/${known}`)
  if (name !== undefined) return listing(view, name, query)
  switch (path) {
    case "/":
    case "/ok":
      return jsonText(path, '"OK"')
    case "/time":
      return json(path, Math.floor(nowUs / MICROS_PER_SECOND))
    case "/version":
      return json(path, { version: 2 })
    case "/prices-history":
      return pricesHistory(view, query, nowUs)
    default: {
      const [, head = "", id, ...rest] = path.split("/")
      const found = id !== undefined && rest.length === 0 ? withId(view, head, decodeURIComponent(id)) : undefined
      return found ?? bookRoutes(view, request) ?? failure("unknown", 404, "not found")
    }
  }
}
