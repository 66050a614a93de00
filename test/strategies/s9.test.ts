import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { type Market } from "../../src/domain/Market.ts"
import { considerS9, s9 } from "../../src/strategies/s9.ts"
import { market } from "./market.ts"
import { costs, fee, profitOf, refusalOf, strangeNumbers } from "./sets.ts"

const defaults = defaultConfig.strategies.s9
const row = (fields: Partial<Market>) => market({ marketId: "m", liquidity: 100_000, fee: fee(0), ...fields })
const run = (rows: ReadonlyArray<Partial<Market>>, changes = {}) =>
  considerS9(rows.map(row), { ...defaults, ...changes }, costs)
const reasons = (rows: ReadonlyArray<Partial<Market>>, changes = {}) =>
  run(rows, changes).dropped.map(({ reason }) => reason)

describe("s9", () => {
  it("buys both tokens where a pair costs less than it pays", () => {
    // YES asks 0.40, NO asks 1 - 0.45 = 0.55: 0.95 for a pair. 5 bps: 0.4002 and 0.550275. NO takes 25 USDC / 0.550275.
    const { dropped, signals } = run([{ bestBid: 0.45, bestAsk: 0.4 }])
    expect(dropped).toStrictEqual([])
    expect(signals).toMatchObject([{ strategy: "s9", side: "buy", targetPrice: 0.4, sizeHint: 45.43 }])
    expect(signals[0]?.payload["legs"]).toStrictEqual([
      { market_id: "m", token: "YES", side: "buy", price: 0.4, qty: 45.43 },
      { market_id: "m", token: "NO", side: "buy", price: 0.55, qty: 45.43 }
    ])
    expect(signals[0]?.payload["edge"]).toBeCloseTo(0.05, 9)
    expect(signals[0]?.payload["net_edge"]).toBeCloseTo(1 - 0.4002 - 0.550275, 6)
  })

  it("pays the market's own fee on both legs", () => {
    // 0.07 * 0.4 * 0.6 + 0.07 * 0.55 * 0.45 = 0.0341 a pair, and 0.000475 of slippage.
    const { signals } = run([{ bestBid: 0.45, bestAsk: 0.4, fee: fee(0.07) }])
    expect(signals[0]?.payload["net_edge"]).toBeCloseTo(0.0154, 4)
    const dear = run([{ bestBid: 0.45, bestAsk: 0.42, fee: fee(0.07) }])
    expect(dear.signals).toStrictEqual([])
    expect(dear.dropped).toMatchObject([{ strategy: "s9", reason: "edge does not pay fees and slippage" }])
    expect(dear.dropped[0]?.grossEdge).toBeCloseTo(0.03, 9)
    expect(dear.dropped[0]?.netEdge).toBeLessThan(0)
  })

  it("sees nothing in a book that is not crossed", () => {
    expect(
      run([
        { bestBid: 0.4, bestAsk: 0.4 },
        { marketId: "n", bestBid: 0.4, bestAsk: 0.45 }
      ])
    ).toStrictEqual({
      signals: [],
      dropped: []
    })
  })

  it("needs both asks", () => {
    expect(run([{ bestBid: 0.5, bestAsk: null, yesPrice: 0.2, noPrice: 0.2 }]).signals).toStrictEqual([])
    expect(run([{ bestBid: 0, bestAsk: 0.2, yesPrice: 0.2, noPrice: 0.2 }]).signals).toStrictEqual([])
    expect(run([{ bestBid: 0.5, bestAsk: 0.4, acceptingOrders: false }]).signals).toStrictEqual([])
    expect(run([{ bestBid: 0.5, bestAsk: 0.4, status: "closed" }]).signals).toStrictEqual([])
  })

  it("takes shown prices for asks only when told to, and only without a book", () => {
    const shown = { yesPrice: 0.4, noPrice: 0.5 }
    expect(run([shown]).signals).toStrictEqual([])
    expect(run([shown], { shown_prices: true }).signals[0]?.payload["edge"]).toBeCloseTo(0.1, 9)
    expect(run([{ ...shown, bestBid: 0.4, bestAsk: 0.45 }], { shown_prices: true }).signals).toStrictEqual([])
  })

  it.each([
    ["price outside the range", { bestBid: 0.05, bestAsk: 0.019 }],
    ["price outside the range", { bestBid: 0.985, bestAsk: 0.95 }],
    ["net edge below the minimum", { bestBid: 0.455, bestAsk: 0.45 }],
    ["below minimum notional", { bestBid: 0.5, bestAsk: 0.4, liquidity: 50 }],
    ["below minimum size", { bestBid: 0.5, bestAsk: 0.4, liquidity: 0 }]
  ] as const)("leaves alone and counts: %s", (reason, fields) => {
    expect(run([fields]).signals).toStrictEqual([])
    expect(reasons([fields])).toStrictEqual([reason])
  })

  it("holds each leg to the cap, or to its share of the liquidity", () => {
    const size = (fields: Partial<Market>, changes = {}) => run([{ bestBid: 0.5, bestAsk: 0.4, ...fields }], changes)
    expect(size({}).signals[0]?.sizeHint).toBe(49.97)
    expect(size({ liquidity: 500 }).signals[0]?.sizeHint).toBe(19.99)
    expect(size({ liquidity: 500 }, { max_order_notional: 0 }).signals[0]?.sizeHint).toBe(19.99)
  })

  it("believes the row with a book, and of two books the one seen last", () => {
    const id = "0x1"
    const stale = { marketId: "1", conditionId: id, bestBid: 0.5, bestAsk: 0.4, updatedAtUs: 1 }
    const fresh = { marketId: "2", source: "clob", conditionId: id, bestBid: 0.4, bestAsk: 0.5, updatedAtUs: 2 }
    expect(run([stale, fresh]).signals).toStrictEqual([])
    expect(run([fresh, { ...stale, updatedAtUs: 3 }]).signals).toHaveLength(1)
    expect(run([stale, { ...fresh, bestBid: null, bestAsk: null }]).signals).toHaveLength(1)
  })

  const anyBook = fc
    .record({
      bid: fc.integer({ min: 1, max: 999 }),
      gap: fc.integer({ min: -5, max: 200 }),
      liquidity: fc.integer({ min: 0, max: 20_000 }),
      rate: fc.constantFrom(0, 0.03, 0.04, 0.07, 1)
    })
    .map(({ bid, gap, liquidity, rate }) =>
      row({ bestBid: bid / 1000, bestAsk: Math.max(1, bid - gap) / 1000, liquidity, fee: fee(rate) })
    )

  it("never loses, whatever the outcome, a void one of 1/2 each included", () => {
    let traded = 0
    fc.assert(
      fc.property(anyBook, (one) => {
        for (const signal of s9([one], { ...defaults, min_profit: 0 }, costs)) {
          traded += 1
          expect(refusalOf(signal)).toBeNull()
          expect(strangeNumbers(signal)).toStrictEqual([])
          for (const yes of [1, 0, 0.5])
            expect(profitOf(signal, [one], () => ({ yes, no: 1 - yes }))).toBeGreaterThan(0)
          // The only way to lose: a market that pays neither outcome.
          expect(profitOf(signal, [one], () => ({ yes: 0, no: 0 }))).toBeLessThan(0)
        }
      }),
      { numRuns: 500 }
    )
    expect(traded).toBeGreaterThan(50)
  })
})
