import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Account } from "../../src/core/account/account.ts"
import { balanceProblem } from "../../src/core/account/balance.ts"
import { type Price, price, shares, usdc } from "../../src/domain/units.ts"

const quote = (yes: Price | null, no: Price | null) => ({
  atUs: 0,
  yes,
  no,
  bid: null,
  ask: null,
  liquidity: 0
})

const traded = (): Account => {
  const account = new Account()
  const fill = { marketId: "m1", eventId: "e1", token: "YES", fee: usdc(1_234) } as const
  account.fill({ ...fill, strategy: "a", side: "buy", price: price(333_333), qty: shares(7_000_001) }, null)
  account.fill({ ...fill, strategy: "b", side: "buy", price: price(410_000), qty: shares(5_000_000) }, null)
  account.fill({ ...fill, strategy: "a", side: "sell", price: price(512_345), qty: shares(2_000_003) }, null)
  account.fill(
    { ...fill, strategy: "a", marketId: "m2", eventId: "e2", side: "buy", price: price(1), qty: shares(3) },
    null
  )
  account.mark("m1", quote(price(481_516), price(518_484)))
  return account
}

describe("balanceProblem", () => {
  it("finds nothing in an account that only fills and marks have changed", () => {
    expect(balanceProblem(traded())).toBeNull()
    expect(balanceProblem(new Account())).toBeNull()
  })

  it("names the amounts when cash, a position or an attribution is off by one micro-unit", () => {
    const cash = traded()
    cash.cash = usdc(cash.cash + 1)
    expect(balanceProblem(cash)).toMatch(
      /^cash and cost of positions: -?[\d.]+ USDC, but realized profit: -?[\d.]+ USDC \(a difference of 0\.000001 USDC\)$/
    )
    const position = traded()
    position.holdings[0]!.position.cost = usdc(position.holdings[0]!.position.cost - 1)
    expect(balanceProblem(position)).toMatch(/^cash and cost of positions: .* of -0\.000001 USDC\)$/)
    const mark = traded()
    mark.holdings[1]!.unrealized = usdc(mark.holdings[1]!.unrealized + 1)
    expect(balanceProblem(mark)).toMatch(/^cash and inventory: .*, but profit of all positions: /)
    const strategy = traded()
    strategy.strategyTally("a").realized = usdc(strategy.strategyTally("a").realized + 1)
    expect(balanceProblem(strategy)).toMatch(/^cash and inventory: .*, but profit by strategy: /)
    const event = traded()
    event.eventTally("a", "e2").unrealized = usdc(event.eventTally("a", "e2").unrealized - 1)
    expect(balanceProblem(event)).toMatch(/^cash and inventory: .*, but profit by event: /)
    // Two errors that cancel out in the sums.
    const moved = traded()
    moved.eventTally("a", "e1").realized = usdc(moved.eventTally("a", "e1").realized + 5)
    moved.eventTally("b", "e1").realized = usdc(moved.eventTally("b", "e1").realized - 5)
    expect(balanceProblem(moved)).toMatch(/^profit of a: .*, but that of its events: /)
    const shifted = traded()
    shifted.strategyTally("a").realized = usdc(shifted.strategyTally("a").realized + 5)
    shifted.strategyTally("a").unrealized = usdc(shifted.strategyTally("a").unrealized - 5)
    expect(balanceProblem(shifted)).toMatch(/^realized profit: .*, but that of all strategies: /)
  })

  it("does not vouch for amounts that a double cannot hold, nor for what is no number", () => {
    const huge = new Account()
    const fill = { strategy: "a", marketId: "m1", eventId: "e1", token: "YES", side: "buy", fee: usdc(0) } as const
    huge.fill({ ...fill, price: price(999_999), qty: shares(1e17) }, null)
    expect(balanceProblem(huge)).toMatch(/^cash: -?[\d.]+ USDC cannot be summed exactly$/)
    const broken = traded()
    broken.cash = usdc(Number.NaN)
    expect(balanceProblem(broken)).not.toBeNull()
  })

  it("holds after any fills and marks", () => {
    const step = fc.record({
      strategy: fc.constantFrom("a", "b"),
      marketId: fc.constantFrom("m1", "m2"),
      eventId: fc.constantFrom("e1", "e2"),
      token: fc.constantFrom("YES" as const, "NO" as const),
      side: fc.constantFrom("buy" as const, "sell" as const),
      price: fc.integer({ min: 0, max: 1_000_000 }).map(price),
      qty: fc.integer({ min: 1, max: 1e10 }).map(shares),
      fee: fc.integer({ min: 0, max: 1e5 }).map(usdc),
      settlement: fc.boolean(),
      mark: fc.option(fc.integer({ min: 0, max: 1_000_000 }).map(price), { nil: null })
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const account = new Account()
        for (const { mark, ...fill } of steps) {
          account.fill(fill, mark === null ? null : { price: mark, atUs: 0 })
          account.mark(fill.marketId, quote(mark, mark === null ? null : price(1_000_000 - mark)))
          expect(balanceProblem(account)).toBeNull()
        }
      }),
      { numRuns: 60 }
    )
  })
})
