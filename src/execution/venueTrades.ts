import { type OrderHash, type ReportedTrade, type TradePart, type TradeState } from "../domain/LiveOrder.ts"
import { MICROS_PER_SECOND } from "../domain/time.ts"
import { MICRO, price, type Shares, shares } from "../domain/units.ts"
import { type TradeStatus, type VenueTrade } from "../polymarket/tradingWire.ts"

/** `retrying` still may become either; an unknown word is not the end of anything. */
const stateOf = (status: TradeStatus): TradeState =>
  status === "confirmed" ? "final" : status === "failed" ? "failed" : "provisional"

/** The exchange writes ids in either case. */
export const hashOf = (id: string): OrderHash => id.toLowerCase()

type MakerRow = NonNullable<VenueTrade["maker_orders"]>[number]

/** Parts with one key are distinguished by their number: the same trade always lists them in the same order. */
const distinct = (parts: ReadonlyArray<TradePart>): ReadonlyArray<TradePart> => {
  const seen = new Map<string, number>()
  return parts.map((part) => {
    const nth = (seen.get(part.key) ?? 0) + 1
    seen.set(part.key, nth)
    return nth === 1 ? part : { ...part, key: `${part.key}#${nth}` }
  })
}

const sum = (rows: ReadonlyArray<MakerRow>): Shares =>
  shares(rows.reduce((total, row) => total + row.matched_amount, 0))

/**
 * The taker pays each maker's own price; a maker of the other outcome at p gives this one at 1 - p. Where the makers do not
 * add up to the trade, its own price and size stand.
 */
const takerParts = (trade: VenueTrade, makers: ReadonlyArray<MakerRow>): ReadonlyArray<TradePart> =>
  makers.length > 0 && sum(makers) === trade.size
    ? makers.map((row) => ({
        key: hashOf(row.order_id),
        price: price(row.asset_id === trade.asset_id ? row.price : MICRO - row.price),
        qty: shares(row.matched_amount)
      }))
    : [{ key: "taker", price: price(trade.price), qty: shares(trade.size) }]

/** What a trade did for this account's orders: as taker, and for each order of its own that was met as maker. */
export const reportedTrades = (
  trade: VenueTrade,
  { apiKey, clockSkewSec }: { readonly apiKey: string; readonly clockSkewSec: number }
): ReadonlyArray<ReportedTrade> => {
  const makers = trade.maker_orders ?? []
  const common = {
    tradeId: trade.id,
    conditionId: trade.market,
    state: stateOf(trade.status),
    word: trade.status,
    // By this machine's clock, as everything that is stored.
    atUs: Math.round((trade.match_time - clockSkewSec) * MICROS_PER_SECOND)
  }
  const side = trade.trader_side?.toUpperCase()
  const took = side === "TAKER" || (side !== "MAKER" && trade.owner === apiKey)
  const taken: ReadonlyArray<ReportedTrade> = took
    ? [
        {
          ...common,
          role: "taker",
          orderHash: hashOf(trade.taker_order_id),
          parts: distinct(takerParts(trade, makers))
        }
      ]
    : []
  const own = new Map<OrderHash, Array<TradePart>>()
  for (const row of makers) {
    if (row.owner !== apiKey) continue
    const parts = own.get(hashOf(row.order_id)) ?? []
    parts.push({ key: "maker", price: price(row.price), qty: shares(row.matched_amount) })
    own.set(hashOf(row.order_id), parts)
  }
  const made = [...own].map(([orderHash, parts]): ReportedTrade => ({
    ...common,
    role: "maker",
    orderHash,
    parts: distinct(parts)
  }))
  return [...taken, ...made]
}
