import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { OriginalAccount } from "../../../src/backtest/compat/account.ts"
import { balanceProblem } from "../../../src/backtest/compat/balance.ts"
import { type OriginalOrder, orderOf } from "../../../src/backtest/compat/order.ts"
import { MICRO } from "../../../src/domain/units.ts"
import { signal } from "../memoryHistory.ts"

const order = (changes: Partial<OriginalOrder> = {}): OriginalOrder => ({
  ...orderOf(signal({ at: "2026-02-20T12:00:00Z" })),
  ...changes
})
const trade = (account: OriginalAccount, side: "buy" | "sell", price: number, shares: number, fee = 0) =>
  account.fill(order({ side }), price * MICRO, shares * MICRO, fee * MICRO, null)

describe("the original's account", () => {
  it("opens a negative position with a sale of nothing, and closes it with a purchase", () => {
    const account = new OriginalAccount()
    expect(trade(account, "sell", 0.4, 10)).toBeCloseTo(0, 9)
    expect(account.holdings[0]?.position).toMatchObject({ qty: -10 * MICRO, cost: -4 * MICRO })
    expect(trade(account, "buy", 0.3, 10, 0.1)).toBeCloseTo(0.9 * MICRO, 6)
    expect(account.holdings[0]?.position).toMatchObject({ qty: 0, cost: 0 })
    expect(account.strategyTally("s4")).toMatchObject({ tradeCount: 2, wins: 1, losses: 0, notional: 0 })
  })

  it("keeps what crosses zero at the fill's price", () => {
    const account = new OriginalAccount()
    trade(account, "buy", 0.5, 10)
    expect(trade(account, "sell", 0.6, 15)).toBeCloseTo(1 * MICRO, 6)
    expect(account.holdings[0]?.position.qty).toBe(-5 * MICRO)
    expect(account.holdings[0]?.position.cost).toBeCloseTo(-3 * MICRO, 6)
  })

  it("values a position at the newest price of its token, and at cost until one is known", () => {
    const account = new OriginalAccount()
    trade(account, "buy", 0.5, 10)
    expect(account.strategyTally("s4").unrealized).toBe(0)
    account.mark("m1", { atUs: 0, yes: null, no: 300_000, liquidity: 0 })
    expect(account.strategyTally("s4").unrealized).toBe(0)
    account.mark("m1", { atUs: 0, yes: 700_000, no: null, liquidity: 0 })
    expect(account.strategyTally("s4").unrealized).toBe(2 * MICRO)
    expect(account.eventTally("s4", "e1").unrealized).toBe(2 * MICRO)
  })

  it("adds up to the last digits of a double, after any fills and marks", () => {
    const step = fc.record({
      strategy: fc.constantFrom("a", "b"),
      marketId: fc.constantFrom("m1", "m2"),
      eventId: fc.constantFrom("e1", "e2"),
      token: fc.constantFrom("YES" as const, "NO" as const),
      side: fc.constantFrom("buy" as const, "sell" as const),
      price: fc.double({ min: 10_000, max: 990_000, noNaN: true }),
      qty: fc.double({ min: 1e-6, max: 1e10, noNaN: true }),
      fee: fc.double({ min: 0, max: 1e5, noNaN: true }),
      mark: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: null })
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const account = new OriginalAccount()
        for (const { fee, mark, price, qty, ...of } of steps) {
          account.fill(order(of), price, qty, fee, mark === null ? null : { price: mark, atUs: 0 })
          account.mark(of.marketId, { atUs: 0, yes: mark, no: mark === null ? null : MICRO - mark, liquidity: 0 })
          expect(balanceProblem(account)).toBeNull()
        }
      }),
      { numRuns: 60 }
    )
  })

  it("is not vouched for when more than the last digits are off", () => {
    const filled = (): OriginalAccount => {
      const account = new OriginalAccount()
      const one = order({ strategy: "a" })
      for (let i = 1; i < 50; i++) account.fill(one, 1e6 / 3, 1e6 / i, 0.1, { price: 4e5, atUs: 0 })
      return account
    }
    expect(balanceProblem(filled())).toBeNull()
    const strategy = filled()
    strategy.strategyTally("a").realized += 10
    expect(balanceProblem(strategy)).toMatch(/^cash and inventory: .*, but profit by strategy: /)
    const event = filled()
    event.eventTally("a", "e1").unrealized -= 10
    expect(balanceProblem(event)).toMatch(/^cash and inventory: .*, but profit by event: /)
    const cash = filled()
    cash.cash += 10
    expect(balanceProblem(cash)).toMatch(/^cash and cost of positions: .*, but realized profit: /)
    const broken = filled()
    broken.cash = Number.NaN
    expect(balanceProblem(broken)).not.toBeNull()
  })
})
