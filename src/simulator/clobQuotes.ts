import { isJsonObject, type Json } from "../domain/json.ts"
import { type Answer, type ApiRequest, failure, json, jsonText } from "./answer.ts"
import { type Book, type ClobMarketRow, type ExchangeView, type LastTrade } from "./Backend.ts"
import { bookJson } from "./bookHash.ts"

const NO_BOOK = "No orderbook exists for the requested token id"
/** Most tokens in one batch. */
const MAX_BATCH = 500

const bestOf = (book: Book) => ({ bid: book.bids.at(-1)?.price, ask: book.asks.at(-1)?.price })

/** Exact to the sixth decimal, without trailing zeros. */
const decimal = (value: number): string => String(Math.round(value * 1e6) / 1e6)

const midpoint = (book: Book): string | undefined => {
  const { bid, ask } = bestOf(book)
  return bid === undefined || ask === undefined ? undefined : decimal((Number(bid) + Number(ask)) / 2)
}

const spread = (book: Book): string | undefined => {
  const { bid, ask } = bestOf(book)
  return bid === undefined || ask === undefined ? undefined : decimal(Number(ask) - Number(bid))
}

/** BUY is the best bid and SELL the best ask: the side of the book, not of the one who asks. */
const price = (book: Book, side: string): string | undefined => (side === "BUY" ? bestOf(book).bid : bestOf(book).ask)

const isSide = (side: string | null): side is "BUY" | "SELL" => side === "BUY" || side === "SELL"

type Ask = (book: Book) => Json | undefined

const fromBook = (view: ExchangeView, endpoint: string, token: string, ask: Ask): Answer => {
  const book = view.book(token)
  if (book === undefined) return failure(endpoint, 404, NO_BOOK)
  const value = ask(book)
  return value === undefined ? failure(endpoint, 404, "No orders on one side of the book") : json(endpoint, value)
}

const single =
  (name: string, value: (book: Book) => string | undefined): Ask =>
  (book) => {
    const text = value(book)
    return text === undefined ? undefined : { [name]: text }
  }

const tradeOf = (row: ClobMarketRow, token: string): LastTrade | null =>
  row.tokens.find(({ id }) => id === token)?.lastTrade ?? null

const marketAnswers: { readonly [path: string]: (row: ClobMarketRow, token: string) => Json } = {
  "/last-trade-price": (row, token) => {
    const last = tradeOf(row, token)
    return last === null ? { price: "0.5", side: "" } : { price: last.price, side: last.side }
  },
  "/tick-size": (row) => ({ minimum_tick_size: row.tick }),
  "/neg-risk": (row) => ({ neg_risk: row.negRisk }),
  "/fee-rate": (row) => ({ base_fee: row.baseFee })
}

/** GET routes about one token: `?token_id=`, or the token as the last part of the path where the exchange takes that. */
export const bookRoutes = (view: ExchangeView, request: ApiRequest): Answer | undefined => {
  const [, head = "", tail] = request.path.split("/")
  const endpoint = `/${head}`
  const isBook = ["/book", "/price", "/midpoint", "/spread"].includes(endpoint) && tail === undefined
  const answer = Object.hasOwn(marketAnswers, endpoint) ? marketAnswers[endpoint] : undefined
  if (!isBook && answer === undefined) return undefined
  const token = tail ?? request.query.get("token_id") ?? ""
  if (!/^\d+$/.test(token)) return failure(endpoint, 400, "Invalid token id")
  if (answer !== undefined) {
    const row = view.marketOfToken(token)
    return row === undefined ? failure(endpoint, 404, "market not found") : json(endpoint, answer(row, token))
  }
  if (endpoint === "/book") {
    const book = view.book(token)
    return book === undefined ? failure(endpoint, 404, NO_BOOK) : jsonText(endpoint, bookJson(book))
  }
  if (endpoint === "/midpoint") return fromBook(view, endpoint, token, single("mid", midpoint))
  if (endpoint === "/spread") return fromBook(view, endpoint, token, single("spread", spread))
  const side = request.query.get("side")
  if (!isSide(side)) return failure(endpoint, 400, "Invalid side")
  return fromBook(
    view,
    endpoint,
    token,
    single("price", (book) => price(book, side))
  )
}

interface BatchItem {
  readonly token: string
  readonly side: string
}

const batchOf = (body: string): ReadonlyArray<BatchItem> | undefined => {
  try {
    const parsed: unknown = JSON.parse(body)
    if (!Array.isArray(parsed)) return undefined
    const rows: ReadonlyArray<unknown> = parsed
    const items = rows.filter(isJsonObject).map(({ token_id, side }) => ({
      token: typeof token_id === "string" ? token_id : "",
      side: typeof side === "string" ? side : ""
    }))
    return items.length === rows.length && items.every(({ token }) => token !== "") ? items : undefined
  } catch {
    return undefined
  }
}

/** Tokens without a book are left out of the answer, as the exchange does. */
const batchValues = (
  view: ExchangeView,
  items: ReadonlyArray<BatchItem>,
  value: (book: Book) => string | undefined
) => {
  const out: { [token: string]: Json } = {}
  for (const { token } of items) {
    const book = view.book(token)
    const found = book === undefined ? undefined : value(book)
    if (found !== undefined) out[token] = found
  }
  return out
}

const batchPrices = (view: ExchangeView, items: ReadonlyArray<BatchItem>): { readonly [token: string]: Json } => {
  const out: { [token: string]: { [side: string]: string } } = {}
  for (const { token, side } of items) {
    const book = view.book(token)
    if (book === undefined) continue
    for (const each of side === "" ? ["BUY", "SELL"] : [side]) {
      const found = price(book, each)
      if (found !== undefined) out[token] = { ...out[token], [each]: found }
    }
  }
  return out
}

const batchTrades = (view: ExchangeView, items: ReadonlyArray<BatchItem>): ReadonlyArray<Json> =>
  items.flatMap(({ token }) => {
    const row = view.marketOfToken(token)
    const last = row === undefined ? null : tradeOf(row, token)
    return last === null ? [] : [{ token_id: token, price: last.price, side: last.side }]
  })

const batchPaths = ["/books", "/prices", "/midpoints", "/spreads", "/last-trades-prices"]

/** POST routes: `[{ token_id, side? }]`. */
export const bookBatchRoutes = (view: ExchangeView, { path, body }: ApiRequest): Answer | undefined => {
  if (!batchPaths.includes(path)) return undefined
  const items = batchOf(body)
  if (items === undefined) return failure(path, 400, "Invalid payload")
  if (items.length > MAX_BATCH) return failure(path, 400, "Payload exceeds the limit")
  if (path === "/prices" && items.some(({ side }) => side !== "" && !isSide(side)))
    return failure(path, 400, "Invalid side")
  switch (path) {
    case "/books": {
      const books = items.map(({ token }) => view.book(token)).filter((book) => book !== undefined)
      return jsonText(path, `[${books.map(bookJson).join(",")}]`)
    }
    case "/prices":
      return json(path, batchPrices(view, items))
    case "/midpoints":
      return json(path, batchValues(view, items, midpoint))
    case "/spreads":
      return json(path, batchValues(view, items, spread))
    default:
      return json(path, batchTrades(view, items))
  }
}
