import { type EpochMicros } from "../domain/time.ts"
import { type MicroUnits, toMicros } from "../domain/units.ts"
import { type Book, type BookLevel, type ExchangeView } from "./Backend.ts"
import { decimalText } from "./ledgerRows.ts"
import { type TradingEngine } from "./TradingEngine.ts"

type Levels = ReadonlyArray<readonly [price: MicroUnits, qty: MicroUnits]>

const unchanged = (shown: ReadonlyArray<BookLevel>, now: Levels): boolean =>
  shown.length === now.length &&
  now.every(([price, qty], i) => {
    const level = shown[i]
    return level !== undefined && toMicros(Number(level.price)) === price && toMicros(Number(level.size)) === qty
  })

const levelsOf = (levels: Levels): ReadonlyArray<BookLevel> =>
  levels.map(([price, qty]) => ({ price: decimalText(price), size: decimalText(qty) }))

/** A recorded answer is sent as it was until a trade changes the book. */
const merged = (book: Book, { asks, bids }: { readonly bids: Levels; readonly asks: Levels }): Book =>
  unchanged(book.bids, bids) && unchanged(book.asks, asks)
    ? book
    : {
        market: book.market,
        asset_id: book.asset_id,
        timestamp: book.timestamp,
        bids: levelsOf(bids),
        asks: levelsOf(asks),
        min_order_size: book.min_order_size,
        tick_size: book.tick_size,
        neg_risk: book.neg_risk,
        last_trade_price: book.last_trade_price
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
