import { describe, expect, it } from "@effect/vitest"
import fc from "fast-check"
import { type OrderRequest } from "../../src/domain/Order.ts"
import { fitOrder, orderTypeOf } from "../../src/execution/fitOrder.ts"
import { limitAmounts } from "../../src/polymarket/amounts.ts"
import { price, shares } from "../../src/domain/units.ts"

const order = (fields: Partial<OrderRequest>): OrderRequest => ({
  ...{ strategy: "s1", marketId: "m1", eventId: "e1", token: "YES", side: "buy", action: "open" },
  ...{ limitPrice: price(500_000), qty: shares(10_000_000), tif: "ioc" },
  ...fields
})

const ticks = [100_000, 10_000, 5_000, 2_500, 1_000, 100]
const wishes = fc.record({
  side: fc.constantFrom("buy" as const, "sell" as const),
  tif: fc.constantFrom("ioc" as const, "gtc" as const),
  tick: fc.constantFrom(...ticks),
  limitPrice: fc.integer({ min: 1, max: 999_999 }).map(price),
  qty: fc.integer({ min: 1, max: 1_000_000_000 }).map(shares)
})

describe("an order fitted to the exchange's rules", () => {
  it("is never worse than its limit, never more than was wanted, and signed exactly", () => {
    let fitted = 0
    fc.assert(
      fc.property(wishes, ({ tick, ...wish }) => {
        const fit = fitOrder(order(wish), { tick: price(tick) })
        if ("refused" in fit) {
          expect(fit.refused).not.toBe("")
          return
        }
        fitted += 1
        const { limitPrice, qty, side } = fit.order
        expect(limitPrice % tick).toBe(0)
        expect(side === "buy" ? limitPrice <= wish.limitPrice : limitPrice >= wish.limitPrice).toBe(true)
        expect(Math.abs(limitPrice - wish.limitPrice)).toBeLessThan(tick)
        expect(qty > 0 && qty <= wish.qty).toBe(true)
        const sized = limitAmounts({ side, orderType: orderTypeOf(wish), price: limitPrice, qty, tick, minSize: 1 })
        // What is left to refuse is the exchange's minimum, not the decimals.
        if ("refused" in sized) expect(sized.refused.reason).toMatch(/^below_/)
      })
    )
    expect(fitted).toBeGreaterThan(50)
  })

  it("is refused when rounding would leave the range of prices, or nothing", () => {
    expect(fitOrder(order({ limitPrice: price(9_000) }), { tick: price(10_000) })).toStrictEqual({
      refused: "price 0.009 rounds out of the market's range by its tick"
    })
    expect(fitOrder(order({ limitPrice: price(995_000), side: "sell" }), { tick: price(10_000) })).toStrictEqual({
      refused: "price 0.995 rounds out of the market's range by its tick"
    })
    expect(
      fitOrder(order({ limitPrice: price(311_000), qty: shares(8_680_000) }), { tick: price(1_000) })
    ).toStrictEqual({
      refused: "8.68 shares are less than the lot of 10 at 0.311"
    })
  })

  it("keeps what fits as it is", () => {
    const fits = order({ limitPrice: price(500_000), qty: shares(10_000_000) })
    expect(fitOrder(fits, { tick: price(10_000) })).toStrictEqual({ order: fits })
  })
})
