import { applyFills, costOf, crosses, onYes, rest, type Sweep, sweep } from "../core/priceTimeBook.ts"
import { isJsonObject } from "../domain/json.ts"
import { MICROS_PER_SECOND } from "../domain/time.ts"
import { MICRO, type MicroUnits } from "../domain/units.ts"
import { type ClobMarketRow } from "./Backend.ts"
import { type PlaceOutcome, type VenueOrder, type VenueTradeRecord } from "./TradingEngine.ts"
import {
  isImmediate,
  marketableRefusal,
  noBalance,
  noMatch,
  notFilled,
  priceOf,
  refuse,
  sharesOf,
  takerOf
} from "./tradingRules.ts"
import { accountParty, feeOf, settle } from "./tradingSettle.ts"
import {
  type AccountOrder,
  assetOf,
  freeBalance,
  type MarketBook,
  outcomeOf,
  tokenOf,
  type TradingState
} from "./tradingState.ts"

/** pUSD that a trade moved for its taker, without the fee. */
const cashOf = ({ tokenId, makers }: VenueTradeRecord): MicroUnits =>
  makers.reduce((sum, row) => sum + costOf(row.tokenId === tokenId ? row.price : MICRO - row.price, row.qty), 0)

/** The most a new order may cost its wallet: what it gives, and for a buyer the fee of what it takes at once. */
const needOf = (row: ClobMarketRow, order: VenueOrder, taken: Sweep): MicroUnits =>
  order.makerAmount + (order.side === "buy" ? feeOf(row.fee, taken.fills) : 0)

const canPay = (state: TradingState, order: VenueOrder, need: MicroUnits): boolean =>
  state.allowances.get(order.maker) === "unlimited" && freeBalance(state, order.maker, assetOf(order)) >= need

/** How long the market makes an order wait that takes. */
const delayOf = (state: TradingState, row: ClobMarketRow): number => {
  const raw: unknown = JSON.parse(row.json())
  const seconds = isJsonObject(raw) ? raw["seconds_delay"] : 0
  return Math.max(state.delayUs, typeof seconds === "number" ? seconds * MICROS_PER_SECOND : 0)
}

const seen = (state: TradingState, { id, owner }: VenueOrder, end: "matched" | "canceled" | null): void => {
  state.seen.set(id, { owner, end })
}

const restOf = (state: TradingState, market: MarketBook, one: AccountOrder): void => {
  const { order, token, price, qty, filledQty } = one
  const at = onYes(token, order.side, price)
  state.orders.set(order.id, { ...one, dueUs: null, held: 0 })
  rest(market.book, { id: order.id, owner: order.owner, side: at.side, price: at.price, qty: qty - filledQty })
}

/** Matches an order against the book as it is now, and lets the rest of it rest or go. */
export const matchNow = (
  state: TradingState,
  market: MarketBook,
  row: ClobMarketRow,
  one: AccountOrder
): PlaceOutcome => {
  const { order } = one
  const taken = sweep(market.book, takerOf(order, one.token, one.price))
  const killed = order.orderType === "FOK" ? !taken.complete : isImmediate(order) && taken.qty === 0
  if (killed) {
    seen(state, order, "canceled")
    return refuse(order.orderType === "FOK" ? notFilled : noMatch)
  }
  if (!canPay(state, order, needOf(row, order, taken))) return refuse(noBalance)
  seen(state, order, null)
  applyFills(market.book, taken.fills)
  const trade = taken.qty === 0 ? null : settle(state, market, row.fee, accountParty(one), taken.fills)
  one.filledQty += taken.qty
  if (trade !== null) one.tradeIds.push(trade.record.id)
  if (!isImmediate(order) && one.filledQty < one.qty) restOf(state, market, one)
  else seen(state, order, "matched")
  if (trade === null) return { _tag: "placed", status: "live", makingAmount: null, takingAmount: null, tradeIds: [] }
  const cash = cashOf(trade.record)
  const [makingAmount, takingAmount] = order.side === "buy" ? [cash, taken.qty] : [taken.qty, cash]
  return { _tag: "placed", status: "matched", makingAmount, takingAmount, tradeIds: [trade.record.id] }
}

/** Takes an order that has passed the rules: matches it, or keeps it for the delay of its market. */
export const admit = (state: TradingState, market: MarketBook, row: ClobMarketRow, order: VenueOrder): PlaceOutcome => {
  const token = tokenOf(market, order.tokenId)
  const price = priceOf(order)
  const at = onYes(token, order.side, price)
  const marketable = crosses(market.book, at.side, at.price)
  const refusal = marketable ? marketableRefusal(order) : null
  if (refusal !== null) return refusal
  const one: AccountOrder = {
    order,
    conditionId: market.conditionId,
    token,
    outcome: outcomeOf(market, token),
    price,
    qty: sharesOf(order),
    filledQty: 0,
    held: 0,
    createdAtUs: state.nowUs,
    tradeIds: [],
    dueUs: null
  }
  const delayUs = marketable || isImmediate(order) ? delayOf(state, row) : 0
  if (delayUs <= 0) return matchNow(state, market, row, one)
  const held = needOf(row, order, sweep(market.book, takerOf(order, token, price)))
  if (!canPay(state, order, held)) return refuse(noBalance)
  seen(state, order, null)
  state.orders.set(order.id, { ...one, held, dueUs: state.nowUs + delayUs })
  return { _tag: "placed", status: "delayed", makingAmount: null, takingAmount: null, tradeIds: [] }
}
