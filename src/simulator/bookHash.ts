import { createHash } from "node:crypto"
import { type Book } from "./Backend.ts"

/** The book's members in the order of the wire, with `hash` as given. The hash covers this text with an empty one. */
const wire = (book: Book, hash: string): string =>
  JSON.stringify({
    market: book.market,
    asset_id: book.asset_id,
    timestamp: book.timestamp,
    hash,
    bids: book.bids.map(({ price, size }) => ({ price, size })),
    asks: book.asks.map(({ price, size }) => ({ price, size })),
    min_order_size: book.min_order_size,
    tick_size: book.tick_size,
    neg_risk: book.neg_risk,
    last_trade_price: book.last_trade_price
  })

/** SHA-1 (hex) of the compact JSON with an empty hash: how the exchange fingerprints a book. */
export const bookHash = (book: Book): string => createHash("sha1").update(wire(book, "")).digest("hex")

/** The book as `/book` answers it; a recorded answer goes out as it was. */
export const bookJson = (book: Book): string => book.recorded ?? wire(book, bookHash(book))
