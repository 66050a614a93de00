import { describe, expect, it } from "vitest"
import { type Fill } from "../../src/domain/Fill.ts"
import { blankMarket } from "../../src/domain/blankMarket.ts"
import { accountAtMarks } from "../../src/engine/commands/markedDrawdown.ts"
import { price, shares, usdc } from "../../src/domain/units.ts"
import { at, snapshot } from "../backtest/memoryHistory.ts"

const fill = (fields: Partial<Fill>): Fill => ({
  id: 1,
  orderId: 1,
  externalFillId: null,
  strategy: "s4",
  marketId: "m1",
  eventId: "e1",
  token: "YES",
  side: "buy",
  price: price(500_000),
  qty: shares(100e6),
  fee: usdc(0),
  atUs: at("2026-02-20T10:00:00Z"),
  ...fields
})
const markets = new Map([["m1", blankMarket({ marketId: "m1", yesPrice: 0.7, noPrice: 0.3 })]])

describe("the drawdown of stored trades", () => {
  it("sees what prices fell to between the fills", () => {
    const account = accountAtMarks({ fills: [fill({})], markets }, [
      snapshot({ at: "2026-02-20T09:00:00Z", yes: 0.48 }),
      snapshot({ at: "2026-02-20T11:00:00Z", yes: 0.6 }),
      snapshot({ at: "2026-02-20T12:00:00Z", yes: 0.05, marketId: "other" }),
      snapshot({ at: "2026-02-20T13:00:00Z", yes: 0.2 }),
      snapshot({ at: "2026-02-20T14:00:00Z", yes: 0.65 })
    ])
    // 10 USDC above the start at 11:00, 30 below it at 13:00.
    expect(account.marked.max).toBe(40e6)
    expect(account.strategyTally("s4").marked.max).toBe(40e6)
    expect(account.unrealized).toBe(20e6)
  })

  it("values a fill at the quote that was in force", () => {
    const account = accountAtMarks({ fills: [fill({})], markets }, [
      snapshot({ at: "2026-02-20T09:00:00Z", yes: 0.48 })
    ])
    expect(account.marked.max).toBe(2e6)
  })

  it("takes all events of a moment together", () => {
    const sold = fill({ id: 2, side: "sell", price: price(600_000), atUs: at("2026-02-20T11:00:00Z") })
    const account = accountAtMarks({ fills: [fill({}), sold], markets }, [
      snapshot({ at: "2026-02-20T11:00:00Z", yes: 0.1 })
    ])
    expect(account.marked.max).toBe(0)
    expect(account.realized).toBe(10e6)
  })
})
