import { describe, expect, it } from "vitest"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { type Market } from "../../src/domain/Market.ts"
import { type ConsideredSignals } from "../../src/domain/DroppedSignal.ts"
import { type VisibleMarket } from "../../src/domain/MarketView.ts"
import { toMicros } from "../../src/domain/units.ts"
import { edgeGate } from "../../src/strategies/edgeGate.ts"
import { tradingCosts } from "../../src/strategies/purchase.ts"
import { s1 } from "../../src/strategies/s1.ts"
import { considerS10 } from "../../src/strategies/s10.ts"
import { s2 } from "../../src/strategies/s2.ts"
import { considerS9 } from "../../src/strategies/s9.ts"
import { market } from "./market.ts"
import { fee } from "./sets.ts"

// What lies exactly on a threshold. All prices are sums of powers of two or whole cents whose differences are exact, so
// that the threshold itself is met and not a neighbour of it.

const { execution, strategies } = defaultConfig
const free = tradingCosts({ ...execution, slippage_bps: 0, fees: "none" })
/** A fee on every purchase, in basis points of what is paid. */
const charged = (fee_bps: number) => tradingCosts({ ...execution, slippage_bps: 0, fees: "bps", fee_bps })

const outcome = ({ dropped, signals }: ConsideredSignals) => ({
  signals: signals.map(({ legs, sizeHint }) => [legs.length, sizeHint]),
  reasons: dropped.map(({ grossEdge, netEdge, reason }) => [reason, grossEdge, netEdge])
})

describe("s1", () => {
  const quotes = (low: Partial<Market>, high: Partial<Market>) => [
    market({ source: "gamma", marketId: "low", midPrice: 0.25, liquidity: 400, ...low }),
    market({ source: "clob", marketId: "high", midPrice: 0.5, liquidity: 400, ...high })
  ]
  const parameters = { min_spread: 0.25, max_order_notional: 0 }

  it("trades a spread of exactly the minimum, and none that is smaller", () => {
    expect(s1(quotes({}, {}), parameters)).toHaveLength(1)
    expect(s1(quotes({}, { midPrice: 0.499_999 }), parameters)).toStrictEqual([])
    expect(s1(quotes({}, { midPrice: 0.25 }), { ...parameters, min_spread: 0 })).toHaveLength(1)
  })

  it("sizes by the smaller liquidity of the two, by 5 shares at least", () => {
    const size = (low: number, high: number) => s1(quotes({ liquidity: low }, { liquidity: high }), parameters)[0]
    expect(size(1_000, 400)).toMatchObject({ sizeHint: 8, score: 0.25 * 1.2 })
    expect(size(400, 1_000)).toMatchObject({ sizeHint: 8, score: 0.25 * 1.2 })
    expect(size(250, 9_000)?.sizeHint).toBe(5)
    expect(size(0, 9_000)).toMatchObject({ sizeHint: 5, score: 0.25 })
  })

  it("is the surer the wider the spread, up to 0.95, and pays 0.99 at most", () => {
    const confidence = (spread: number) => s1(quotes({ midPrice: 0 }, { midPrice: spread }), parameters)[0]?.confidence
    expect([confidence(0.25), confidence(0.4375), confidence(0.5)]).toStrictEqual([0.75, 0.9375, 0.95])
    const dear = s1(quotes({ midPrice: 0.99 }, { midPrice: 1 }), { ...parameters, min_spread: 0.001 })
    expect(dear[0]?.targetPrice).toBe(0.99)
  })

  it("says what it does and in which markets", () => {
    const [signal] = s1(quotes({}, {}), parameters)
    expect(signal).toMatchObject({ strategy: "s1", side: "buy", style: "aggressive", basket: false, eventId: "e" })
    expect(signal?.legs).toStrictEqual([
      { role: "primary", marketId: "low", token: "YES", side: "buy", limitPrice: 255_000, qty: 8_000_000 },
      { role: "sell_leg", marketId: "high", token: "YES", side: "sell", limitPrice: 495_000, qty: 8_000_000 }
    ])
    expect(signal?.payload).toStrictEqual({
      scanner: "cross_venue",
      canonical_id: "c",
      spread: 0.25,
      buy_leg: { source: "gamma", market_id: "low", mid: 0.25 },
      sell_leg: { source: "clob", market_id: "high", mid: 0.5 },
      execution_mode: "semi_auto"
    })
  })

  it("is held to its cap only where that is smaller, and to none of 0 or less", () => {
    const size = (max_order_notional: number) => s1(quotes({}, {}), { ...parameters, max_order_notional })[0]?.sizeHint
    expect(size(1.02)).toBe(1.02 / 0.255)
    expect([size(2.04), size(3), size(0), size(-1)]).toStrictEqual([8, 8, 8, 8])
  })
})

describe("s2", () => {
  const basket = (...prices: ReadonlyArray<number>) =>
    prices.map((yesPrice, index) => market({ marketId: `b${index}`, negRisk: true, yesPrice }))
  const run = (rows: ReadonlyArray<VisibleMarket>, prob_sum_tolerance: number) => s2(rows, { prob_sum_tolerance })

  it("trades a sum that is off by exactly the tolerance, on both sides, and none that is nearer", () => {
    expect(run(basket(0.5, 0.25), 0.25).map(({ side }) => side)).toStrictEqual(["buy", "buy"])
    expect(run(basket(0.75, 0.5), 0.25).map(({ side }) => side)).toStrictEqual(["sell", "sell"])
    expect(run(basket(0.5, 0.250_001), 0.25)).toStrictEqual([])
    expect(run(basket(0.75, 0.499_999), 0.25)).toStrictEqual([])
  })

  it("sells a sum of exactly 1 where the tolerance is 0, with the smallest size", () => {
    const signals = run(basket(0.5, 0.5), 0)
    expect(signals.map(({ score, side, sizeHint }) => [side, sizeHint, score])).toStrictEqual([
      ["sell", 2, 0],
      ["sell", 2, 0]
    ])
  })

  it("sizes every leg alike, by 15 shares for each USDC that the sum is off", () => {
    const signals = run(basket(0.25, 0.25, 0.25), 0.25)
    expect(signals.map(({ confidence, score, sizeHint }) => [sizeHint, score, confidence])).toStrictEqual(
      Array(3).fill([3.75, 0.75, 0.8])
    )
    expect(run(basket(0.125, 0.125), 0.25)[0]).toMatchObject({ sizeHint: 11.25, confidence: 0.95 })
    expect(signals[1]).toMatchObject({ strategy: "s2", basket: true, style: "aggressive", marketId: "b1" })
    expect(signals[1]?.targetPrice).toBe(0.255)
    expect(signals[1]?.payload).toStrictEqual({
      event_id: "e",
      prob_sum: 0.75,
      deviation: -0.25,
      basket_markets: ["b0", "b1", "b2"],
      leg_weight: 1 / 3
    })
    expect(signals[1]?.rationale).toContain("add up to 0.7500 (-0.2500 from 1): buy every leg")
    expect(run(basket(0.75, 0.5), 0.25)[0]?.rationale).toContain("(+0.2500 from 1): sell every leg")
  })

  it("asks for prices from 0.01 to 0.99", () => {
    const sold = run(basket(0.5, 0.75, 0.008), 0.25).map(({ targetPrice }) => targetPrice)
    expect(sold).toStrictEqual([0.495, 0.745, 0.01])
    expect(run(basket(1, 0.75), 0.25)[0]?.targetPrice).toBe(0.99)
  })
})

describe("s9", () => {
  const row = (fields: Partial<Market>) => market({ liquidity: 100_000, ...fields })
  const run = (fields: Partial<Market>, changes = {}, costs = free) =>
    outcome(considerS9([row(fields)], { ...strategies.s9, min_profit: 0, ...changes }, costs))
  // YES asks 0.4 and NO 1 - 0.6 = 0.4: a pair for 0.8.
  const pair = { bestAsk: 0.4, bestBid: 0.6 }
  const bought = { signals: [[2, 62.5]], reasons: [] }

  it("takes a profit of exactly the minimum, and none that is smaller by a millionth", () => {
    expect(run(pair, { min_profit: 0.2 })).toStrictEqual(bought)
    expect(run(pair, { min_profit: 0.200_001 }).reasons).toStrictEqual([["net edge below the minimum", 0.2, 0.2]])
  })

  it("is the better the more is left and the more liquid its market, and one order for each token", () => {
    const [signal] = considerS9([row({ ...pair, liquidity: 1_000 })], { ...strategies.s9, min_profit: 0 }, free).signals
    expect(signal).toMatchObject({ score: 0.2 * 1.5, confidence: 0.7, targetPrice: 0.4, style: "aggressive" })
    expect(signal).toMatchObject({ strategy: "s9", eventId: "e", side: "buy", basket: false, marketId: "m" })
    expect(signal?.payload).toMatchObject({ payout: 1, edge: 0.2, net_edge: 0.2 })
    const [rich] = considerS9([row({ bestAsk: 0.2, bestBid: 0.8 })], { ...strategies.s9, min_price: 0 }, free).signals
    expect(rich?.confidence).toBe(0.95)
  })

  it("leaves what earns nothing after costs, to the last unit", () => {
    expect(run(pair, {}, charged(2_500)).reasons).toStrictEqual([["edge does not pay fees and slippage", 0.2, 0]])
    expect(run(pair, {}, charged(2_499)).signals).toStrictEqual([[2, 62.5]])
  })

  it("does not speak of a pair that costs exactly what it pays", () => {
    expect(run({ bestAsk: 0.4, bestBid: 0.4 })).toStrictEqual({ signals: [], reasons: [] })
    expect(run({ bestAsk: 0.4, bestBid: 0.400_001 }).signals).toHaveLength(1)
  })

  it("takes prices on the edges of its range", () => {
    expect(run(pair, { min_price: 0.4, max_price: 0.4 })).toStrictEqual(bought)
    expect(run(pair, { min_price: 0.400_001 }).reasons[0]?.[0]).toBe("price outside the range")
    expect(run(pair, { max_price: 0.399_999 }).reasons[0]?.[0]).toBe("price outside the range")
    // One of the two legs is enough.
    expect(run({ bestAsk: 0.4, bestBid: 0.7 }, { min_price: 0.4 }).reasons[0]?.[0]).toBe("price outside the range")
  })

  it("needs a token that costs more than nothing and less than it can pay", () => {
    expect(run({ bestAsk: 0, bestBid: 0.6 }, { min_price: 0 })).toStrictEqual({ signals: [], reasons: [] })
    expect(run({ bestAsk: 0.4, bestBid: 1 }, { min_price: 0 })).toStrictEqual({ signals: [], reasons: [] })
  })

  it("buys whole lots for 1 USDC at least", () => {
    const size = (liquidity: number) => run({ ...pair, liquidity }, { liquidity_share: 0.02 })
    // 2.5 shares at 0.4 are exactly 1 USDC; 0.01 less is refused.
    expect(size(50)).toStrictEqual({ signals: [[2, 2.5]], reasons: [] })
    expect(size(49.9).reasons).toStrictEqual([["below minimum notional", 0.2, 0.2]])
    // 0.004 USDC buy exactly one lot of 0.01 shares; less buys none.
    expect(size(0.2).reasons[0]?.[0]).toBe("below minimum notional")
    expect(size(0.19).reasons).toStrictEqual([["below minimum size", 0.2, 0.2]])
  })
})

describe("s10", () => {
  const row = (marketId: string, fields: Partial<Market>) =>
    market({ marketId, eventId: "e", negRisk: true, liquidity: 100_000, ...fields })
  const run = (rows: ReadonlyArray<VisibleMarket>, changes = {}, costs = free) =>
    outcome(considerS10(rows, { ...strategies.s10, min_edge: 0, yes_sets: true, ...changes }, costs))
  /** Asks for YES; the bids are so low that no set of NO is worth anything. */
  const asks = (...prices: ReadonlyArray<number>) =>
    prices.map((bestAsk, index) => row(`y${index}`, { bestAsk, bestBid: 0.01 }))
  /** Bids for YES, so asks for NO. */
  const bids = (...prices: ReadonlyArray<number>) =>
    prices.map((bestBid, index) => row(`n${index}`, { bestBid, bestAsk: 0.9 }))

  it("takes an edge of exactly the minimum, and none that is smaller by a millionth", () => {
    expect(run(asks(0.5, 0.3, 0.1), { min_edge: 0.1 }).signals).toStrictEqual([[3, 50]])
    expect(run(asks(0.5, 0.3, 0.1), { min_edge: 0.100_001 }).reasons).toStrictEqual([
      ["net edge below the minimum", 0.1, 0.1]
    ])
    expect(run(bids(0.6, 0.6), { min_edge: 0.2 }).signals).toStrictEqual([[2, 62.5]])
    expect(run(bids(0.6, 0.6), { min_edge: 0.200_001 }).reasons[0]?.[0]).toBe("net edge below the minimum")
  })

  it("leaves what earns nothing after costs, and does not speak of what earns nothing before them", () => {
    expect(run(asks(0.5, 0.3), { max_yes_gap: 1 }, charged(2_500)).reasons).toStrictEqual([
      ["edge does not pay fees and slippage", 0.2, 0]
    ])
    expect(run(bids(0.6, 0.6), {}, charged(2_500)).reasons[0]?.[0]).toBe("edge does not pay fees and slippage")
    expect(run(asks(0.5, 0.5))).toStrictEqual({ signals: [], reasons: [] })
    expect(run(bids(0.5, 0.5))).toStrictEqual({ signals: [], reasons: [] })
  })

  it("is the better the more is left and the more liquid the least liquid of its markets", () => {
    const rows = [
      row("n0", { bestBid: 0.6, bestAsk: 0.9, liquidity: 9_000 }),
      row("n1", { bestBid: 0.6, bestAsk: 0.9, liquidity: 1_000 })
    ]
    const [signal] = considerS10(rows, { ...strategies.s10, min_edge: 0 }, free).signals
    expect(signal).toMatchObject({ score: 0.2 * 1.5, confidence: 0.7, targetPrice: 0.4, style: "aggressive" })
    expect(signal).toMatchObject({ strategy: "s10", eventId: "e", side: "buy", basket: false, marketId: "n0" })
    const [rich] = considerS10(bids(0.8, 0.8), { ...strategies.s10, min_edge: 0 }, free).signals
    expect(rich?.confidence).toBe(0.95)
    const dear = considerS10(rows, { ...strategies.s10, min_edge: 0.5 }, free).dropped
    expect(dear).toMatchObject([
      { strategy: "s10", marketId: "n0", eventId: "e", reason: "net edge below the minimum" }
    ])
  })

  it("takes a set of YES that is cheaper by exactly the greatest gap for a whole one", () => {
    expect(run(asks(0.5, 0.3, 0.1), { max_yes_gap: 0.1 }).signals).toHaveLength(1)
    expect(run(asks(0.5, 0.3, 0.1), { max_yes_gap: 0.099_999 }).reasons[0]?.[0]).toBe("outcomes may be missing")
  })

  it("takes prices on the edges of its range", () => {
    expect(run(asks(0.6, 0.3), { min_price: 0.3, max_price: 0.6 }).signals).toHaveLength(1)
    expect(run(asks(0.6, 0.3), { min_price: 0.300_001 }).reasons[0]?.[0]).toBe("price outside the range")
    expect(run(asks(0.6, 0.3), { max_price: 0.599_999 }).reasons[0]?.[0]).toBe("price outside the range")
  })

  it("buys no set of YES of which one outcome cannot be bought, however cheap the rest is", () => {
    // 0.88 for two of three outcomes: were the third one left out, the set would look like a gain of 0.12.
    const two = asks(0.48, 0.4)
    const third = (fields: Partial<Market>) => row("y2", { bestAsk: 0.05, bestBid: 0.01, ...fields })
    const wide = { max_yes_gap: 1 }
    expect(run([...two, third({})], wide).signals).toStrictEqual([[3, 52.08]])
    for (const gone of [{ bestAsk: null }, { bestAsk: 0 }, { bestAsk: 1 }, { acceptingOrders: false }]) {
      expect(run([...two, third(gone)], wide)).toStrictEqual({ signals: [], reasons: [] })
    }
    // One outcome alone is no set.
    expect(run(two.slice(0, 1), wide)).toStrictEqual({ signals: [], reasons: [] })
  })

  it("leaves out of a set of NO what adds exactly nothing", () => {
    // NO of the third asks 0.8 and pays a fee of 0.2: with it the set costs 1 USDC more and pays 1 USDC more.
    const rows = [...bids(0.7, 0.7), row("n2", { bestBid: 0.2, bestAsk: 0.9 })]
    const { signals } = considerS10(rows, { ...strategies.s10, min_edge: 0, max_order_notional: 0 }, charged(2_500))
    expect(signals.map(({ payload }) => payload["payout"])).toStrictEqual([1])
    expect(signals[0]?.legs.map(({ marketId }) => marketId)).toStrictEqual(["n0", "n1"])
  })
})

describe("the edge gate", () => {
  const rows = [
    market({ source: "gamma", marketId: "low", midPrice: 0.25, liquidity: 4_000, fee: fee(0) }),
    market({ source: "clob", marketId: "high", midPrice: 0.5, liquidity: 4_000, fee: fee(0) })
  ]
  const signals = s1(rows, { min_spread: 0.25, max_order_notional: 0 })
  const run = (min_net_edge: number, costs = free) =>
    outcome(edgeGate(signals, rows, { enabled: true, min_net_edge }, costs))

  it("lets through an edge of exactly the minimum", () => {
    // Limits 0.255 for YES of the one and 1 - 0.495 = 0.505 for NO of the other: 0.24 are left.
    expect(run(0.24).signals).toStrictEqual([[2, 80]])
    expect(run(0.240_001).reasons).toStrictEqual([["net edge below the minimum", 0.24, 0.24]])
  })

  it("asks of the smallest order of a signal whether the edge pays for all of them", () => {
    // 4 USDC at 0.4 and 2 USDC at 0.2 cost 25 % each: 1.5 USDC for 10 sets, which is 0.15 a set.
    const leg = (marketId: string, price: number, qty: number) => ({
      ...{ role: "leg" as const, marketId, token: "YES" as const, side: "buy" as const },
      ...{ limitPrice: toMicros(price), qty: toMicros(qty) }
    })
    const stated = (edge: number) =>
      signals.map((signal) => ({
        ...signal,
        strategy: "mine",
        legs: [leg("low", 0.4, 10), leg("high", 0.1, 20)],
        payload: { edge }
      }))
    const gate = { enabled: true, min_net_edge: 0 }
    expect(outcome(edgeGate(stated(0.15), rows, gate, charged(2_500))).reasons).toStrictEqual([
      ["edge does not pay fees and slippage", 0.15, 0]
    ])
    expect(edgeGate(stated(0.150_001), rows, gate, charged(2_500)).signals).toHaveLength(1)
    // A word is no number, and without one nothing is claimed.
    const worded = signals.map((signal) => ({ ...signal, strategy: "s4", payload: { edge: "0" } }))
    expect(edgeGate(worded, rows, gate, charged(2_500)).signals).toHaveLength(1)
    expect(edgeGate([], rows, gate, free)).toStrictEqual({ signals: [], dropped: [] })
  })

  it("drops what earns nothing after costs, to the last unit", () => {
    const costing = (limits: number, bps: number) => (limits * bps) / 10_000
    expect(costing(0.76, 2_500)).toBe(0.19)
    expect(run(0, charged(2_500)).signals).toHaveLength(1)
    const even = signals.map((signal) => ({ ...signal, payload: { ...signal.payload, edge: 0.19 } }))
    expect(outcome(edgeGate(even, rows, { enabled: true, min_net_edge: 0 }, charged(2_500))).reasons).toStrictEqual([
      ["edge does not pay fees and slippage", 0.19, 0]
    ])
  })
})
