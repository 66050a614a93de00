import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { applyFill, emptyPosition, notionalOf } from "../../src/core/account/portfolio.ts"
import { price, shares, usdc } from "../../src/domain/units.ts"

const fills = fc.array(
  fc.record({
    delta: fc.integer({ min: -5_000_000, max: 5_000_000 }).filter((delta) => delta !== 0),
    price: fc.integer({ min: 0, max: 1_000_000 }).map(price),
    fee: fc.integer({ min: 0, max: 1_000 }).map(usdc)
  }),
  { maxLength: 40 }
)

describe("applyFill", () => {
  it("keeps cash + cost = realized to the last unit, through shorts and through zero", () => {
    fc.assert(
      fc.property(fills, (sequence) => {
        const position = emptyPosition()
        let cash = 0
        for (const { delta, fee, price: at } of sequence) {
          applyFill(position, shares(delta), at, fee)
          const notional = notionalOf(at, shares(Math.abs(delta)))
          cash += (delta > 0 ? -notional : notional) - fee
          expect(cash + position.cost).toBe(position.realized)
          if (position.qty === 0) expect(position.cost).toBe(0)
        }
      }),
      { numRuns: 500 }
    )
  })

  it("rounds half a unit of a sale as the cash that it brings", () => {
    const short = emptyPosition()
    applyFill(short, shares(-1), price(500_000), usdc(0))
    expect(short).toEqual({ qty: -1, cost: -1, realized: 0 })
  })
})
