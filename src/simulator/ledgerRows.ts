import { type Json } from "../domain/json.ts"
import { MICROS_PER_SECOND } from "../domain/time.ts"
import { fromMicros, type MicroUnits } from "../domain/units.ts"
import { type Answer, json } from "./answer.ts"
import { type BookedOrder, type VenueMakerFill, type VenueTradeRecord } from "./TradingEngine.ts"

/** Rows of open orders or trades in one answer. */
export const LEDGER_PAGE = 100
const END_CURSOR = "LTE="

/** Decimal text with as many places as it needs. */
export const decimalText = (amount: MicroUnits): string => String(fromMicros(amount))

const seconds = (us: number): number => Math.floor(us / MICROS_PER_SECOND)

const wireSide = (side: "buy" | "sell"): string => (side === "buy" ? "BUY" : "SELL")

export const openOrderRow = (booked: BookedOrder): Json => ({
  id: booked.order.id,
  status: "LIVE",
  owner: booked.order.owner,
  maker_address: booked.order.maker,
  market: booked.conditionId,
  asset_id: booked.order.tokenId,
  side: wireSide(booked.order.side),
  original_size: decimalText(booked.qty),
  size_matched: decimalText(booked.filledQty),
  price: decimalText(booked.price),
  associate_trades: booked.tradeIds,
  outcome: booked.outcome,
  created_at: seconds(booked.createdAtUs),
  expiration: String(booked.order.expirationSec),
  order_type: booked.order.orderType
})

const makerRow = (fill: VenueMakerFill): Json => ({
  order_id: fill.orderId,
  owner: fill.owner,
  maker_address: fill.maker,
  matched_amount: decimalText(fill.qty),
  price: decimalText(fill.price),
  fee_rate_bps: "0",
  asset_id: fill.tokenId,
  outcome: fill.outcome,
  side: wireSide(fill.side)
})

/** A trade as the owner of `key` sees it: all but `trader_side` is the taker's, whoever asks. */
export const tradeRow = (trade: VenueTradeRecord, key: string): Json => ({
  id: trade.id,
  taker_order_id: trade.takerOrderId,
  market: trade.conditionId,
  asset_id: trade.tokenId,
  side: wireSide(trade.side),
  size: decimalText(trade.qty),
  fee_rate_bps: "0",
  price: decimalText(trade.price),
  status: `TRADE_STATUS_${trade.status}`,
  match_time: String(seconds(trade.matchedAtUs)),
  match_time_nano: `${trade.matchedAtUs}000`,
  last_update: String(seconds(trade.updatedAtUs)),
  outcome: trade.outcome,
  bucket_index: trade.bucketIndex,
  owner: trade.takerOwner,
  maker_address: trade.takerMaker,
  maker_orders: trade.makers.map(makerRow),
  transaction_hash: trade.transactionHash,
  err_msg: trade.status === "FAILED" ? "the transaction was reverted" : "",
  trader_side: trade.takerOwner === key ? "TAKER" : "MAKER"
})

const sameText = (filter: string | null, value: string): boolean =>
  filter === null || filter === "" || filter.toLowerCase() === value.toLowerCase()

export const orderMatches = (query: URLSearchParams, { conditionId, order }: BookedOrder): boolean =>
  sameText(query.get("id"), order.id) &&
  sameText(query.get("market"), conditionId) &&
  sameText(query.get("asset_id"), order.tokenId)

/** Seconds, both ends left out; undefined: neither absent nor whole. */
const windowOf = (query: URLSearchParams): { readonly after: number; readonly before: number } | undefined => {
  const end = (name: string, absent: number) => {
    const text = query.get(name)
    if (text === null || text === "") return absent
    return /^\d{1,12}$/.test(text) ? Number(text) : undefined
  }
  const after = end("after", -Infinity)
  const before = end("before", Infinity)
  return after === undefined || before === undefined ? undefined : { after, before }
}

/** Trades that a query asks for; undefined when it makes no sense. */
export const selectTrades = (
  query: URLSearchParams,
  trades: ReadonlyArray<VenueTradeRecord>
): ReadonlyArray<VenueTradeRecord> | undefined => {
  const window = windowOf(query)
  if (window === undefined) return undefined
  const parts = (trade: VenueTradeRecord) => [{ tokenId: trade.tokenId, maker: trade.takerMaker }, ...trade.makers]
  return trades.filter(
    (trade) =>
      sameText(query.get("id"), trade.id) &&
      sameText(query.get("market"), trade.conditionId) &&
      parts(trade).some(({ tokenId }) => sameText(query.get("asset_id"), tokenId)) &&
      parts(trade).some(({ maker }) => sameText(query.get("maker_address"), maker)) &&
      seconds(trade.matchedAtUs) > window.after &&
      seconds(trade.matchedAtUs) < window.before
  )
}

const offsetOf = (cursor: string | null): number | undefined => {
  if (cursor === null || cursor === "") return 0
  const text = Buffer.from(cursor, "base64").toString("utf8")
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

/** A page of rows; undefined when the cursor is none of ours. */
export const ledgerPage = <A>(
  endpoint: string,
  cursor: string | null,
  rows: ReadonlyArray<A>,
  row: (one: A) => Json
): Answer | undefined => {
  const offset = cursor === END_CURSOR ? rows.length : offsetOf(cursor)
  if (offset === undefined) return undefined
  const page = rows.slice(offset, offset + LEDGER_PAGE)
  const end = offset + page.length
  const next = end < rows.length ? Buffer.from(String(end)).toString("base64") : END_CURSOR
  return json(endpoint, { limit: LEDGER_PAGE, count: page.length, next_cursor: next, data: page.map(row) })
}
