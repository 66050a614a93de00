import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Account } from "../../src/core/account/account.ts"
import { type AccountFill } from "../../src/core/account/holding.ts"
import { equityOf, sampleEquity } from "../../src/core/account/attribution.ts"
import {
  applyFill,
  averagePrice,
  emptyPosition,
  foldFills,
  notionalOf,
  positionKey
} from "../../src/core/account/portfolio.ts"
import { payoutOf, settlementFill } from "../../src/core/account/settlement.ts"
import { type Price, price, shares, toMicros, usdc } from "../../src/domain/units.ts"

const quote = (yes: Price | null, no: Price | null, atUs = 7) => ({
  ...{ atUs, yes, no, bid: null, ask: null, liquidity: 0 }
})
const at = (natural: number): Price => toMicros(natural)

/** 10 shares at 0.40 for a fee of 0.01 USDC, unless said otherwise. */
const trade = (fields: Partial<AccountFill> = {}): AccountFill => ({
  ...{ strategy: "a", marketId: "m1", eventId: "e1", token: "YES", side: "buy" },
  ...{ price: at(0.4), qty: toMicros(10), fee: toMicros(0.01), ...fields }
})

const USDC = 1_000_000

describe("an account", () => {
  it("pays for what it buys, values it at its mark, and realizes what it sells, fees included", () => {
    const account = new Account()
    expect(account.fill(trade(), { price: at(0.5), atUs: 3 })).toEqual({ realizedChange: -10_000, closedQty: 0 })
    expect(account.cash).toBe(-4.01 * USDC)
    expect(account.holding("a", "m1", "YES")).toMatchObject({
      ...{ strategy: "a", marketId: "m1", eventId: "e1", token: "YES", mark: 500_000, markUs: 3 },
      ...{ unrealized: 1 * USDC, notional: 4 * USDC, position: { qty: 10 * USDC, cost: 4 * USDC, realized: -10_000 } }
    })
    expect([account.realized, account.unrealized, account.equity()]).toEqual([-10_000, 1 * USDC, 0.99 * USDC])
    // 4 of 10 at 0.60: 2.40 for what cost 1.60.
    expect(account.fill(trade({ side: "sell", price: at(0.6), qty: toMicros(4) }), null)).toEqual({
      realizedChange: 790_000,
      closedQty: 4 * USDC
    })
    expect(account.cash).toBe(-1.62 * USDC)
    expect(account.holding("a", "m1", "YES")).toMatchObject({
      ...{ mark: 500_000, unrealized: 0.6 * USDC, notional: 2.4 * USDC },
      position: { qty: 6 * USDC, cost: 2.4 * USDC, realized: 0.78 * USDC }
    })
    expect([account.realized, account.unrealized, account.equity()]).toEqual([780_000, 600_000, 1_380_000])
    expect(account.eventNotional.get("e1")).toBe(2.4 * USDC)
  })

  it("holds each token of a market by itself, and knows all that is held there", () => {
    const account = new Account()
    account.fill(trade(), null)
    account.fill(trade({ token: "NO", price: at(0.55) }), null)
    account.fill(trade({ strategy: "b", token: "NO" }), null)
    account.fill(trade({ marketId: "m2" }), null)
    const names = account.holdings.map(({ marketId, strategy, token }) => `${strategy} ${marketId} ${token}`)
    expect(names).toEqual(["a m1 YES", "a m1 NO", "b m1 NO", "a m2 YES"])
    expect(account.holdingsOf("m1")).toEqual(account.holdings.slice(0, 3))
    expect(account.holdingsOf("m2")).toEqual(account.holdings.slice(3))
    expect(account.holdingsOf("nowhere")).toEqual([])
    expect(account.holding("b", "m1", "YES")).toBeUndefined()
    expect(account.holding("b", "m2", "NO")).toBeUndefined()
    expect(account.holding("c", "m1", "NO")).toBeUndefined()
    expect([...account.eventNotional]).toEqual([["e1", (4 + 5.5 + 4 + 4) * USDC]])
  })

  it("marks what is held at the newest price of its token, and keeps the mark of a quote without one", () => {
    const account = new Account()
    account.fill(trade(), null)
    account.fill(trade({ token: "NO" }), null)
    const [yes, no] = account.holdings
    expect([yes?.mark, yes?.markUs, yes?.unrealized]).toEqual([null, null, 0])
    expect(account.equity()).toBe(-20_000)
    account.mark("m1", quote(at(0.7), null, 11))
    expect([yes?.mark, yes?.markUs, yes?.unrealized]).toEqual([700_000, 11, 3 * USDC])
    expect([no?.mark, no?.markUs, no?.unrealized]).toEqual([null, null, 0])
    account.mark("m1", quote(null, at(0.3), 12))
    expect([yes?.mark, yes?.markUs, no?.mark, no?.markUs]).toEqual([700_000, 11, 300_000, 12])
    // The same price again is newer news, and no other value.
    account.mark("m1", quote(at(0.7), at(0.3), 13))
    expect([yes?.markUs, no?.markUs, account.unrealized]).toEqual([13, 13, 2 * USDC])
    expect(account.equity()).toBe(1.98 * USDC)
    account.mark("elsewhere", quote(at(0.9), at(0.1), 14))
    expect(account.equity()).toBe(1.98 * USDC)
  })

  it("remembers the greatest exposure, which a partial close does not raise", () => {
    const account = new Account()
    account.fill(trade(), null)
    account.fill(trade({ side: "sell", qty: toMicros(6), price: at(0.9) }), null)
    const tally = account.strategyTally("a")
    expect([tally.notional, tally.peakNotional]).toEqual([1.6 * USDC, 4 * USDC])
    account.fill(trade({ qty: toMicros(3) }), null)
    expect([tally.notional, tally.peakNotional]).toEqual([2.8 * USDC, 4 * USDC])
    account.fill(trade({ marketId: "m2", eventId: "e2", qty: toMicros(5) }), null)
    expect([tally.notional, tally.peakNotional]).toEqual([4.8 * USDC, 4.8 * USDC])
    expect([...account.eventNotional]).toEqual([
      ["e1", 2.8 * USDC],
      ["e2", 2 * USDC]
    ])
    expect(account.eventTally("a", "e2")).toMatchObject({ notional: 2 * USDC, peakNotional: 2 * USDC })
    // A short counts with what it brought in.
    account.fill(trade({ strategy: "b", side: "sell", fee: usdc(0) }), null)
    expect(account.strategyTally("b")).toMatchObject({ notional: 4 * USDC, peakNotional: 4 * USDC })
  })

  it("counts trades, and wins and losses only where something was closed", () => {
    const account = new Account()
    account.fill(trade(), null)
    const tally = account.strategyTally("a")
    expect(tally).toMatchObject({ tradeCount: 1, wins: 0, losses: 0, fees: 10_000, turnover: 4 * USDC })
    account.fill(trade({ side: "sell", qty: toMicros(2), price: at(0.6) }), null)
    account.fill(trade({ side: "sell", qty: toMicros(2), price: at(0.1) }), null)
    expect(tally).toMatchObject({ wins: 1, grossWin: 390_000, losses: 1, grossLoss: 610_000 })
    // At what it cost and without a fee, a sale neither wins nor loses.
    account.fill(trade({ side: "sell", qty: toMicros(1), fee: usdc(0) }), null)
    expect(tally).toMatchObject({
      tradeCount: 4,
      wins: 1,
      losses: 1,
      fees: 30_000,
      turnover: 5_800_000
    })
    // A payout wins, and is no trade.
    account.fill(settlementFill(account.holdings[0]!, { yes: 1, no: 0 })!, null)
    expect(tally).toMatchObject({ tradeCount: 4, wins: 2, grossWin: 3_390_000, turnover: 5_800_000 })
    expect(account.eventTally("a", "e1")).toEqual(tally)
    expect(tally.realized).toBe(account.realized)
  })

  it("takes over what is stored as if its fills had happened here", () => {
    const lived = new Account()
    lived.fill(trade(), null)
    lived.fill(trade({ side: "sell", qty: toMicros(4), price: at(0.6) }), null)
    const restored = new Account()
    const { position, ...of } = lived.holdings[0]!
    restored.restore({ ...of, ...position }, { price: at(0.5), atUs: 9 })
    lived.mark("m1", quote(at(0.5), null, 9))
    expect([restored.cash, restored.realized, restored.unrealized, restored.equity()]).toEqual([
      lived.cash,
      lived.realized,
      lived.unrealized,
      lived.equity()
    ])
    expect(restored.holdings[0]).toMatchObject({ position, mark: 500_000, markUs: 9, notional: 2.4 * USDC })
    for (const tally of [restored.strategyTally("a"), restored.eventTally("a", "e1")]) {
      expect(tally).toMatchObject({ realized: 780_000, unrealized: 600_000, notional: 2.4 * USDC, tradeCount: 0 })
    }
    expect(restored.eventNotional.get("e1")).toBe(2.4 * USDC)
  })
})

describe("equity by moments", () => {
  it("gets one point after each moment in which something moved, for all and for each that moved", () => {
    const account = new Account()
    account.followMoments()
    account.fill(trade({ fee: usdc(0) }), { price: at(0.4), atUs: 0 })
    account.fill(trade({ strategy: "b", marketId: "m2", eventId: "e2", fee: usdc(0) }), { price: at(0.4), atUs: 0 })
    account.endMoment()
    // Inside one moment the order does not count: down and up again is no fall.
    account.mark("m1", quote(at(0.1), null))
    account.mark("m1", quote(at(0.6), null))
    account.endMoment()
    expect(account.marked).toEqual({ peak: 2 * USDC, max: 0 })
    account.mark("m1", quote(at(0.3), null))
    account.endMoment()
    account.mark("m2", quote(at(0.9), null))
    account.endMoment()
    expect(account.strategyTally("a").marked).toEqual({ peak: 2 * USDC, max: 3 * USDC })
    expect(account.eventTally("a", "e1").marked).toEqual({ peak: 2 * USDC, max: 3 * USDC })
    expect(account.strategyTally("b").marked).toEqual({ peak: 5 * USDC, max: 0 })
    expect(account.marked).toEqual({ peak: 4 * USDC, max: 3 * USDC })
    // A moment without a move changes nothing.
    account.endMoment()
    expect(account.marked).toEqual({ peak: 4 * USDC, max: 3 * USDC })
  })

  it("is not followed unless asked for", () => {
    const account = new Account()
    account.fill(trade(), { price: at(0.9), atUs: 0 })
    account.endMoment()
    expect(account.marked).toEqual({ peak: 0, max: 0 })
    expect(account.strategyTally("a").marked).toEqual({ peak: 0, max: 0 })
  })

  it("is what was realized and what is not, and is sampled on request", () => {
    const account = new Account()
    account.fill(trade(), { price: at(0.9), atUs: 0 })
    const tally = account.strategyTally("a")
    expect(equityOf(tally)).toBe(4.99 * USDC)
    expect(sampleEquity(tally)).toBe(4.99 * USDC)
    account.mark("m1", quote(at(0.2), null))
    expect(sampleEquity(tally)).toBe(-2_010_000)
    expect(tally.drawdown).toEqual({ peak: 4.99 * USDC, max: 7 * USDC })
  })
})

describe("a position", () => {
  it.each([
    ["is opened", [], [10, 0.4, 0.01], { qty: 10, cost: 4, realized: -0.01 }, [-0.01, 0]],
    ["is added to", [[10, 0.4]], [5, 0.7, 0], { qty: 15, cost: 7.5, realized: 0 }, [0, 0]],
    ["is closed in part", [[10, 0.4]], [-4, 0.6, 0.02], { qty: 6, cost: 2.4, realized: 0.78 }, [0.78, 4]],
    ["is closed", [[10, 0.4]], [-10, 0.1, 0], { qty: 0, cost: 0, realized: -3 }, [-3, 10]],
    ["crosses zero at the price of the fill", [[10, 0.4]], [-15, 0.6, 0], { qty: -5, cost: -3, realized: 2 }, [2, 10]],
    ["is opened short", [], [-10, 0.4, 0], { qty: -10, cost: -4, realized: 0 }, [0, 0]],
    ["is added to short", [[-10, 0.4]], [-10, 0.6, 0], { qty: -20, cost: -10, realized: 0 }, [0, 0]],
    ["is bought back in part", [[-10, 0.4]], [5, 0.3, 0], { qty: -5, cost: -2, realized: 0.5 }, [0.5, 5]],
    ["is bought back and more", [[-10, 0.4]], [12, 0.5, 0], { qty: 2, cost: 1, realized: -1 }, [-1, 10]]
  ] as const)("%s", (_what, before, [delta, natural, fee], after, [realizedChange, closedQty]) => {
    const position = emptyPosition()
    for (const [qty, one] of before) applyFill(position, toMicros(qty), at(one), usdc(0))
    const effect = applyFill(position, toMicros(delta), at(natural), toMicros(fee))
    // A zero has no sign here.
    expect([effect.realizedChange + 0, effect.closedQty]).toEqual([toMicros(realizedChange), toMicros(closedQty)])
    expect(position).toEqual({
      qty: toMicros(after.qty),
      cost: toMicros(after.cost),
      realized: toMicros(after.realized)
    })
  })

  it("does not change by a fill of nothing but for its fee", () => {
    for (const held of [0, 10, -10]) {
      const position = emptyPosition()
      if (held !== 0) applyFill(position, toMicros(held), at(0.4), usdc(0))
      const before = { ...position }
      expect(applyFill(position, shares(0), at(0.9), usdc(7))).toEqual({ realizedChange: -7, closedQty: 0 })
      expect({ ...position, cost: position.cost + 0 }).toEqual({ ...before, realized: before.realized - 7 })
    }
  })

  it("has an average price, and none when nothing is held", () => {
    expect(averagePrice({ qty: toMicros(10), cost: toMicros(4) })).toBe(400_000)
    expect(averagePrice({ qty: shares(-4), cost: usdc(-3) })).toBe(750_000)
    expect(averagePrice({ qty: shares(0), cost: usdc(0) })).toBe(0)
  })

  it("is told apart by strategy, market and token", () => {
    const key = { strategy: "a", marketId: "b", token: "YES" } as const
    const others = [
      { ...key, strategy: "b" },
      { ...key, marketId: "a" },
      { ...key, token: "NO" as const }
    ]
    expect(new Set([key, ...others].map(positionKey)).size).toBe(4)
    expect(positionKey({ ...key, strategy: "ab", marketId: "" })).not.toBe(positionKey({ ...key, strategy: "a" }))
  })

  it("is rebuilt from fills, each with what it realized", () => {
    const fills = [
      trade({ fee: usdc(0) }),
      trade({ strategy: "b", fee: usdc(5) }),
      trade({ side: "sell", qty: toMicros(10), price: at(0.6), fee: usdc(0) })
    ].map((fill) => ({ ...fill, atUs: 0 }))
    const { positions, realizedChanges } = foldFills(fills)
    expect(realizedChanges.map((change) => change + 0)).toEqual([0, -5, 2 * USDC])
    expect([...positions]).toEqual([
      [
        positionKey(trade()),
        { strategy: "a", marketId: "m1", eventId: "e1", token: "YES", qty: 0, cost: 0, realized: 2 * USDC }
      ],
      [
        positionKey(trade({ strategy: "b" })),
        { strategy: "b", marketId: "m1", eventId: "e1", token: "YES", qty: 10 * USDC, cost: 4 * USDC, realized: -5 }
      ]
    ])
    expect(foldFills([])).toEqual({ positions: new Map(), realizedChanges: [] })
  })
})

describe("a payout", () => {
  const holdingOf = (fields: Partial<AccountFill>) => {
    const account = new Account()
    account.fill(trade({ fee: usdc(0), ...fields }), null)
    return account.holdings[0]!
  }

  it.each([
    ["YES", { yes: 1, no: 0 }, 1],
    ["NO", { yes: 1, no: 0 }, 0],
    ["YES", { yes: 0, no: 1 }, 0],
    ["NO", { yes: 0, no: 1 }, 1],
    ["NO", { yes: 1, no: 1 }, 0.5],
    ["YES", { yes: 0.25, no: 0.75 }, 0.25],
    ["NO", { yes: 0.25, no: 0.75 }, 0.75],
    ["YES", { yes: 0, no: 0 }, 0]
  ] as const)("of %s at %j is %d USDC a share", (token, payout, natural) => {
    expect(payoutOf(token, payout)).toBe(toMicros(natural))
    expect(settlementFill(holdingOf({ token }), payout)).toEqual({
      ...{ strategy: "a", marketId: "m1", eventId: "e1", token, side: "sell" },
      ...{ price: toMicros(natural), qty: toMicros(10), fee: 0, settlement: true }
    })
  })

  it("buys back what was sold short, and pays nothing where nothing is held", () => {
    expect(settlementFill(holdingOf({ side: "sell" }), { yes: 1, no: 0 })).toMatchObject({
      side: "buy",
      qty: toMicros(10),
      price: toMicros(1)
    })
    expect(settlementFill(holdingOf({ qty: shares(0) }), { yes: 1, no: 0 })).toBeNull()
  })
})

describe("the sums of an account", () => {
  const step = fc.record({
    strategy: fc.constantFrom("a", "b"),
    marketId: fc.constantFrom("m1", "m2"),
    token: fc.constantFrom("YES" as const, "NO" as const),
    side: fc.constantFrom("buy" as const, "buy" as const, "sell" as const),
    price: fc.integer({ min: 0, max: 1_000_000 }).map(price),
    qty: fc.integer({ min: 1, max: 1e9 }).map(shares),
    fee: fc.integer({ min: 0, max: 1e5 }).map(usdc)
  })

  it("are those of its positions, counted one by one, and the peak is the greatest of them", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        const account = new Account()
        const peaks = new Map<string, number>()
        for (const one of steps) {
          account.fill({ ...one, eventId: `of ${one.marketId}` }, null)
          for (const strategy of ["a", "b"]) {
            const own = account.holdings.filter((holding) => holding.strategy === strategy)
            const notional = own.reduce((sum, { position }) => sum + Math.abs(position.cost), 0)
            peaks.set(strategy, Math.max(peaks.get(strategy) ?? 0, notional))
            const tally = account.strategyTally(strategy)
            expect([tally.notional, tally.peakNotional]).toEqual([notional, peaks.get(strategy)])
            expect(tally.realized).toBe(own.reduce((sum, { position }) => sum + position.realized, 0))
          }
          for (const marketId of ["m1", "m2"]) {
            const inEvent = account.holdingsOf(marketId)
            const notional = inEvent.reduce((sum, { position }) => sum + Math.abs(position.cost), 0)
            expect(account.eventNotional.get(`of ${marketId}`) ?? 0).toBe(notional)
          }
        }
        const traded = steps.reduce((sum, one) => sum + notionalOf(one.price, one.qty), 0)
        const tallies = [...account.byStrategy.values()]
        expect(tallies.reduce((sum, { turnover }) => sum + turnover, 0)).toBe(traded)
        expect(tallies.reduce((sum, { fees }) => sum + fees, 0)).toBe(steps.reduce((sum, { fee }) => sum + fee, 0))
        expect(tallies.reduce((sum, { tradeCount }) => sum + tradeCount, 0)).toBe(steps.length)
      })
    )
  })
})
