import { describe, expect, it } from "vitest"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { bareEstimate } from "../../src/core/bareEstimate.ts"
import { type Estimate } from "../../src/domain/Execution.ts"
import { type OrderRequest } from "../../src/domain/Order.ts"
import { marketClosed, noLiquidity } from "../../src/domain/rejection.ts"
import { type Exposure } from "../../src/domain/RiskVerdict.ts"
import { MICROS_PER_DAY } from "../../src/domain/time.ts"
import { toMicros, usdc } from "../../src/domain/units.ts"
import { decidePackageOrders } from "../../src/risk/decidePackageOrders.ts"
import { guardOf } from "../../src/risk/guard.ts"
import { limitsOf } from "../../src/risk/limits.ts"

/** An order of 10 USDC. */
const leg = (fields: Partial<OrderRequest> = {}, seen: Partial<Estimate> = {}): Estimate => ({
  ...bareEstimate({
    ...{ strategy: "s", marketId: "m", eventId: "e", token: "YES", side: "buy", action: "open", tif: "ioc" },
    limitPrice: toMicros(0.5),
    qty: toMicros(20),
    ...fields
  }),
  ...seen
})

const nothing: Exposure = {
  realized: usdc(0),
  strategyNotional: () => usdc(0),
  eventNotional: () => usdc(0),
  resolutionDayNotional: null,
  maxQuoteAge: null,
  openOrders: 0,
  breaker: "closed",
  rejections: 0,
  scenario: null,
  disputed: () => false,
  marketNotional: null,
  totalNotional: null,
  bankroll: null,
  drawdown: null
}

type Settings = Partial<typeof defaultConfig.risk>
const verdict = (legs: ReadonlyArray<Estimate>, settings: Settings = {}, exposure: Partial<Exposure> = {}) =>
  decidePackageOrders(legs, { ...nothing, ...exposure }, limitsOf({ ...defaultConfig.risk, ...settings }))

const reasonOf = (...asked: Parameters<typeof verdict>) => verdict(...asked).refusal?.reason ?? null
const other = { strategy: "t", marketId: "n", eventId: "f" }
const endsOn = (day: number) => ({ resolvesAtUs: day * MICROS_PER_DAY + 1 })

/** Each limit on a sum: what it sums over, and an order that it does not count. */
const sums: ReadonlyArray<{
  readonly setting: keyof typeof defaultConfig.risk
  readonly exposure: Partial<Exposure>
  readonly first: Estimate
  readonly apart: Estimate | null
}> = [
  { setting: "max_strategy_notional", exposure: {}, first: leg(), apart: leg({ strategy: "t" }) },
  { setting: "max_event_notional", exposure: {}, first: leg(), apart: leg({ eventId: "f" }) },
  {
    setting: "max_resolution_date_notional",
    exposure: { resolutionDayNotional: () => usdc(0) },
    first: leg({}, endsOn(3)),
    apart: leg({}, endsOn(4))
  },
  {
    setting: "max_market_notional",
    exposure: { marketNotional: () => usdc(0) },
    first: leg(),
    apart: leg({ marketId: "n" })
  },
  { setting: "max_total_notional", exposure: { totalNotional: () => usdc(0) }, first: leg(), apart: null },
  {
    setting: "buying_power",
    exposure: {
      bankroll: { used: () => usdc(0), costOf: ({ order }) => usdc((order.limitPrice * order.qty) / 1e6) }
    },
    first: leg(),
    apart: null
  }
]

describe("orders that trade together", () => {
  for (const { apart, exposure, first, setting } of sums) {
    it(`${setting}: each is held to the sum with those before it`, () => {
      expect(reasonOf([first, first], { [setting]: 20 }, exposure)).toBeNull()
      const refused = verdict([first, first], { [setting]: 19.999999 }, exposure)
      expect(refused.refusal).toMatchObject({
        ...{ at: 1, by: "risk", status: "rejected", counts: true },
        reason: { setting, value: 20e6, limit: 20e6 - 1 }
      })
      expect(refused.approved).toStrictEqual([])
      expect(refused.decisions.map(({ allowed }) => allowed)).toStrictEqual([true, false])
    })

    it(`${setting}: an order that gives back what is held raises nothing`, () => {
      const closing = { ...first, order: { ...first.order, side: "sell" as const, action: "close" as const } }
      expect(reasonOf([closing, first], { [setting]: 10 }, exposure)).toBeNull()
      expect(reasonOf([first, closing], { [setting]: 10 }, exposure)).toBeNull()
    })

    if (apart !== null) {
      it(`${setting}: another's notional is its own`, () => {
        expect(reasonOf([apart, first], { [setting]: 10 }, exposure)).toBeNull()
      })
    }
  }

  it("what is at stake already counts, each under its own name", () => {
    const strategies: Array<string> = []
    const events: Array<string> = []
    const days: Array<number> = []
    const markets: Array<string> = []
    const exposure: Partial<Exposure> = {
      strategyNotional: (strategy) => (strategies.push(strategy), usdc(1e6)),
      eventNotional: (event) => (events.push(event), usdc(2e6)),
      resolutionDayNotional: (day) => (days.push(day), usdc(3e6)),
      marketNotional: (market) => (markets.push(market), usdc(4e6)),
      totalNotional: () => usdc(5e6)
    }
    const { decisions } = verdict([leg({}, endsOn(3)), leg(other)], {}, exposure)
    expect(decisions.map((one) => [one.strategyNotionalBefore, one.eventNotionalBefore])).toStrictEqual([
      [1e6, 2e6],
      [1e6, 2e6]
    ])
    // When the second one's market resolves is not known.
    expect([strategies, events, days, markets]).toStrictEqual([["s", "t"], ["e", "f"], [3], ["m", "n"]])
    const asked = { ...exposure, resolutionDayNotional: () => usdc(3e6) }
    expect(reasonOf([leg({}, endsOn(3))], { max_resolution_date_notional: 12 }, asked)).toMatchObject({ value: 13e6 })
    expect(reasonOf([leg()], { max_market_notional: 13 }, asked)).toMatchObject({ value: 14e6 })
    expect(reasonOf([leg()], { max_total_notional: 14 }, asked)).toMatchObject({ value: 15e6 })
  })

  it("those that may rest count against the cap of open orders, those that may not do not", () => {
    const resting = leg({ tif: "gtc" })
    expect(reasonOf([resting, resting, leg()], { max_open_orders: 3 })).toBeNull()
    expect(verdict([resting, resting, leg()], { max_open_orders: 2 }).refusal).toMatchObject({
      at: 2,
      reason: { setting: "max_open_orders", value: 2, limit: 2 }
    })
    expect(reasonOf([leg(), leg(), leg()], { max_open_orders: 1 })).toBeNull()
    expect(reasonOf([resting], { max_open_orders: 1 }, { openOrders: 1 })).toMatchObject({ value: 1 })
  })

  it("the bankroll pays for what is in use, for those before, and for the order with its fee", () => {
    const asked: Array<string> = []
    const bankroll: Exposure["bankroll"] = {
      used: () => usdc(-7e6),
      costOf: ({ order }) => (asked.push(order.marketId), usdc(10e6 + 250))
    }
    expect(reasonOf([leg(), leg(other)], { buying_power: 13.0005 }, { bankroll })).toBeNull()
    expect(reasonOf([leg(), leg(other)], { buying_power: 13.000499 }, { bankroll })).toMatchObject({
      value: 13_000_500
    })
    expect(asked).toContain("n")
  })

  it("are told each of their markets' disputes, the drawdown, the breaker and the day's loss", () => {
    const disputed = (market: string) => market === "n"
    expect(verdict([leg(), leg(other)], {}, { disputed }).refusal).toMatchObject({
      at: 1,
      reason: { setting: "allow_disputed" }
    })
    expect(reasonOf([leg()], { max_drawdown: 1 }, { drawdown: usdc(1e6) })).toMatchObject({ value: 1e6 })
    expect(reasonOf([leg()], {}, { realized: usdc(-250e6) })).toMatchObject({ value: -250e6 })
    expect(reasonOf([leg()], { price_collar: 0.1 })).toMatchObject({ setting: "price_collar", value: null })
    const seen = leg({}, { midPrice: toMicros(0.3), quoteAgeUs: 9e6 })
    expect(reasonOf([seen], { price_collar: 0.1 })).toMatchObject({ value: 200_000 })
    expect(reasonOf([seen], {}, { maxQuoteAge: () => 8e6 })).toMatchObject({ value: 9e6, limit: 8e6 })
  })

  it("are priced at what they are expected to cost", () => {
    expect(verdict([leg({}, { price: toMicros(0.25) })]).decisions[0]?.notional).toBe(5e6)
  })

  it("come with the scenario of those that may go before them, sales included", () => {
    const given: Array<ReadonlyArray<string>> = []
    const scenario: Exposure["scenario"] = (_, before) => {
      given.push(before.map(({ order }) => order.marketId))
      return { book: { before: usdc(0), after: usdc(0) }, events: [] }
    }
    const sale = leg({ marketId: "sold", side: "sell", action: "close" })
    // 30 USDC are too much for one order, which is then not there to be lost.
    const tooLarge = leg({ marketId: "large", qty: toMicros(60) })
    verdict([sale, tooLarge, leg({ marketId: "a" }), leg({ marketId: "b" })], { max_order_notional: 20 }, { scenario })
    expect(given).toStrictEqual([["sold"], ["sold", "a"]])
  })
})

describe("what refuses a package", () => {
  const noMatch = { status: "canceled", reason: noLiquidity } as const
  const refusal = { reason: marketClosed, countsAsRejection: true }

  it("asks of each whether there is a counterparty, then risk, then the venue", () => {
    const poor: Settings = { max_order_notional: 1 }
    expect(verdict([leg({}, { noMatch, refusal })], poor).refusal).toStrictEqual({
      ...{ at: 0, by: "market", status: "canceled", reason: noLiquidity, counts: false }
    })
    expect(verdict([leg({}, { noMatch: { ...noMatch, status: "rejected" }, refusal })], poor).refusal).toMatchObject({
      ...{ by: "venue", status: "rejected", counts: false }
    })
    expect(verdict([leg({}, { refusal })], poor).refusal).toMatchObject({ by: "risk", counts: true })
    expect(verdict([leg({}, { refusal })]).refusal).toStrictEqual({
      ...{ at: 0, by: "venue", status: "rejected", reason: marketClosed, counts: true }
    })
    expect(verdict([leg({}, { refusal: { ...refusal, countsAsRejection: false } })]).refusal?.counts).toBe(false)
    expect(verdict([leg()]).refusal).toBeNull()
  })

  it("is the first order that cannot go", () => {
    const refused = verdict([leg(), leg({}, { refusal }), leg({}, { noMatch })])
    expect(refused.refusal).toMatchObject({ at: 1, by: "venue" })
    expect(refused.approved).toStrictEqual([])
  })

  it("does not count for the breaker where the breaker itself is open", () => {
    expect(verdict([leg()], {}, { breaker: "open", rejections: 5 }).refusal).toMatchObject({
      ...{ by: "risk", counts: false },
      reason: { code: "circuit breaker open", value: 5, limit: 5 }
    })
    expect(verdict([leg()], {}, { breaker: "probe", rejections: 5 }).refusal).toBeNull()
  })

  it("leaves the orders as they were asked for, one for each, where all may go", () => {
    const { approved, decisions } = verdict([leg(), leg(other)])
    expect(approved.map(({ request }) => request)).toStrictEqual([leg().order, leg(other).order])
    expect(decisions).toHaveLength(2)
  })

  it("is the same through the guard that an engine is given", () => {
    const limits = limitsOf({ ...defaultConfig.risk, max_order_notional: 1 })
    const guard = guardOf(limits)
    expect(guard.limits).toBe(limits)
    expect(guard.decide([leg()], nothing)).toStrictEqual(decidePackageOrders([leg()], nothing, limits))
  })
})
