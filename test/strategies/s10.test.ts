import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { type Market } from "../../src/domain/Market.ts"
import { considerS10, s10 } from "../../src/strategies/s10.ts"
import { market } from "./market.ts"
import { costs, fee, profitOf, refusalOf, strangeNumbers } from "./sets.ts"

const defaults = defaultConfig.strategies.s10
const yesToo = { ...defaults, yes_sets: true }
const row = (fields: Partial<Market>) =>
  market({ eventId: "e", negRisk: true, liquidity: 100_000, fee: fee(0), ...fields })
/** One market per bid, the ask two cents above; ids a, b, c, ... */
const event = (...bids: ReadonlyArray<number>) =>
  bids.map((bid, index) => row({ marketId: "abcdefgh"[index]!, bestBid: bid, bestAsk: bid + 0.02 }))
const legIds = (rows: ReadonlyArray<Market>, parameters = defaults) =>
  s10(rows, parameters, costs).map(({ payload }) => [
    payload["set"],
    ...(payload["legs"] as ReadonlyArray<{ readonly market_id: string }>).map((leg) => leg.market_id)
  ])
const reasons = (rows: ReadonlyArray<Market>, parameters = defaults) =>
  considerS10(rows, parameters, costs).dropped.map(({ reason }) => reason)

describe("s10, sets of NO", () => {
  it("buys NO of all outcomes where the bids add up to more than 1", () => {
    // NO asks 0.5, 0.6 and 0.85: 1.95 for a set that pays 2. 5 bps: 0.000975 more. 25 USDC / 0.850425 = 29.39 shares.
    const { dropped, signals } = considerS10(event(0.5, 0.4, 0.15), defaults, costs)
    expect(dropped).toStrictEqual([])
    expect(signals).toMatchObject([{ strategy: "s10", marketId: "a", eventId: "e", side: "buy", sizeHint: 29.39 }])
    expect(signals[0]?.payload).toMatchObject({ set: "NO", payout: 2, event_id: "e" })
    expect(signals[0]?.payload["edge"]).toBeCloseTo(0.05, 9)
    expect(signals[0]?.payload["net_edge"]).toBeCloseTo(0.05 - 0.000975, 6)
    expect(signals[0]?.payload["legs"]).toStrictEqual([
      { market_id: "a", token: "NO", side: "buy", price: 0.5, qty: 29.39 },
      { market_id: "b", token: "NO", side: "buy", price: 0.6, qty: 29.39 },
      { market_id: "c", token: "NO", side: "buy", price: 0.85, qty: 29.39 }
    ])
  })

  it("leaves out outcomes that add nothing, cannot be had, or are too small: the rest still pays k - 1", () => {
    const dear = row({ marketId: "c", bestBid: 0.01, bestAsk: 0.03 })
    const noBid = row({ marketId: "d", bestBid: null, bestAsk: 0.05 })
    const thin = row({ marketId: "f", bestBid: 0.1, bestAsk: 0.2, liquidity: 20 })
    const paused = row({ marketId: "g", bestBid: 0.1, bestAsk: 0.2, acceptingOrders: false })
    // NO at 0.95 with a fee of sqrt(0.95 * 0.05) = 0.218 costs more than it can pay.
    const taxed = row({ marketId: "h", bestBid: 0.05, bestAsk: 0.07, fee: { ...fee(1), exponent: 0.5 } })
    expect(legIds([...event(0.6, 0.5), dear, noBid, thin, paused, taxed])).toStrictEqual([["NO", "a", "b"]])
  })

  it("sees nothing where the bids do not reach 1, nor in a single outcome", () => {
    expect(considerS10([...event(0.5, 0.3, 0.2)], defaults, costs)).toStrictEqual({ signals: [], dropped: [] })
    expect(considerS10(event(0.5), defaults, costs)).toStrictEqual({ signals: [], dropped: [] })
  })

  it("wants neg-risk markets of a known event", () => {
    expect(legIds(event(0.6, 0.5).map((one) => ({ ...one, negRisk: false })))).toStrictEqual([])
    expect(legIds(event(0.6, 0.5).map((one) => ({ ...one, eventId: "unknown" })))).toStrictEqual([])
    expect(legIds(event(0.6, 0.5).map((one) => ({ ...one, eventId: `${one.marketId}` })))).toStrictEqual([])
  })

  it.each([
    ["edge does not pay fees and slippage", event(0.5, 0.4, 0.15).map((one) => ({ ...one, fee: fee(0.1) }))],
    ["net edge below the minimum", event(0.5, 0.4, 0.105)],
    ["price outside the range", event(0.985, 0.3)],
    ["below minimum notional", event(0.6, 0.5).map((one) => ({ ...one, liquidity: 40 }))]
  ] as const)("counts what it leaves: %s", (reason, rows) => {
    expect(s10(rows, defaults, costs)).toStrictEqual([])
    expect(reasons(rows)).toStrictEqual([reason])
  })

  it("counts a contract once that two sources list, and the row that was seen last", () => {
    const [a, b] = event(0.6, 0.3)
    const gamma = { ...a!, conditionId: "0x1", updatedAtUs: 2 }
    const clob = { ...a!, source: "clob", marketId: "0x1", conditionId: "0x1", updatedAtUs: 1 }
    const other = { ...b!, conditionId: "0x2" }
    expect(reasons([gamma, clob, other])).toStrictEqual([])
    expect(legIds([gamma, clob, other])).toStrictEqual([])
    const rich = { ...other, bestBid: 0.5, bestAsk: 0.52 }
    expect(legIds([gamma, clob, rich])).toStrictEqual([["NO", "a", "b"]])
    expect(legIds([{ ...gamma, updatedAtUs: 0 }, clob, rich])).toStrictEqual([["NO", "0x1", "b"]])
  })

  it("does not guess whether a row without a condition id is one that another source lists", () => {
    const [a, b] = event(0.6, 0.5)
    const unnamed = { ...a!, source: "clob", marketId: "x" }
    expect(legIds([{ ...a!, conditionId: "0x1" }, unnamed])).toStrictEqual([])
    const named = [
      { ...a!, conditionId: "0x1" },
      { ...b!, conditionId: "0x2" }
    ]
    expect(legIds([...named, unnamed])).toStrictEqual([["NO", "a", "b"]])
    expect(legIds([a!, b!])).toStrictEqual([["NO", "a", "b"]])
  })
})

describe("s10, sets of YES", () => {
  it("are bought only when told to, and only with every outcome", () => {
    const rows = event(0.48, 0.28, 0.13)
    expect(legIds(rows)).toStrictEqual([])
    expect(legIds(rows, yesToo)).toStrictEqual([["YES", "a", "b", "c"]])
    const [signal] = s10(rows, yesToo, costs)
    expect(signal?.payload).toMatchObject({ set: "YES", payout: 1 })
    expect(signal?.payload["edge"]).toBeCloseTo(0.05, 9)
    // Two of the three for 0.80 would pass every other rule, so it is the missing one that keeps them from being bought.
    const anyGap = { ...yesToo, max_yes_gap: 1 }
    expect(legIds(rows.slice(0, 2), anyGap)).toStrictEqual([["YES", "a", "b"]])
    for (const gone of [{ bestAsk: null }, { acceptingOrders: false }]) {
      expect(legIds([...rows.slice(0, 2), { ...rows[2]!, ...gone }], anyGap)).toStrictEqual([])
    }
  })

  it("count as incomplete when they are much too cheap or hold a price out of range", () => {
    expect(reasons(event(0.3, 0.2), yesToo)).toStrictEqual(["outcomes may be missing"])
    expect(reasons(event(0.9, -0.01), yesToo)).toStrictEqual(["price outside the range"])
  })

  it("are left where a row may be an outcome of another row", () => {
    const [a, b] = event(0.48, 0.42)
    const unnamed = { ...b!, source: "clob", marketId: "x" }
    expect(legIds([{ ...a!, conditionId: "0x1" }, { ...b!, conditionId: "0x2" }, unnamed], yesToo)).toStrictEqual([])
  })
})

const anyEvent = fc
  .record({
    bids: fc.array(fc.integer({ min: 5, max: 700 }), { minLength: 2, maxLength: 6 }),
    spread: fc.integer({ min: 1, max: 20 }),
    liquidity: fc.integer({ min: 100, max: 20_000 }),
    rate: fc.constantFrom(0, 0.03, 0.07)
  })
  .map(({ bids, liquidity, rate, spread }) =>
    bids.map((bid, index) =>
      row({
        marketId: `m${index}`,
        bestBid: bid / 1000,
        bestAsk: (bid + spread) / 1000,
        liquidity: liquidity * (index + 1),
        fee: fee(rate)
      })
    )
  )
const none = { yes: 0, no: 1 }
const wins = (winner: string) => (marketId: string) => (marketId === winner ? { yes: 1, no: 0 } : none)

describe("s10, executed at the shown asks with fees", () => {
  it("never loses when one listed outcome wins; a NO set neither when none does", () => {
    const traded = { YES: 0, NO: 0 }
    const parameters = { ...yesToo, min_edge: 0, max_yes_gap: 1 }
    fc.assert(
      fc.property(anyEvent, (rows) => {
        for (const signal of s10(rows, parameters, costs)) {
          expect(refusalOf(signal)).toBeNull()
          expect(strangeNumbers(signal)).toStrictEqual([])
          const set = signal.payload["set"] === "YES" ? "YES" : "NO"
          traded[set] += 1
          for (const { marketId } of rows) expect(profitOf(signal, rows, wins(marketId))).toBeGreaterThan(0)
          const nobody = profitOf(signal, rows, () => none)
          if (set === "NO") expect(nobody).toBeGreaterThan(0)
          else expect(nobody).toBeLessThan(0)
        }
      }),
      { numRuns: 500 }
    )
    expect(traded.NO).toBeGreaterThan(50)
    expect(traded.YES).toBeGreaterThan(50)
  })

  it("loses with a NO set when an outcome is void, or two win", () => {
    const rows = event(0.5, 0.4, 0.15)
    const [signal] = s10(rows, defaults, costs)
    expect(profitOf(signal!, rows, () => ({ yes: 0.5, no: 0.5 }))).toBeLessThan(0)
    const half = (id: string) => (id === "a" ? { yes: 0.5, no: 0.5 } : wins("b")(id))
    expect(profitOf(signal!, rows, half)).toBeLessThan(0)
    expect(profitOf(signal!, rows, (id) => (id === "c" ? none : { yes: 1, no: 0 }))).toBeLessThan(0)
  })

  it("gives the same bytes whatever the order of the markets", () => {
    fc.assert(
      fc.property(
        anyEvent.chain((rows) =>
          fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length, maxLength: rows.length }))
        ),
        ([rows, other]) => {
          const parameters = { ...yesToo, min_edge: 0 }
          expect(JSON.stringify(considerS10(other, parameters, costs))).toBe(
            JSON.stringify(considerS10(rows, parameters, costs))
          )
        }
      )
    )
  })
})
