import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makerFee, takerFee, venueFee } from "../../../src/core/venue/fees.ts"
import { parseConfig } from "../../../src/config/parse.ts"
import { price, shares, toMicros } from "../../../src/domain/units.ts"

const schedule = (rate: number, exponent: number, takerOnly = true) => ({ rate, exponent, takerOnly, rebateRate: 0 })

describe("the exchange's fee", () => {
  it.each([
    // shares * rate * (price * (1 - price))^exponent
    ["one", 1, 0.5, 100, 0.07, 1.75],
    ["one, away from the middle", 1, 0.2, 100, 0.07, 1.12],
    ["two", 2, 0.5, 100, 0.07, 0.4375],
    ["two, away from the middle", 2, 0.2, 1_000, 0.25, 6.4],
    ["three", 3, 0.5, 1_000, 0.25, 3.90625],
    ["none", 0, 0.2, 100, 0.01, 1]
  ] as const)("with the exponent %s", (_what, exponent, natural, qty, rate, fee) => {
    expect(venueFee(schedule(rate, exponent), toMicros(natural), toMicros(qty))).toBe(toMicros(fee))
  })

  it("is floored to five decimals, and what is exact stays exact", () => {
    expect(venueFee(schedule(0.07, 1), price(500_000), toMicros(0.01))).toBe(170)
    expect(venueFee(schedule(0.0699, 1), toMicros(0.5), toMicros(1))).toBe(17_470)
    expect(venueFee(schedule(0.07, 1), price(500_000), toMicros(10))).toBe(175_000)
    expect(venueFee(schedule(0.07, 1), price(0), toMicros(10))).toBe(0)
    expect(venueFee(schedule(0.07, 1), toMicros(1), toMicros(10))).toBe(0)
    expect(venueFee(schedule(0.07, 1), toMicros(0.5), shares(0))).toBe(0)
  })

  it("is the same on both sides of the middle, and never above the rate's quarter", () => {
    const micros = fc.integer({ min: 0, max: 1_000_000 })
    fc.assert(
      fc.property(micros, fc.integer({ min: 1, max: 1e9 }), fc.constantFrom(1, 2), (at, qty, exponent) => {
        const fee = venueFee(schedule(0.07, exponent), price(at), shares(qty))
        expect(venueFee(schedule(0.07, exponent), price(1_000_000 - at), shares(qty))).toBe(fee)
        expect(fee).toBeLessThanOrEqual(qty * 0.07 * 0.25 ** exponent + 1e-6)
        expect([fee >= 0, fee % 10]).toStrictEqual([true, 0])
      })
    )
  })

  it("is paid by takers, and by makers only where the schedule says so", () => {
    const [half, ten] = [toMicros(0.5), toMicros(10)]
    expect(makerFee(schedule(0.07, 1), half, ten)).toBe(0)
    expect(makerFee(schedule(0.07, 1, false), half, ten)).toBe(175_000)
    expect(makerFee(null, half, ten)).toBe(0)
  })
})

describe("the fee of a model", () => {
  const [half, ten] = [toMicros(0.5), toMicros(10)]
  const own = schedule(0.07, 1)

  it("is the market's own, or basis points of what is paid, or nothing", () => {
    expect(takerFee({ kind: "venue", bps: 20 }, own, half, ten)).toBe(175_000)
    expect(takerFee({ kind: "venue", bps: 20 }, null, half, ten)).toBe(10_000)
    expect(takerFee({ kind: "bps", bps: 20 }, own, half, ten)).toBe(10_000)
    expect(takerFee({ kind: "bps", bps: 1 }, own, price(333_333), shares(1_500_000))).toBe(50)
    expect(takerFee({ kind: "none", bps: 20 }, own, half, ten)).toBe(0)
    expect(takerFee({ kind: "none", bps: 20 }, null, half, ten)).toBe(0)
  })

  it("is never negative: basis points below zero are refused, and would give nothing back", () => {
    const parsed = parseConfig({ execution: { fee_bps: -1 } })
    expect(parsed._tag === "Left" ? parsed.left : null).toMatchObject({ field: "execution.fee_bps" })
    expect(parseConfig({ execution: { fee_bps: 0 } })._tag).toBe("Right")
    expect(takerFee({ kind: "bps", bps: -100 }, null, half, ten)).toBe(0)
    expect(takerFee({ kind: "venue", bps: -100 }, null, half, ten)).toBe(0)
  })
})
