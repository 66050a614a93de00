import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { feeOf, fillAtTarget } from "../../../src/backtest/compat/fill.ts"
import { orderOf } from "../../../src/backtest/compat/order.ts"
import { defaultConfig } from "../../../src/config/AppConfig.ts"
import { fillModelOf } from "../../../src/core/venue/fillModel.ts"
import { noLiquidity, noMarketDataYet } from "../../../src/domain/rejection.ts"
import { signal } from "../memoryHistory.ts"

const plain = fillModelOf({ ...defaultConfig.execution, slippage_bps: 10 })
const quote = { yes: 900_000, no: 100_000, liquidity: 500e6 }
const at = "2026-02-20T12:00:00Z"

describe("the original's fill", () => {
  it("is at the order's own price with slippage, whatever the market says", () => {
    const buy = fillAtTarget(orderOf(signal({ at, targetPrice: 0.1, sizeHint: 10 })), quote, plain)
    expect(buy).toEqual({
      price: 100_000 * 1.001,
      qty: 10_000_000,
      fillRatio: 1,
      fillProbability: 1,
      slippageBps: 10,
      reason: null
    })
    const sell = fillAtTarget(orderOf(signal({ at, side: "sell", targetPrice: 0.1 })), quote, plain)
    expect(sell.price).toBe(100_000 * 0.999)
  })

  it("stays inside 0.01 and 0.99", () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 2, noNaN: true }), fc.constantFrom("buy", "sell"), (targetPrice, side) => {
        const { price } = fillAtTarget(orderOf(signal({ at, side, targetPrice })), quote, plain)
        expect(price).toBeGreaterThanOrEqual(10_000)
        expect(price).toBeLessThanOrEqual(990_000)
      })
    )
  })

  it("is scaled by the newest snapshot's liquidity", () => {
    const model = { ...plain, partialFill: true, fillProbability: true }
    const { fillProbability, fillRatio, qty } = fillAtTarget(orderOf(signal({ at, sizeHint: 10 })), quote, model)
    expect(fillProbability).toBeCloseTo(0.75 * 0.95, 12)
    expect(fillRatio).toBeCloseTo(0.5 * 0.75 * 0.95, 12)
    expect(qty).toBe(10_000_000 * 0.5 * fillProbability)
  })

  it("is none without a snapshot, and none of next to nothing", () => {
    const order = orderOf(signal({ at, targetPrice: 0.1 }))
    expect(fillAtTarget(order, null, plain)).toMatchObject({
      qty: 0,
      reason: noMarketDataYet
    })
    const tiny = orderOf(signal({ at, sizeHint: 1e-12 }))
    expect(fillAtTarget(tiny, quote, plain)).toMatchObject({ qty: 0, reason: noLiquidity })
  })

  it("costs one rate for all markets, with its fraction, and never less than nothing", () => {
    expect(feeOf(333_333, 1_000_000, 20)).toBe(333_333 * 0.002)
    expect(feeOf(333_333, 1_000_000, -20)).toBe(0)
  })
})
