import { describe, expect, it } from "vitest"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { type OrderRequest } from "../../src/domain/Order.ts"
import { type RiskLimits } from "../../src/domain/Risk.ts"
import { type Price, price, shares, toMicros, usdc } from "../../src/domain/units.ts"
import { checkOrder, type RiskState } from "../../src/risk/check.ts"
import { limitsOf } from "../../src/risk/limits.ts"

const limits: RiskLimits = limitsOf(defaultConfig.risk)

const order = (fields: Partial<OrderRequest> = {}): OrderRequest => ({
  ...{ strategy: "s", marketId: "m", eventId: "e", token: "YES", side: "buy", action: "open", tif: "ioc" },
  limitPrice: toMicros(0.5),
  qty: toMicros(20),
  ...fields
})

/** A state in which everything is allowed. */
const free: RiskState = {
  realized: usdc(0),
  strategyNotional: usdc(0),
  eventNotional: usdc(0),
  reduces: false,
  breaker: "closed",
  rejections: 0,
  openOrders: 0,
  midPrice: toMicros(0.5),
  quoteAgeUs: 0,
  maxQuoteAgeUs: null,
  resolutionDateNotional: usdc(0),
  scenario: null,
  disputed: false,
  marketNotional: usdc(0),
  totalNotional: usdc(0),
  bankrollUsed: usdc(0),
  drawdown: usdc(0)
}

const decided = (state: Partial<RiskState>, set: Partial<RiskLimits> = {}, at: Price = toMicros(0.5), of = order()) =>
  checkOrder(of, at, { ...free, ...state }, { ...limits, ...set })
const reason = (...asked: Parameters<typeof decided>) => decided(...asked).decision.reason

/** The order is worth 10 USDC. Each row: a limit, the state at which it just lets the order pass, and one unit beyond. */
const boundaries: ReadonlyArray<{
  readonly setting: string
  readonly code: string
  readonly set: Partial<RiskLimits>
  readonly passes: Partial<RiskState>
  readonly refused: Partial<RiskState>
  readonly value: number
  readonly limit: number
}> = [
  {
    ...{ setting: "max_daily_loss", code: "global stop-loss triggered", set: { maxDailyLoss: usdc(5e6) } },
    ...{ passes: { realized: usdc(-5e6 + 1) }, refused: { realized: usdc(-5e6) }, value: -5e6, limit: 5e6 }
  },
  {
    ...{ setting: "max_strategy_notional", code: "strategy notional limit exceeded" },
    ...{ set: { maxStrategyNotional: usdc(12e6) }, value: 12e6 + 1, limit: 12e6 },
    ...{ passes: { strategyNotional: usdc(2e6) }, refused: { strategyNotional: usdc(2e6 + 1) } }
  },
  {
    ...{ setting: "max_event_notional", code: "event notional limit exceeded" },
    ...{ set: { maxEventNotional: usdc(12e6) }, value: 12e6 + 1, limit: 12e6 },
    ...{ passes: { eventNotional: usdc(2e6) }, refused: { eventNotional: usdc(2e6 + 1) } }
  },
  {
    ...{ setting: "circuit_breaker_rejections", code: "circuit breaker open", set: {}, value: 5, limit: 5 },
    ...{ passes: { breaker: "probe", rejections: 5 }, refused: { breaker: "open", rejections: 5 } }
  },
  {
    ...{ setting: "max_order_notional", code: "order notional limit exceeded", passes: {}, refused: {} },
    ...{ set: { maxOrderNotional: usdc(10e6) }, value: 10e6 + 1, limit: 10e6 }
  },
  {
    ...{ setting: "max_open_orders", code: "open order limit exceeded", set: { maxOpenOrders: 2 } },
    ...{ passes: { openOrders: 1 }, refused: { openOrders: 2 }, value: 2, limit: 2 }
  },
  {
    ...{ setting: "price_collar", code: "price collar exceeded", set: { priceCollar: price(50_000) } },
    ...{ passes: { midPrice: price(450_000) }, refused: { midPrice: price(449_999) }, value: 50_001, limit: 50_000 }
  },
  {
    ...{ setting: "price_collar", code: "price collar exceeded", set: { priceCollar: price(50_000) } },
    ...{ passes: { midPrice: price(550_000) }, refused: { midPrice: price(550_001) }, value: 50_001, limit: 50_000 }
  },
  {
    ...{ setting: "max_quote_age_sec", code: "stale quote", set: {}, value: 60e6 + 1, limit: 60e6 },
    passes: { quoteAgeUs: 60e6, maxQuoteAgeUs: 60e6 },
    refused: { quoteAgeUs: 60e6 + 1, maxQuoteAgeUs: 60e6 }
  },
  {
    ...{ setting: "max_resolution_date_notional", code: "resolution date notional limit exceeded" },
    ...{ set: { maxResolutionDateNotional: usdc(12e6) }, value: 12e6 + 1, limit: 12e6 },
    ...{ passes: { resolutionDateNotional: usdc(2e6) }, refused: { resolutionDateNotional: usdc(2e6 + 1) } }
  },
  {
    ...{ setting: "max_market_notional", code: "market notional limit exceeded" },
    ...{ set: { maxMarketNotional: usdc(12e6) }, value: 12e6 + 1, limit: 12e6 },
    ...{ passes: { marketNotional: usdc(2e6) }, refused: { marketNotional: usdc(2e6 + 1) } }
  },
  {
    ...{ setting: "max_total_notional", code: "total notional limit exceeded" },
    ...{ set: { maxTotalNotional: usdc(12e6) }, value: 12e6 + 1, limit: 12e6 },
    ...{ passes: { totalNotional: usdc(2e6) }, refused: { totalNotional: usdc(2e6 + 1) } }
  },
  {
    ...{ setting: "buying_power", code: "buying power exceeded", set: { buyingPower: usdc(100e6) } },
    ...{ passes: { bankrollUsed: usdc(100e6) }, refused: { bankrollUsed: usdc(100e6 + 1) } },
    ...{ value: 100e6 + 1, limit: 100e6 }
  },
  {
    ...{ setting: "max_drawdown", code: "drawdown stop triggered", set: { maxDrawdown: usdc(7e6) } },
    ...{ passes: { drawdown: usdc(7e6 - 1) }, refused: { drawdown: usdc(7e6) }, value: 7e6, limit: 7e6 }
  }
]

describe("an order that is not valid", () => {
  it.each([
    ["price 0", 0, 20e6],
    ["price 1", 1e6, 20e6],
    ["a price below 0", -1, 20e6],
    ["a price above 1", 1e6 + 1, 20e6],
    ["no price", Number.NaN, 20e6],
    ["no quantity", 5e5, 0],
    ["a quantity below 0", 5e5, -20e6],
    ["a quantity that is no number", 5e5, Number.NaN],
    ["a quantity without end", 5e5, Number.POSITIVE_INFINITY]
  ])("%s: is refused, also where it gives back what is held", (_, at, qty) => {
    const invalid = {
      code: "invalid order qty/price",
      by: "risk",
      setting: null,
      value: null,
      limit: null,
      event: null
    }
    for (const reduces of [false, true]) {
      const { _tag, decision } = decided({ reduces }, {}, price(at), order({ qty: shares(qty) }))
      expect(_tag).toBe("Refused")
      expect(decision.reason).toStrictEqual(invalid)
    }
  })

  it.each([1, 999_999])("a price of %i micro-USDC is one", (at) => {
    expect(reason({}, {}, price(at))).toBeNull()
  })

  it("and so is one micro-share", () => {
    expect(reason({}, {}, toMicros(0.5), order({ qty: shares(1) }))).toBeNull()
  })
})

describe("a limit", () => {
  for (const { code, limit, passes, refused, set, setting, value } of boundaries) {
    // The order's own worth is what the cap on one order looks at.
    const dearer = setting === "max_order_notional" ? order({ qty: shares(20e6 + 2) }) : order()

    it(`${setting} refuses at its bound, with its numbers: ${JSON.stringify(refused)}`, () => {
      const allowed = decided(passes, set)
      expect(allowed._tag).toBe("Approved")
      expect(allowed.decision).toMatchObject({ allowed: true, reason: null })
      const { _tag, decision } = decided(refused, set, toMicros(0.5), dearer)
      expect(_tag).toBe("Refused")
      expect(decision.allowed).toBe(false)
      expect(decision.reason).toStrictEqual({ code, by: "risk", setting, value, limit, event: null })
    })

    it(`${setting} never keeps anyone from getting out`, () => {
      expect(decided({ ...refused, reduces: true }, set, toMicros(0.5), dearer)._tag).toBe("Approved")
    })
  }

  it("that is off is not looked at", () => {
    const state = {
      ...{ openOrders: 1e9, midPrice: null, quoteAgeUs: null, resolutionDateNotional: usdc(1e18) },
      ...{ marketNotional: usdc(1e18), totalNotional: usdc(1e18), bankrollUsed: usdc(1e18), drawdown: usdc(1e18) }
    }
    expect(reason(state)).toBeNull()
  })

  it("whose sum is not known does not refuse, but a quote that is not known does", () => {
    const unknown = {
      ...{ resolutionDateNotional: null, marketNotional: null, totalNotional: null },
      ...{ bankrollUsed: null, drawdown: null }
    }
    const set = {
      ...{ maxResolutionDateNotional: usdc(0), maxMarketNotional: usdc(0), maxTotalNotional: usdc(0) },
      ...{ buyingPower: usdc(0), maxDrawdown: usdc(0) }
    }
    expect(reason(unknown, set)).toBeNull()
    expect(reason({ midPrice: null }, { priceCollar: price(1e6) })).toMatchObject({
      ...{ code: "price collar exceeded", setting: "price_collar", value: null, limit: 1e6 }
    })
    expect(reason({ quoteAgeUs: null, maxQuoteAgeUs: 1e12 })).toMatchObject({
      ...{ code: "stale quote", setting: "max_quote_age_sec", value: null, limit: 1e12 }
    })
  })

  it("is asked in a fixed order: the first that refuses is the reason", () => {
    const everything = {
      ...{ realized: usdc(-1e12), strategyNotional: usdc(1e12), eventNotional: usdc(1e12), breaker: "open" as const },
      ...{ drawdown: usdc(1e12), disputed: true, openOrders: 9, midPrice: null, quoteAgeUs: null, maxQuoteAgeUs: 1 },
      ...{ resolutionDateNotional: usdc(1e12), marketNotional: usdc(1e12), totalNotional: usdc(1e12) },
      bankrollUsed: usdc(1e12),
      scenario: () => ({ book: { before: usdc(0), after: usdc(1e12) }, events: [] })
    }
    const one = usdc(1)
    const set = {
      ...{ maxDrawdown: one, maxOrderNotional: one, maxOpenOrders: 1, priceCollar: price(1) },
      ...{ maxResolutionDateNotional: one, maxMarketNotional: one, maxTotalNotional: one, buyingPower: one },
      maxScenarioLoss: one
    }
    const heals: ReadonlyArray<[Partial<RiskState>, Partial<RiskLimits>]> = [
      [{ realized: usdc(0) }, {}],
      [{ strategyNotional: usdc(0) }, {}],
      [{ eventNotional: usdc(0) }, {}],
      [{ breaker: "closed" }, {}],
      [{ drawdown: usdc(0) }, {}],
      [{ disputed: false }, {}],
      [{}, { maxOrderNotional: null }],
      [{ openOrders: 0 }, {}],
      [{}, { priceCollar: null }],
      [{ maxQuoteAgeUs: null }, {}],
      [{}, { maxResolutionDateNotional: null }],
      [{}, { maxMarketNotional: null }],
      [{}, { maxTotalNotional: null }],
      [{}, { buyingPower: null }],
      [{}, { maxScenarioLoss: null }]
    ]
    const codes: Array<string | null> = []
    let [state, bounds]: [Partial<RiskState>, Partial<RiskLimits>] = [everything, set]
    codes.push(reason(state, bounds)?.code ?? null)
    for (const [better, wider] of heals) {
      ;[state, bounds] = [
        { ...state, ...better },
        { ...bounds, ...wider }
      ]
      codes.push(reason(state, bounds)?.code ?? null)
    }
    expect(codes).toStrictEqual([
      "global stop-loss triggered",
      "strategy notional limit exceeded",
      "event notional limit exceeded",
      "circuit breaker open",
      "drawdown stop triggered",
      "market resolution disputed",
      "order notional limit exceeded",
      "open order limit exceeded",
      "price collar exceeded",
      "stale quote",
      "resolution date notional limit exceeded",
      "market notional limit exceeded",
      "total notional limit exceeded",
      "buying power exceeded",
      "scenario loss limit exceeded",
      null
    ])
  })
})

describe("a market whose resolution is disputed", () => {
  it("is opened in only where the setting allows it, and always got out of", () => {
    expect(reason({ disputed: true })).toStrictEqual({
      ...{ code: "market resolution disputed", by: "risk", setting: "allow_disputed" },
      ...{ value: null, limit: null, event: null }
    })
    expect(reason({ disputed: true }, { allowDisputed: true })).toBeNull()
    expect(reason({ disputed: true, reduces: true })).toBeNull()
  })
})

describe("a decision", () => {
  it("has every number that it looked at, and the order as it may go", () => {
    const state = {
      ...{ realized: usdc(-3e6), strategyNotional: usdc(4e6), eventNotional: usdc(6e6), rejections: 2 }
    }
    const result = decided(state, {}, toMicros(0.4))
    expect(result.decision).toStrictEqual({
      ...{ allowed: true, reason: null, notional: 8e6, realizedBefore: -3e6 },
      ...{ strategyNotionalBefore: 4e6, eventNotionalBefore: 6e6, rejectionsBefore: 2 }
    })
    expect(result._tag === "Approved" ? result.order.request : null).toStrictEqual(order())
  })

  it("asks for scenarios only where everything else passes", () => {
    let asked = 0
    const scenario = () => {
      asked += 1
      return { book: { before: usdc(0), after: usdc(1) }, events: [] }
    }
    const set = { maxScenarioLoss: usdc(0) }
    expect(reason({ scenario, realized: usdc(-1e12) }, set)?.code).toBe("global stop-loss triggered")
    expect(reason({ scenario, reduces: true }, set)).toBeNull()
    expect(asked).toBe(0)
    expect(reason({ scenario }, set)).toMatchObject({ setting: "max_scenario_loss", value: 1, limit: 0 })
    expect(asked).toBe(1)
  })
})
