import { type EpochMicros, MICROS_PER_SECOND } from "../domain/time.ts"
import { bookOf, refreshBook } from "./tradingBooks.ts"
import { advanceTrades } from "./tradingLife.ts"
import { matchNow } from "./tradingMatch.ts"
import { GTD_MARGIN_US } from "./tradingRules.ts"
import { type AccountOrder, dropOrder, isDown, listedMarket, type TradingState } from "./tradingState.ts"

export const RESTART_US = 90 * MICROS_PER_SECOND
export const POST_ONLY_US = 120 * MICROS_PER_SECOND

const advanceMode = (state: TradingState): void => {
  while (state.modeUntilUs !== null && state.modeUntilUs <= state.nowUs) {
    const postOnly = state.mode === "restarting"
    state.mode = postOnly ? "post_only" : "normal"
    state.modeUntilUs = postOnly ? state.modeUntilUs + POST_ONLY_US : null
  }
}

const expire = (state: TradingState): void => {
  for (const one of [...state.orders.values()]) {
    const { orderType, expirationSec } = one.order
    if (orderType === "GTD" && expirationSec * MICROS_PER_SECOND - GTD_MARGIN_US <= state.nowUs)
      dropOrder(state, one, "canceled")
  }
}

const matchDelayed = (state: TradingState, one: AccountOrder): void => {
  const row = listedMarket(state, one.order.tokenId)
  const market = row === undefined ? undefined : bookOf(state, row)
  dropOrder(state, one, "canceled")
  if (row === undefined || market === undefined || row.closed) return
  matchNow(state, market, row, one)
}

/**
 * Brings everything up to a market time, never back. In this order: trades on their way to the chain, orders that
 * expire, then the books of now against the orders that rest, then delayed orders in the order in which they fall due.
 */
export const advance = (state: TradingState, nowUs: EpochMicros): void => {
  state.nowUs = Math.max(state.nowUs, nowUs)
  advanceMode(state)
  advanceTrades(state)
  expire(state)
  if (isDown(state)) return
  const busy = new Set([...state.orders.values()].map(({ conditionId }) => conditionId))
  for (const conditionId of busy) {
    const market = state.books.get(conditionId)
    if (market !== undefined) refreshBook(state, market)
  }
  const due = [...state.orders.values()].filter(({ dueUs }) => dueUs !== null && dueUs <= state.nowUs)
  for (const one of due.sort((a, b) => (a.dueUs ?? 0) - (b.dueUs ?? 0))) {
    if (state.orders.has(one.order.id)) matchDelayed(state, one)
  }
}
