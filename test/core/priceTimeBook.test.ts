import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  applyFills,
  type BookOrder,
  crosses,
  costOf,
  depth,
  makeBook,
  matchKind,
  onYes,
  placeImmediate,
  placeLimit,
  type PriceTimeBook,
  rest,
  sweep,
  takeOut,
  wholeLot
} from "../../src/core/priceTimeBook.ts"

const order = (id: string, side: "buy" | "sell", price: number, qty: number): BookOrder => ({
  id,
  owner: id,
  side,
  price: Math.round(price * 1e6),
  qty: Math.round(qty * 1e6)
})

const bookOf = (...orders: ReadonlyArray<BookOrder>): PriceTimeBook => {
  const book = makeBook()
  for (const one of orders) rest(book, one)
  return book
}

const brief = (fills: ReadonlyArray<{ maker: BookOrder; price: number; qty: number }>) =>
  fills.map(({ maker, price, qty }) => [maker.id, price / 1e6, qty / 1e6])

describe("price-time book", () => {
  it("takes the best price first, then the oldest, at the makers' prices", () => {
    const book = bookOf(order("b", "sell", 0.6, 10), order("c", "sell", 0.6, 10), order("a", "sell", 0.55, 5))
    const taken = placeLimit(book, order("t", "buy", 0.6, 20))
    expect(brief(taken.fills)).toEqual([
      ["a", 0.55, 5],
      ["b", 0.6, 10],
      ["c", 0.6, 5]
    ])
    expect(taken).toMatchObject({ qty: 20e6, cost: 11_750_000, complete: true })
    expect(book.asks.map(({ id, qty }) => [id, qty])).toEqual([["c", 5e6]])
    expect(book.bids).toEqual([])
  })

  it("lets the rest of a limit order rest, behind those that came before at its price", () => {
    const book = bookOf(order("old", "buy", 0.5, 1), order("ask", "sell", 0.5, 3))
    takeOut(book, "old")
    rest(book, order("old", "buy", 0.49, 1))
    placeLimit(book, order("new", "buy", 0.5, 5))
    placeLimit(book, order("newest", "buy", 0.5, 7))
    expect(book.bids.map(({ id, qty }) => [id, qty / 1e6])).toEqual([
      ["new", 2],
      ["newest", 7],
      ["old", 1]
    ])
    expect(depth(book, "buy")).toEqual([
      [500_000, 9e6],
      [490_000, 1e6]
    ])
  })

  it("keeps the place of an order that is partly filled", () => {
    const book = bookOf(order("a", "sell", 0.5, 10), order("b", "sell", 0.5, 10))
    placeImmediate(book, { side: "buy", limitPrice: 500_000, qty: 4e6 }, false)
    expect(book.asks.map(({ id, qty }) => [id, qty])).toEqual([
      ["a", 6e6],
      ["b", 10e6]
    ])
    expect(book.byId.get("a")!.qty).toBe(6e6)
  })

  it("fills or kills", () => {
    const book = bookOf(order("a", "buy", 0.4, 10))
    const killed = placeImmediate(book, { side: "sell", limitPrice: 400_000, qty: 11e6 }, true)
    expect(killed).toEqual({ fills: [], qty: 0, cost: 0, complete: false })
    expect(book.bids).toHaveLength(1)
    expect(placeImmediate(book, { side: "sell", limitPrice: 400_000, qty: 10e6 }, true).complete).toBe(true)
    expect(book.byId.size).toBe(0)
  })

  it("spends money on as many shares as it buys, in whole lots", () => {
    const book = bookOf(order("a", "sell", 0.55, 10), order("b", "sell", 0.57, 100))
    const taken = sweep(book, { side: "buy", limitPrice: 570_000, spend: 10e6 })
    // 5.5 for ten shares, then 4.5 / 0.57 = 7.8947 shares.
    expect(brief(taken.fills)).toEqual([
      ["a", 0.55, 10],
      ["b", 0.57, 7.8947]
    ])
    expect(taken).toMatchObject({ cost: 9_999_979, complete: true })
    expect(sweep(book, { side: "buy", limitPrice: 570_000, spend: 100e6 })).toMatchObject({
      qty: 110e6,
      cost: 62_500_000,
      complete: false
    })
  })

  it("spends money for NO on the bids for YES, at 1 - price", () => {
    const book = bookOf(order("a", "buy", 0.6, 100))
    const at = onYes("NO", "buy", 450_000)
    expect(at).toEqual({ side: "sell", price: 550_000 })
    expect(sweep(book, { side: at.side, limitPrice: at.price, spend: 10e6 })).toMatchObject({
      qty: 25e6,
      cost: 10e6,
      complete: true
    })
  })

  it("names what settles a match", () => {
    expect(matchKind("buy", "sell")).toBe("COMPLEMENTARY")
    expect(matchKind("buy", "buy")).toBe("MINT")
    expect(matchKind("sell", "sell")).toBe("MERGE")
  })
})

const side = fc.constantFrom("buy" as const, "sell" as const)
const price = fc.integer({ min: 1, max: 99 }).map((ticks) => ticks * 10_000)
const lots = fc.integer({ min: 1, max: 500 }).map((hundredths) => hundredths * 10_000)

type Step =
  | { readonly kind: "limit"; readonly side: "buy" | "sell"; readonly price: number; readonly qty: number }
  | {
      readonly kind: "now"
      readonly side: "buy" | "sell"
      readonly price: number
      readonly qty: number
      readonly all: boolean
    }
  | {
      readonly kind: "spend"
      readonly side: "buy" | "sell"
      readonly price: number
      readonly qty: number
      readonly all: boolean
    }
  | { readonly kind: "cancel"; readonly which: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("limit" as const), side, price, qty: lots }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("now" as const), side, price, qty: lots, all: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("spend" as const), side, price, qty: lots, all: fc.boolean() })
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cancel" as const), which: fc.nat(40) }) }
)

const total = (book: PriceTimeBook): number => [...book.bids, ...book.asks].reduce((sum, { qty }) => sum + qty, 0)

/** Best price first, oldest first at one price, nothing crossed, and the index agrees. */
const expectSound = (book: PriceTimeBook, born: ReadonlyMap<string, number>): void => {
  for (const [resting, sign] of [
    [book.bids, -1],
    [book.asks, 1]
  ] as const) {
    for (const [i, one] of resting.entries()) {
      expect(one.qty).toBeGreaterThan(0)
      expect(book.byId.get(one.id)).toBe(one)
      const before = resting[i - 1]
      if (before === undefined) continue
      expect(sign * (one.price - before.price)).toBeGreaterThanOrEqual(0)
      if (one.price === before.price) expect(born.get(one.id)!).toBeGreaterThan(born.get(before.id)!)
    }
  }
  expect(book.byId.size).toBe(book.bids.length + book.asks.length)
  if (book.bids.length > 0 && book.asks.length > 0) expect(book.bids[0]!.price).toBeLessThan(book.asks[0]!.price)
}

describe("price-time book, any sequence of orders", () => {
  it("conserves quantity, never crosses, keeps price-time order, never trades worse than a limit", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const book = makeBook()
        const born = new Map<string, number>()
        for (const [i, one] of steps.entries()) {
          const before = total(book)
          if (one.kind === "cancel") {
            const gone = takeOut(book, `o${one.which}`)
            expect(before - total(book)).toBe(gone?.qty ?? 0)
          } else {
            const best = one.side === "buy" ? book.asks[0]?.price : book.bids[0]?.price
            const taker =
              one.kind === "spend"
                ? { side: one.side, limitPrice: one.price, spend: one.qty }
                : { side: one.side, limitPrice: one.price, qty: one.qty }
            const expected = sweep(book, taker)
            const wouldTrade = crosses(book, one.side, one.price)
            if (one.kind === "limit") born.set(`o${i}`, i)
            const taken =
              one.kind === "limit"
                ? placeLimit(book, { id: `o${i}`, owner: "x", side: one.side, price: one.price, qty: one.qty })
                : placeImmediate(book, taker, one.all)
            const killed = one.kind !== "limit" && one.all && !expected.complete
            expect(taken.fills).toEqual(killed ? [] : expected.fills)
            expect(taken.qty).toBe(taken.fills.reduce((sum, { qty }) => sum + qty, 0))
            if (one.kind !== "spend") expect(expected.fills.length > 0).toBe(wouldTrade)
            const added = one.kind === "limit" ? one.qty : 0
            // What was taken left the book once as the maker's and, of a limit order, once as the taker's.
            expect(total(book)).toBe(before + added - taken.qty * (one.kind === "limit" ? 2 : 1))
            for (const [at, fill] of taken.fills.entries()) {
              expect(fill.price).toBe(fill.maker.price)
              expect(one.side === "buy" ? fill.price <= one.price : fill.price >= one.price).toBe(true)
              if (at === 0) expect(fill.price).toBe(best)
            }
            if (one.kind === "spend") {
              const unit = (at: number) => (one.side === "buy" ? at : 1e6 - at)
              const spent = taken.fills.reduce((sum, fill) => sum + (unit(fill.price) * fill.qty) / 1e6, 0)
              expect(taken.cost).toBe(spent)
              expect(spent).toBeLessThanOrEqual(one.qty)
              if (taken.complete) expect(one.qty - spent).toBeLessThan((unit(one.price) * 10_000) / 1e6 + 10_000)
            }
          }
          expectSound(book, born)
        }
      }),
      { numRuns: 150 }
    )
  })

  it("leaves no fraction of a micro-USDC in a whole lot, at the price and at its complement", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999 }), fc.integer({ min: 1, max: 1_000 }), (at, count) => {
        const qty = wholeLot(at) * count
        expect(costOf(at, qty) + costOf(1e6 - at, qty)).toBe(qty)
        expect(Number((BigInt(at) * BigInt(qty)) % 1_000_000n)).toBe(0)
      })
    )
  })

  it("changes nothing when it is only asked", () => {
    const book = bookOf(order("a", "sell", 0.5, 1))
    const taken = sweep(book, { side: "buy", limitPrice: 600_000, qty: 1e6 })
    expect(book.asks).toHaveLength(1)
    applyFills(book, taken.fills)
    expect(book.asks).toHaveLength(0)
  })
})
