import { type Side, type Token } from "../../domain/ids.ts"
import { type Quote } from "../../domain/quote.ts"
import { MICRO, type Price, price } from "../../domain/units.ts"

/** What the matching rules read of a quote. */
export type MarketQuote = Pick<Quote, "atUs" | "yes" | "no" | "bid" | "ask" | "liquidity">

/** Price of a token as shown; null when the source did not say. */
export const shownPrice = (quote: MarketQuote, token: Token): Price | null => (token === "YES" ? quote.yes : quote.no)

/** Price of a token; where only one side is known the other is its mirror, 1 - price. */
export const tokenPrice = (quote: MarketQuote, token: Token): Price | null => {
  const own = shownPrice(quote, token)
  if (own !== null) return own
  const other = token === "YES" ? quote.no : quote.yes
  return other === null ? null : price(MICRO - other)
}

/** The price of one side of the book. The exchange shows a missing bid as 0 and a missing ask as 1: both give null. */
const side = (shown: Price | null): Price | null => (shown === null || shown <= 0 || shown >= MICRO ? null : shown)
const mirror = (shown: Price | null): Price | null => (shown === null ? null : price(MICRO - shown))

/** Whether the quote knows a two-sided or one-sided market, and not just a price. */
export const hasBook = (quote: MarketQuote): boolean => side(quote.bid) !== null || side(quote.ask) !== null

/**
 * The price at which the market itself trades against an order: for a buy the token's ask, for a sell its bid. YES and NO
 * are mirrors of one book: NO's ask is 1 - YES's bid. With a one-sided book the missing side is null (there is no
 * counterparty); with no book at all it is the token's price.
 */
export const oppositePrice = (quote: MarketQuote, token: Token, orderSide: Side): Price | null => {
  if (!hasBook(quote)) return tokenPrice(quote, token)
  if (token === "YES") return orderSide === "buy" ? side(quote.ask) : side(quote.bid)
  return orderSide === "buy" ? mirror(side(quote.bid)) : mirror(side(quote.ask))
}

/** (bid + ask) / 2 of the token, else its price. */
export const midPrice = (quote: MarketQuote, token: Token): Price | null => {
  const bid = side(quote.bid)
  const ask = side(quote.ask)
  if (bid === null || ask === null) return tokenPrice(quote, token)
  const mid = (bid + ask) / 2
  return price(token === "YES" ? mid : MICRO - mid)
}
