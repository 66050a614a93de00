import { describe, expect, it } from "vitest"
import { Account } from "../../src/core/account/account.ts"
import { type Position } from "../../src/domain/Position.ts"
import { blankMarket } from "../../src/domain/blankMarket.ts"
import { quoteOf } from "../../src/domain/quote.ts"
import { shares, usdc } from "../../src/domain/units.ts"
import { drawdownWatchOf, equityOf } from "../../src/engine/DrawdownWatch.ts"
import { fallFrom, peakAfter } from "../../src/risk/drawdown.ts"

const held = (strategy: string, qty: number, cost: number, realized: number): Position => ({
  ...{ strategy, marketId: "m", eventId: "e", token: "YES" },
  ...{ qty: shares(qty), cost: usdc(cost), realized: usdc(realized) }
})
const shown = (yesPrice: number) => quoteOf(blankMarket({ marketId: "m", yesPrice }))

describe("the drawdown stop", () => {
  it("counts from the highest equity, and from the first after a reset", () => {
    expect([peakAfter(null, usdc(-5)), peakAfter(usdc(3), usdc(2)), peakAfter(usdc(3), usdc(4))]).toStrictEqual([
      -5, 3, 4
    ])
    expect([fallFrom(null, usdc(-5)), fallFrom(usdc(3), usdc(2)), fallFrom(usdc(3), usdc(4))]).toStrictEqual([0, 1, 0])
  })

  it("sees what every strategy realized and holds, at the newest price", () => {
    const account = new Account()
    account.restore(held("a", 100e6, 50e6, -2e6), null)
    account.restore(held("b", 10e6, 4e6, 1e6), null)
    // Without a price a position counts at cost.
    expect(equityOf(account)).toBe(-1e6)
    account.mark("m", shown(0.3))
    expect(equityOf(account)).toBe(-1e6 - 20e6 - 1e6)
  })

  it("takes no equity for a peak of which a loss is not known yet", () => {
    const watch = drawdownWatchOf({ maxDrawdown: usdc(1) })
    expect(drawdownWatchOf({ maxDrawdown: null })).toBeNull()
    if (watch === null) throw new Error("a stop is set")
    expect(watch.peak).toBe(0)
    const account = new Account()
    account.restore(held("a", 100e6, 50e6, 0), null)
    account.restore(held("closed", 0, 0, 5e6), null)
    watch.restore(account, null)
    watch.see(account)
    expect([watch.peak, watch.fall(account)]).toStrictEqual([null, 0])
    account.mark("m", shown(0.4))
    watch.see(account)
    expect([watch.peak, watch.fall(account)]).toStrictEqual([-5e6, 0])
    account.mark("m", shown(0.45))
    // A look that is not over counts for the fall already.
    expect([watch.peak, watch.fall(account)]).toStrictEqual([-5e6, 0])
    watch.see(account)
    account.mark("m", shown(0.42))
    watch.see(account)
    expect([watch.peak, watch.fall(account)]).toStrictEqual([0, 3e6])
    watch.restore(account, usdc(9e6))
    watch.see(account)
    expect(watch.fall(account)).toBe(12e6)
  })
})
