import { otherSide, type Side, type Token } from "../domain/ids.ts"
import { MICRO, type MicroUnits } from "../domain/units.ts"
import { floorMulDiv } from "./mulDiv.ts"

/**
 * A limit order book with price-time priority: the better price first, at one price the older order first. A trade
 * happens at the price of the order that rested, so an improvement belongs to the one who came later (the taker).
 *
 * The two tokens of a market share one book, in prices of YES: a share of NO at p is the other side of a share of YES at
 * 1 - p, because a pair is worth exactly 1. `onYes` maps an order there, `matchKind` says what settles a match.
 */
export interface PriceTimeBook {
  /** Best first: bids from high to low, asks from low to high; at one price the oldest first. */
  readonly bids: Array<BookOrder>
  readonly asks: Array<BookOrder>
  readonly byId: Map<string, BookOrder>
}

/** An order that rests. `qty` is what is left of it, always above zero. */
export interface BookOrder {
  readonly id: string
  readonly owner: string
  readonly side: Side
  readonly price: MicroUnits
  readonly qty: MicroUnits
}

/** What an order asks of the book at once: nothing at a price worse than `limitPrice`. */
export type BookTaker = {
  readonly side: Side
  readonly limitPrice: MicroUnits
} & (
  | { readonly qty: MicroUnits }
  /**
   * micro-USDC to spend on as many shares as it buys. On the side "buy" a share costs the price, on the side "sell"
   * 1 - price: whoever spends money there buys the other token.
   */
  | { readonly spend: MicroUnits }
)

export interface BookFill {
  /** As it rested before this fill. */
  readonly maker: BookOrder
  readonly price: MicroUnits
  readonly qty: MicroUnits
}

export interface Sweep {
  /** In the order of execution. */
  readonly fills: ReadonlyArray<BookFill>
  readonly qty: MicroUnits
  /** Sum of the fills' costs, see `costOf`: price * qty, and (1 - price) * qty for money spent on the side "sell". */
  readonly cost: MicroUnits
  /** Nothing of the taker is left: all shares, or all money but what buys no whole lot. */
  readonly complete: boolean
}

export const makeBook = (): PriceTimeBook => ({ bids: [], asks: [], byId: new Map() })

/** An order for either token as the book of YES sees it. */
export const onYes = (
  token: Token,
  side: Side,
  price: MicroUnits
): { readonly side: Side; readonly price: MicroUnits } =>
  token === "YES" ? { side, price } : { side: otherSide(side), price: MICRO - price }

/**
 * COMPLEMENTARY: one buys what the other sells. MINT: both buy, and their prices sum to 1, which pays for a new pair.
 * MERGE: both sell, and a pair is given back for 1.
 */
export type MatchKind = "COMPLEMENTARY" | "MINT" | "MERGE"

/** What settles a match of two orders, by what each does with its own token. */
export const matchKind = (taker: Side, maker: Side): MatchKind =>
  taker !== maker ? "COMPLEMENTARY" : taker === "buy" ? "MINT" : "MERGE"

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/** Least quantity whose value at `price` is a whole number of micro-USDC (at 1 - price too): 1e6 / gcd(price, 1e6). */
export const wholeLot = (price: MicroUnits): MicroUnits => MICRO / gcd(price, MICRO)

/** price * qty in micro-USDC, rounded down. */
export const costOf = (price: MicroUnits, qty: MicroUnits): MicroUnits => floorMulDiv(price, qty, MICRO)

const sideOf = (book: PriceTimeBook, side: Side): Array<BookOrder> => (side === "buy" ? book.bids : book.asks)

/** Whether `price` is worse than `limit` for someone on `side`. */
const worse = (side: Side, price: MicroUnits, limit: MicroUnits): boolean =>
  side === "buy" ? price > limit : price < limit

/** Best resting price of a side. */
export const bestPrice = (book: PriceTimeBook, side: Side): MicroUnits | undefined => sideOf(book, side)[0]?.price

/** Whether an order would trade at once. */
export const crosses = (book: PriceTimeBook, side: Side, limitPrice: MicroUnits): boolean => {
  const best = bestPrice(book, otherSide(side))
  return best !== undefined && !worse(side, best, limitPrice)
}

/**
 * What the taker would get, best price first; changes nothing. Of shares it takes min(left, maker's) from each order; of
 * money min(floor(left / cost per share), maker's), in whole lots so that not a fraction of a micro-USDC is spent.
 */
export const sweep = (book: PriceTimeBook, taker: BookTaker): Sweep => {
  const fills: Array<BookFill> = []
  const spending = "spend" in taker
  let left = spending ? taker.spend : taker.qty
  let [qty, cost] = [0, 0]
  const unitCost = (price: MicroUnits) => (spending && taker.side === "sell" ? MICRO - price : price)
  /** Shares that what is left pays for. */
  const affordable = (price: MicroUnits): MicroUnits => {
    if (!spending) return left
    const lot = wholeLot(price)
    return Math.floor(floorMulDiv(left, MICRO, unitCost(price)) / lot) * lot
  }
  for (const maker of sideOf(book, otherSide(taker.side))) {
    if (worse(taker.side, maker.price, taker.limitPrice)) break
    const wanted = affordable(maker.price)
    const taken = Math.min(wanted, maker.qty)
    if (taken > 0) {
      const paid = costOf(unitCost(maker.price), taken)
      fills.push({ maker, price: maker.price, qty: taken })
      qty += taken
      cost += paid
      left -= spending ? paid : taken
    }
    if (taken === wanted) return { fills, qty, cost, complete: true }
  }
  return { fills, qty, cost, complete: affordable(taker.limitPrice) === 0 }
}

const replaceAt = (side: Array<BookOrder>, old: BookOrder, next: BookOrder | null): void => {
  const at = side.indexOf(old)
  if (next === null) side.splice(at, 1)
  else side[at] = next
}

/** Takes fills out of the book they were found in. A maker that is only partly filled keeps its place. */
export const applyFills = (book: PriceTimeBook, fills: ReadonlyArray<BookFill>): void => {
  for (const { maker, qty } of fills) {
    const left = maker.qty - qty
    const next = left > 0 ? { ...maker, qty: left } : null
    replaceAt(sideOf(book, maker.side), maker, next)
    if (next === null) book.byId.delete(maker.id)
    else book.byId.set(maker.id, next)
  }
}

/**
 * Lets an order rest behind all others at its price. It must not cross: `sweep` and `applyFills` come first, and what
 * they leave of it may rest.
 */
export const rest = (book: PriceTimeBook, order: BookOrder): void => {
  const side = sideOf(book, order.side)
  let [low, high] = [0, side.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const there = side[middle]
    if (there !== undefined && !worse(order.side, order.price, there.price)) low = middle + 1
    else high = middle
  }
  side.splice(low, 0, order)
  book.byId.set(order.id, order)
}

/** A limit order: takes what crosses, the rest stays. */
export const placeLimit = (book: PriceTimeBook, order: BookOrder): Sweep => {
  const taken = sweep(book, { side: order.side, limitPrice: order.price, qty: order.qty })
  applyFills(book, taken.fills)
  if (taken.qty < order.qty) rest(book, { ...order, qty: order.qty - taken.qty })
  return taken
}

/**
 * An immediate order: what does not trade at once is gone. `allOrNone` (fill or kill) trades nothing unless everything
 * trades.
 */
export const placeImmediate = (book: PriceTimeBook, taker: BookTaker, allOrNone: boolean): Sweep => {
  const taken = sweep(book, taker)
  if (allOrNone && !taken.complete) return { fills: [], qty: 0, cost: 0, complete: false }
  applyFills(book, taken.fills)
  return taken
}

/** Takes an order out; what was left of it, or undefined when it does not rest. */
export const takeOut = (book: PriceTimeBook, id: string): BookOrder | undefined => {
  const order = book.byId.get(id)
  if (order === undefined) return undefined
  replaceAt(sideOf(book, order.side), order, null)
  book.byId.delete(id)
  return order
}

/** Quantity by price, best first. */
export const depth = (
  book: PriceTimeBook,
  side: Side
): ReadonlyArray<readonly [price: MicroUnits, qty: MicroUnits]> => {
  const levels: Array<[MicroUnits, MicroUnits]> = []
  for (const order of sideOf(book, side)) {
    const last = levels.at(-1)
    if (last !== undefined && last[0] === order.price) last[1] += order.qty
    else levels.push([order.price, order.qty])
  }
  return levels
}
