import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { samePayout, sharePayout } from "../../src/core/account/payout.ts"
import { settlementFill } from "../../src/core/account/settlement.ts"
import { Account } from "../../src/core/account/account.ts"
import { price, shares, usdc } from "../../src/domain/units.ts"

const reported = fc.constantFrom(
  { yes: 1, no: 0 },
  { yes: 0, no: 1 },
  { yes: 0.5, no: 0.5 },
  { yes: 1, no: 1 },
  { yes: 2, no: 2 }
)

describe("sharePayout", () => {
  it("pays what is reported, and half each for [1, 1]", () => {
    expect(sharePayout({ yes: 1, no: 0 })).toEqual({ yes: 1, no: 0 })
    expect(sharePayout({ yes: 0, no: 1 })).toEqual({ yes: 0, no: 1 })
    expect(sharePayout({ yes: 0.5, no: 0.5 })).toEqual({ yes: 0.5, no: 0.5 })
    expect(sharePayout({ yes: 1, no: 1 })).toEqual({ yes: 0.5, no: 0.5 })
    expect(sharePayout({ yes: 0, no: 0 })).toEqual({ yes: 0, no: 0 })
    expect(samePayout({ yes: 1, no: 1 }, { yes: 0.5, no: 0.5 })).toBe(true)
    expect(samePayout({ yes: 1, no: 1 }, { yes: 1, no: 0 })).toBe(false)
  })

  it("pays one USDC for a pair of shares, whatever is reported, once or twice applied", () => {
    fc.assert(
      fc.property(reported, fc.integer({ min: 1, max: 1e9 }), (vector, qty) => {
        expect(sharePayout(sharePayout(vector))).toEqual(sharePayout(vector))
        const account = new Account()
        const shared = { strategy: "s", marketId: "m", eventId: "e", qty: shares(qty * 2), fee: usdc(0) }
        account.fill({ ...shared, token: "YES", side: "buy", price: price(400_000) }, null)
        account.fill({ ...shared, token: "NO", side: "buy", price: price(600_000) }, null)
        const before = account.cash
        for (const holding of account.holdings) account.fill(settlementFill(holding, vector)!, null)
        expect(account.cash - before).toBe(qty * 2)
        expect(settlementFill(account.holdings[0]!, vector)).toBeNull()
      })
    )
  })
})
