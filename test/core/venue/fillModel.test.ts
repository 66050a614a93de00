import { describe, expect, it } from "vitest"
import { defaultConfig } from "../../../src/config/AppConfig.ts"
import {
  fillModelOf,
  fillProbability,
  fillRatio,
  type FillSettings,
  slippageBps
} from "../../../src/core/venue/fillModel.ts"
import { matchSnapshot } from "../../../src/core/venue/matching.ts"
import { toMicros, usdc } from "../../../src/domain/units.ts"

const modelOf = (settings: Partial<FillSettings>) => fillModelOf({ ...defaultConfig.execution, ...settings })
const USDC = 1_000_000

describe("how much of an order fills", () => {
  it("is all of it unless the model says otherwise", () => {
    const plain = modelOf({})
    expect([fillRatio(plain, 0), fillProbability(plain, 0, "buy")]).toStrictEqual([1, 1])
  })

  it("in part: the share of the liquidity that fills all, between the least share and one", () => {
    const model = modelOf({ enable_partial_fill: true, liquidity_full_fill: 1_000, min_fill_ratio: 0.1 })
    const shares = [0, 100, 101, 500, 1_000, 5_000].map((liquidity) => fillRatio(model, usdc(liquidity * USDC)))
    expect(shares).toStrictEqual([0.1, 0.1, 0.101, 0.5, 1, 1])
    expect(fillRatio(modelOf({ enable_partial_fill: true, liquidity_full_fill: 0 }), usdc(1))).toBe(1)
  })

  it.each([
    [1_000, 1],
    [999.999_999, 0.9],
    [800, 0.9],
    [799.999_999, 0.75],
    [500, 0.75],
    [499.999_999, 0.55],
    [200, 0.55],
    [199.999_999, 0.35],
    [0, 0.35]
  ])("with %d USDC of liquidity %d of the sales fill, and of the purchases a twentieth less", (liquidity, share) => {
    const model = modelOf({ enable_fill_probability: true, min_fill_probability: 0.05 })
    expect(fillProbability(model, Math.round(liquidity * USDC), "sell")).toBe(share)
    expect(fillProbability(model, Math.round(liquidity * USDC), "buy")).toBe(share * 0.95)
  })

  it("by chance never less than the least probability", () => {
    const model = modelOf({ enable_fill_probability: true, min_fill_probability: 0.5 })
    expect(fillProbability(model, 0, "sell")).toBe(0.5)
    expect(fillProbability(model, 800 * USDC, "sell")).toBe(0.9)
  })
})

describe("slippage", () => {
  const quote = (yes: number | null, no: number | null, liquidity: number) => ({
    yes: yes === null ? null : toMicros(yes),
    no: no === null ? null : toMicros(no),
    liquidity: liquidity * USDC
  })
  const dynamic = modelOf({
    ...{ slippage_bps: 5, enable_dynamic_slippage: true, spread_slippage_weight_bps: 100 },
    ...{ liquidity_slippage_weight_bps: 40, liquidity_reference: 1_000 }
  })

  it("is fixed unless the model looks at the market, and never below zero", () => {
    expect(slippageBps(modelOf({ slippage_bps: 5 }), quote(0.9, 0.9, 0))).toBe(5)
    expect(slippageBps(modelOf({ slippage_bps: -5 }), null)).toBe(0)
    expect(slippageBps(dynamic, null)).toBe(5)
  })

  it("grows by the distance of both prices from 1, on either side of it, and by thin liquidity", () => {
    expect(slippageBps(dynamic, quote(0.5, 0.5, 1_000))).toBe(5)
    expect(slippageBps(dynamic, quote(0.5, 0.75, 1_000))).toBe(30)
    expect(slippageBps(dynamic, quote(0.5, 0.25, 1_000))).toBe(30)
    expect(slippageBps(dynamic, quote(0.5, 0.5, 250))).toBe(35)
    expect(slippageBps(dynamic, quote(0.5, 0.5, 0))).toBe(45)
    expect(slippageBps(dynamic, quote(0.5, 0.5, 9_000))).toBe(5)
    expect(slippageBps(dynamic, quote(0.5, 0.25, 0))).toBe(70)
  })

  it("says nothing of a price that is not known, nor of liquidity without a reference", () => {
    expect(slippageBps(dynamic, quote(null, 0.2, 1_000))).toBe(5)
    expect(slippageBps(dynamic, quote(0.2, null, 1_000))).toBe(5)
    expect(slippageBps({ ...dynamic, liquidityReference: 0 }, quote(0.5, 0.5, 0))).toBe(5)
  })
})

describe("a fill from a snapshot", () => {
  const quote = (bid: number | null, ask: number | null, liquidity = 10_000) => ({
    ...{ atUs: 0, yes: toMicros(0.5), no: toMicros(0.5), liquidity: liquidity * USDC },
    bid: bid === null ? null : toMicros(bid),
    ask: ask === null ? null : toMicros(ask)
  })
  const match = (
    side: "buy" | "sell",
    limit: number,
    seen: ReturnType<typeof quote>,
    settings: Partial<FillSettings> = {},
    qty = toMicros(10)
  ) =>
    matchSnapshot(
      { token: "YES", side, limitPrice: toMicros(limit), qty },
      seen,
      modelOf({ slippage_bps: 100, ...settings })
    )

  it("is worse than the quote by the slippage, on both sides", () => {
    expect(match("buy", 0.5, quote(0.4, 0.42))).toMatchObject({ price: 424_200, qty: 10 * USDC, reason: null })
    expect(match("sell", 0.1, quote(0.4, 0.42))).toMatchObject({ price: 396_000, qty: 10 * USDC, reason: null })
  })

  it("rounds a price against the trader, to whole units", () => {
    // 0.333333 * 1.01 = 0.33666633, and * 0.99 = 0.32999967.
    expect(match("buy", 0.5, quote(0.3, 0.333_333)).price).toBe(336_667)
    expect(match("sell", 0.1, quote(0.333_333, 0.5)).price).toBe(329_999)
  })

  it("is not pushed out of the range from 0.01 to 0.99, nor back into it", () => {
    expect(match("buy", 0.999, quote(0.4, 0.985)).price).toBe(990_000)
    expect(match("buy", 0.999, quote(0.4, 0.995)).price).toBe(995_000)
    expect(match("sell", 0.001, quote(0.0101, 0.5)).price).toBe(10_000)
    expect(match("sell", 0.001, quote(0.005, 0.5)).price).toBe(5_000)
  })

  it("meets a limit at exactly the quote, and none beyond it", () => {
    expect(match("buy", 0.42, quote(0.4, 0.42)).qty).toBe(10 * USDC)
    expect(match("sell", 0.4, quote(0.4, 0.42)).qty).toBe(10 * USDC)
    expect(match("buy", 0.419_999, quote(0.4, 0.42))).toMatchObject({
      ...{ qty: 0, fillRatio: 0, fillProbability: 0, slippageBps: 100 },
      reason: { code: "not marketable", by: "market", side: "ask", shown: 420_000, limit: 419_999 }
    })
    expect(match("sell", 0.400_001, quote(0.4, 0.42)).reason).toMatchObject({ side: "bid", shown: 400_000 })
    expect(match("buy", 0.9, quote(0.4, null)).reason).toMatchObject({ side: "ask", shown: null, limit: 900_000 })
    expect(match("sell", 0.1, quote(null, 0.5)).reason).toMatchObject({ side: "bid", shown: null })
  })

  it("fills the share that liquidity carries, times the share that fills at all, and nothing below one unit", () => {
    const thin = { enable_partial_fill: true, liquidity_full_fill: 1_000, enable_fill_probability: true }
    expect(match("sell", 0.1, quote(0.4, 0.42, 500), thin)).toMatchObject({
      qty: 3_750_000,
      fillRatio: 0.375,
      fillProbability: 0.75
    })
    const plain = { enable_partial_fill: true, liquidity_full_fill: 1_000 }
    expect(match("buy", 0.5, quote(0.4, 0.42, 500), plain, toMicros(0.000_002)).qty).toBe(1)
    expect(match("buy", 0.5, quote(0.4, 0.42, 500), plain, toMicros(0.000_001))).toMatchObject({
      qty: 0,
      price: 424_200,
      reason: { code: "no executable liquidity" }
    })
  })

  it("needs a quote", () => {
    const order = { token: "YES", side: "buy", limitPrice: toMicros(0.5), qty: toMicros(1) } as const
    expect(matchSnapshot(order, null, modelOf({ slippage_bps: 7 }))).toMatchObject({ price: 0, qty: 0, slippageBps: 7 })
  })
})
