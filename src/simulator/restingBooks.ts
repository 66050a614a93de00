import { type EpochMicros } from "../domain/time.ts"
import { type Micros, toMicros } from "../domain/units.ts"
import { type Book, type BookLevel, type ExchangeView } from "./Backend.ts"
import { decimalText } from "./ledgerRows.ts"
import { type TradingEngine } from "./TradingEngine.ts"

type Levels = ReadonlyArray<readonly [price: Micros, qty: Micros]>

const unchanged = (shown: ReadonlyArray<BookLevel>, now: Levels): boolean =>
  shown.length === now.length &&
  now.every(([price, qty], i) => {
    const level = shown[i]
    return level !== undefined && toMicros(Number(level.price)) === price && toMicros(Number(level.size)) === qty
  })

const levelsOf = (levels: Levels): ReadonlyArray<BookLevel> =>
  levels.map(([price, qty]) => ({ price: decimalText(price), size: decimalText(qty) }))

const merged = (book: Book, { asks, bids }: { readonly bids: Levels; readonly asks: Levels }): Book => {
  // A recorded answer is sent as it was until somebody trades.
  if (unchanged(book.bids, bids) && unchanged(book.asks, asks)) return book
  const { recorded, ...rest } = book
  return { ...rest, bids: levelsOf(bids), asks: levelsOf(asks) }
}

/** The exchange as it is with the orders of its accounts: books show what rests, and no longer what was taken. */
export const withRestingOrders = (view: ExchangeView, engine: TradingEngine, nowUs: EpochMicros): ExchangeView => ({
  ...view,
  version: view.version,
  book: (tokenId) => {
    const book = view.book(tokenId)
    const resting = book === undefined ? undefined : engine.book(tokenId, nowUs)
    return book === undefined || resting === undefined ? book : merged(book, resting)
  }
})
