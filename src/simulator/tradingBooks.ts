import { applyFills, depth, makeBook, onYes, rest, sweep, takeOut } from "../core/priceTimeBook.ts"
import { type Side, type Token } from "../domain/ids.ts"
import { MICRO, type MicroUnits, toMicros } from "../domain/units.ts"
import { type BookLevel, type ClobMarketRow, type ExchangeView } from "./Backend.ts"
import { outsideParty, settle } from "./tradingSettle.ts"
import { dropOrder, isDown, listedMarket, type MarketBook, tokenOf, type TradingState } from "./tradingState.ts"

/** One of the outsiders' levels, as a standing order in the book of YES. */
interface Level {
  readonly id: string
  readonly side: Side
  readonly price: MicroUnits
  readonly qty: MicroUnits
}

type PriceAndQty = readonly [price: MicroUnits, qty: MicroUnits]

const amountsOf = (shown: ReadonlyArray<BookLevel>): ReadonlyArray<PriceAndQty> =>
  shown.map(({ price, size }) => [toMicros(Number(price)), toMicros(Number(size))])

const levelsOf = (token: Token, side: Side, shown: ReadonlyArray<BookLevel>): Array<Level> =>
  amountsOf(shown).flatMap(([ownPrice, qty]) => {
    const { side: yesSide, price } = onYes(token, side, ownPrice)
    const tradable = qty > 0 && price > 0 && price < MICRO
    return tradable ? [{ id: `${yesSide}@${price}`, side: yesSide, price, qty }] : []
  })

/** What the backend shows of a market, best price first; null without a book. The second token's book is a mirror. */
const shownLevels = (market: MarketBook, view: ExchangeView): ReadonlyArray<Level> | null => {
  const [yes, no] = market.tokenIds
  const own = view.book(yes)
  const book = own ?? view.book(no)
  if (book === undefined) return null
  const token = own === undefined ? "NO" : "YES"
  const levels = [...levelsOf(token, "buy", book.bids), ...levelsOf(token, "sell", book.asks)]
  const of = (side: Side) => levels.filter((level) => level.side === side)
  return [...of("buy").sort((a, b) => b.price - a.price), ...of("sell").sort((a, b) => a.price - b.price)]
}

const addLevel = (state: TradingState, market: MarketBook, row: ClobMarketRow, level: Level): void => {
  const taken = sweep(market.book, { side: level.side, limitPrice: level.price, qty: level.qty })
  market.shown.set(level.id, level.qty)
  if (taken.fills.length > 0) {
    applyFills(market.book, taken.fills)
    settle(state, market, row.fee, outsideParty(state, level.side), taken.fills)
  }
  if (taken.qty < level.qty) rest(market.book, { ...level, owner: "", qty: level.qty - taken.qty })
}

/** Nothing can trade here any more: the outsiders leave, and our accounts' orders are cancelled. */
const closeBook = (state: TradingState, market: MarketBook): void => {
  for (const one of [...state.orders.values()]) {
    if (one.conditionId === market.conditionId) dropOrder(state, one, "canceled")
  }
  for (const id of market.shown.keys()) takeOut(market.book, id)
  market.shown.clear()
}

/**
 * Brings a market's book up to what the backend shows now. A level whose size is as before keeps its place and what is
 * left of it; one that is new or has another size is a new order of the outsiders: where it crosses, orders of ours that
 * rest there fill at their own price.
 */
export const refreshBook = (state: TradingState, market: MarketBook): void => {
  const view = state.backend.at(state.nowUs)
  if (market.version === view.version || isDown(state)) return
  market.version = view.version
  const row = view.clobMarket(market.conditionId) ?? view.marketOfToken(market.tokenIds[0])
  const levels = row === undefined || row.closed ? null : shownLevels(market, view)
  if (row === undefined || levels === null) return closeBook(state, market)
  const sizes = new Map(levels.map(({ id, qty }) => [id, qty]))
  for (const [id, size] of market.shown) {
    if (sizes.get(id) === size) continue
    takeOut(market.book, id)
    market.shown.delete(id)
  }
  for (const level of levels) if (!market.shown.has(level.id)) addLevel(state, market, row, level)
}

/** The book of a listed market, up to date. */
export const bookOf = (state: TradingState, row: ClobMarketRow): MarketBook | undefined => {
  const [yes, no] = row.tokens
  if (yes === undefined || no === undefined) return undefined
  let market = state.books.get(row.conditionId)
  if (market === undefined) {
    market = {
      conditionId: row.conditionId,
      tokenIds: [yes.id, no.id],
      outcomes: [yes.outcome, no.outcome],
      book: makeBook(),
      shown: new Map(),
      version: null
    }
    state.books.set(row.conditionId, market)
  }
  refreshBook(state, market)
  return market
}

/**
 * A token's book with all that rests, best price last. Where none of our accounts has traded it is the backend's own.
 */
export const tokenBook = (
  state: TradingState,
  tokenId: string
): { readonly bids: ReadonlyArray<PriceAndQty>; readonly asks: ReadonlyArray<PriceAndQty> } | undefined => {
  const row = listedMarket(state, tokenId)
  if (row === undefined || row.closed) return undefined
  const market = state.books.get(row.conditionId)
  if (market === undefined) {
    const shown = state.backend.at(state.nowUs).book(tokenId)
    return shown === undefined ? undefined : { bids: amountsOf(shown.bids), asks: amountsOf(shown.asks) }
  }
  refreshBook(state, market)
  if (market.shown.size === 0) return undefined
  const [bids, asks] = [depth(market.book, "buy").toReversed(), depth(market.book, "sell").toReversed()]
  if (tokenOf(market, tokenId) === "YES") return { bids, asks }
  const mirror = (levels: ReadonlyArray<PriceAndQty>) => levels.map(([price, qty]) => [MICRO - price, qty] as const)
  return { bids: mirror(asks), asks: mirror(bids) }
}
