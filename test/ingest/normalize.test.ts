import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { type Market } from "../../src/domain/Market.ts"
import { parseTime } from "../../src/domain/time.ts"
import { normalizeMarket } from "../../src/ingest/normalize.ts"

const seenAt = 1_790_000_000_000_000
const condition = `0x${"ab".repeat(32)}`
const tokenA = "7".repeat(77)
const tokenB = "8".repeat(78)

const gamma = {
  id: "512",
  question: "Will it rain?",
  conditionId: condition,
  slug: "will-it-rain",
  groupItemTitle: "",
  events: [{ id: "77", slug: "weather" }],
  outcomes: '["Yes", "No"]',
  outcomePrices: '["0.4", "0.6"]',
  clobTokenIds: `["${tokenA}", "${tokenB}"]`,
  bestBid: 0.39,
  bestAsk: 0.41,
  liquidity: "1200.5",
  volume: "99.25",
  active: true,
  closed: false,
  acceptingOrders: true,
  enableOrderBook: true,
  negRisk: true,
  orderPriceMinTickSize: 0.001,
  orderMinSize: 5,
  feesEnabled: true,
  feeSchedule: { exponent: 1, rate: 0.05, takerOnly: true, rebateRate: 0.25 },
  endDate: "2026-12-31T12:00:00Z",
  createdAt: "2026-01-01T00:00:00Z",
  updatedAt: "2026-10-01T10:00:00.123456Z"
}

const market = (raw: unknown, source: "gamma" | "clob" = "gamma"): Market => {
  const row = normalizeMarket(source, raw, seenAt)
  if (row._tag === "refused") throw new Error(row.reason)
  return row.market
}

const reason = (raw: unknown): string => {
  const row = normalizeMarket("gamma", raw, seenAt)
  return row._tag === "refused" ? row.reason : "stored"
}

describe("normalizeMarket", () => {
  it("keeps everything of a Gamma market that trading needs", () => {
    assert.deepStrictEqual(market(gamma), {
      source: "gamma",
      marketId: "512",
      canonicalId: "will-it-rain",
      eventId: "77",
      question: "Will it rain?",
      status: "open",
      negRisk: true,
      yesPrice: 0.4,
      noPrice: 0.6,
      bestBid: 0.39,
      bestAsk: 0.41,
      midPrice: 0.4,
      liquidity: 1200.5,
      volume: 99.25,
      updatedAtUs: seenAt,
      conditionId: condition,
      yesTokenId: tokenA,
      noTokenId: tokenB,
      yesLabel: "Yes",
      noLabel: "No",
      tickSize: 0.001,
      minOrderSize: 5,
      fee: { exponent: 1, rate: 0.05, takerOnly: true, rebateRate: 0.25 },
      acceptingOrders: true,
      slug: "will-it-rain",
      endDateUs: parseTime("2026-12-31T12:00:00Z") ?? null,
      resolution: null,
      payout: null,
      resolvedAtUs: null,
      sourceUpdatedUs: parseTime("2026-10-01T10:00:00.123456Z") ?? null
    })
  })

  it("reads a CLOB market from its tokens", () => {
    const row = market(
      {
        condition_id: condition.toUpperCase().replace("0X", "0x"),
        question: "Lakers or Suns?",
        market_slug: "lakers-suns",
        active: true,
        closed: false,
        accepting_orders: true,
        minimum_order_size: 15,
        minimum_tick_size: 0.01,
        neg_risk: false,
        end_date_iso: "2026-11-02T00:00:00Z",
        tokens: [
          { token_id: tokenA, outcome: "Lakers", price: 0.3, winner: false },
          { token_id: tokenB, outcome: "Suns", price: 0.7, winner: false }
        ]
      },
      "clob"
    )
    assert.deepInclude(row, {
      marketId: condition.toUpperCase().replace("0X", "0x"),
      conditionId: condition,
      canonicalId: "lakers-suns",
      eventId: "unknown",
      yesPrice: 0.3,
      noPrice: 0.7,
      midPrice: 0.3,
      bestBid: null,
      liquidity: 0,
      yesTokenId: tokenA,
      noTokenId: tokenB,
      yesLabel: "Lakers",
      noLabel: "Suns",
      tickSize: 0.01,
      minOrderSize: 15,
      fee: null,
      acceptingOrders: true,
      sourceUpdatedUs: null
    })
  })

  describe("ids", () => {
    for (const [what, change, expected] of [
      ["market_id first", { market_id: "a" }, { marketId: "a" }],
      ["a number as id", { id: 512 }, { marketId: "512" }],
      ["the condition id last", { id: "" }, { marketId: condition }],
      ["event_id before events", { event_id: "e1" }, { eventId: "e1" }],
      ["the event object", { event: { ticker: "t" } }, { eventId: "t" }],
      ["events as text", { events: '[{"slug":"s"}]' }, { eventId: "s" }],
      ["no event", { events: undefined }, { eventId: "unknown" }],
      ["broken events", { events: "[{" }, { eventId: "unknown" }],
      ["canonical_id first", { canonical_id: "c" }, { canonicalId: "c" }],
      ["groupItemTitle before slug", { groupItemTitle: "Lakers" }, { canonicalId: "Lakers" }],
      [
        "event and 60 characters of the question without a slug",
        { slug: "", question: "🏆".repeat(70) },
        { canonicalId: `77:${"🏆".repeat(60)}` }
      ],
      ["the title as question", { question: null, title: "T" }, { question: "T" }],
      ["the id as question", { question: " " }, { question: "512" }],
      ["a condition id that is none", { conditionId: "0x12" }, { conditionId: null }]
    ] as const) {
      it(`takes ${what}`, () => assert.deepInclude(market({ ...gamma, ...change }), expected))
    }
  })

  describe("prices", () => {
    for (const [what, change, expected] of [
      ["explicit ones", { yes_price: "0.2", no_price: 0.8 }, { yesPrice: 0.2, noPrice: 0.8 }],
      ["lists", { outcomes: ["Yes", "No"], outcomePrices: [0.1, "0.9"] }, { yesPrice: 0.1, noPrice: 0.9 }],
      [
        "NO listed first",
        { outcomes: '["No","Yes"]' },
        { yesPrice: 0.6, noPrice: 0.4, yesTokenId: tokenB, yesLabel: "Yes" }
      ],
      ["the quote of NO listed first", { outcomes: '["No","Yes"]' }, { bestBid: 0.59, bestAsk: 0.61, midPrice: 0.6 }],
      ["outcomes by name", { outcomePrices: { no: "0.7", YES: "0.3" } }, { yesPrice: 0.3, noPrice: 0.7 }],
      ["maps as text", { outcomes: null, outcomePrices: '{"NO":0.75,"YES":0.25}' }, { yesPrice: 0.25, noPrice: 0.75 }],
      [
        "prices inside outcomes",
        { outcomes: { No: 0.9, Yes: 0.1 }, outcomePrices: null },
        { yesPrice: 0.1, noPrice: 0.9 }
      ],
      ["unnamed outcomes in order", { outcomes: null }, { yesPrice: 0.4, noPrice: 0.6, yesLabel: null }],
      ["other labels in order", { outcomes: '["Up","Down"]' }, { yesPrice: 0.4, yesLabel: "Up", noLabel: "Down" }],
      ["no prices", { outcomePrices: "[]", bestBid: null }, { yesPrice: null, noPrice: null, midPrice: null }],
      ["the yes price as mid when a side is empty", { bestBid: 0 }, { bestBid: 0, midPrice: 0.4 }],
      ["nothing but an id", { outcomes: "", outcomePrices: "", clobTokenIds: "" }, { yesPrice: null, yesTokenId: null }]
    ] as const) {
      it(`reads ${what}`, () => assert.deepInclude(market({ ...gamma, ...change }), expected))
    }

    it("never makes a token id out of a number", () => {
      const row = market({ ...gamma, clobTokenIds: `[${tokenA},${tokenB}]` })
      assert.deepInclude(row, { yesTokenId: null, noTokenId: null })
    })
  })

  describe("refusals", () => {
    for (const [raw, expected] of [
      [null, "not an object"],
      ["x", "not an object"],
      [[gamma], "not an object"],
      [{ question: "who am I?" }, "no market id"],
      [{ ...gamma, id: " ", conditionId: "" }, "no market id"],
      [{ ...gamma, id: 1e300, conditionId: "" }, "no market id"],
      [{ ...gamma, outcomePrices: "[0.5" }, "outcomePrices is not readable"],
      [{ ...gamma, outcomePrices: "12" }, "outcomePrices is not readable"],
      [{ ...gamma, outcomes: "Yes, No" }, "outcomes is not readable"],
      [{ ...gamma, outcomePrices: '["0.5"]' }, "outcomePrices does not pair with outcomes"],
      [{ ...gamma, outcomes: '["A","B","C"]', outcomePrices: '["0.2","0.3","0.5"]' }, "not binary (3 outcomes)"],
      [{ ...gamma, outcomes: '["A"]', outcomePrices: '["1"]' }, "not binary (1 outcomes)"],
      [{ ...gamma, tokens: [{}] }, "not binary (1 outcomes)"]
    ] as const) {
      it(`${expected}: ${JSON.stringify(raw).slice(-60)}`, () => assert.strictEqual(reason(raw), expected))
    }
  })

  describe("a field that cannot be", () => {
    const noYes = { yesPrice: null, noPrice: 0.5, midPrice: 0.4 }
    for (const [change, reason, left] of [
      [{ outcomePrices: '["1.01","0"]' }, "yes price outside [0, 1]", { yesPrice: null, noPrice: 0 }],
      [{ outcomePrices: '["0.5","-0.01"]' }, "no price outside [0, 1]", { yesPrice: 0.5, noPrice: null }],
      [{ outcomePrices: '["NaN","0.5"]' }, "yes price is not a number", noYes],
      [{ outcomePrices: '["Infinity","0.5"]' }, "yes price is not a number", noYes],
      [{ outcomePrices: '["1e999","0.5"]' }, "yes price is not a number", noYes],
      [{ outcomePrices: '["0x1","0.5"]' }, "yes price is not a number", noYes],
      [{ bestAsk: 1.009 }, "best ask outside [0, 1]", { bestBid: 0.39, bestAsk: null, midPrice: 0.4 }],
      [{ bestBid: "abc" }, "best bid is not a number", { bestBid: null, bestAsk: 0.41, midPrice: 0.4 }],
      [{ bestBid: true }, "best bid is not a number", { bestBid: null, bestAsk: 0.41 }],
      [{ liquidity: "lots" }, "liquidity is not a number", { liquidity: 0, volume: 99.25 }],
      [{ volume: -1 }, "volume below 0", { liquidity: 1200.5, volume: 0 }],
      [{ endDate: "soon" }, "end date is not a date", { endDateUs: null, status: "open" }]
    ] as const) {
      it(`costs that field: ${reason}: ${JSON.stringify(change)}`, () => {
        const row = normalizeMarket("gamma", { ...gamma, ...change }, seenAt)
        if (row._tag === "refused") throw new Error(row.reason)
        assert.deepStrictEqual(row.dropped, [reason])
        assert.deepInclude(row.market, { ...left, marketId: "512", question: "Will it rain?" })
      })
    }

    it("costs neither status, resolution nor payout", () => {
      const change = {
        ...{ closed: true, umaResolutionStatus: "resolved", outcomePrices: '["1","0"]' },
        ...{ bestBid: 0.999, bestAsk: 1.001, volume: "much" }
      }
      const row = normalizeMarket("gamma", { ...gamma, ...change }, seenAt)
      if (row._tag === "refused") throw new Error(row.reason)
      assert.deepStrictEqual(row.dropped, ["best ask outside [0, 1]", "volume is not a number"])
      assert.deepInclude(row.market, { status: "closed", payout: { yes: 1, no: 0 }, bestBid: 0.999, bestAsk: null })
      assert.strictEqual(row.market.resolution?.state, "final")
    })
  })

  it("keeps text that is half of a surrogate pair as the store will give it back", () => {
    assert.deepInclude(market({ ...gamma, id: "5\ud83d", question: "half \ud83d" }), {
      marketId: "5\ufffd",
      question: "half \ufffd"
    })
  })

  describe("status and trading", () => {
    for (const [change, expected] of [
      [{ closed: true }, { status: "closed", acceptingOrders: false }],
      [{ active: false }, { status: "closed", acceptingOrders: false }],
      [
        { active: undefined, closed: undefined },
        { status: "open", acceptingOrders: true }
      ],
      [{ closed: "true" }, { status: "closed" }],
      [{ archived: true }, { status: "open", acceptingOrders: false }],
      [{ enableOrderBook: false }, { acceptingOrders: false }],
      [{ acceptingOrders: undefined }, { acceptingOrders: null }],
      [
        { orderPriceMinTickSize: "0.0025", orderMinSize: 0 },
        { tickSize: 0.0025, minOrderSize: 0 }
      ],
      [
        { orderPriceMinTickSize: 0, orderMinSize: -1 },
        { tickSize: null, minOrderSize: null }
      ]
    ] as const) {
      it(`${JSON.stringify(change)}`, () => assert.deepInclude(market({ ...gamma, ...change }), expected))
    }
  })

  describe("fees", () => {
    const free = { rate: 0, exponent: 1, takerOnly: true, rebateRate: 0 }
    for (const [change, expected] of [
      [{ feesEnabled: false, feeSchedule: undefined }, free],
      [{ feeType: "zero_fees", feeSchedule: undefined }, free],
      [{ feeSchedule: undefined, takerBaseFee: 1000 }, null],
      [
        { feesEnabled: undefined, feeSchedule: '{"rate":0.07}' },
        { ...free, rate: 0.07 }
      ],
      [{ feeSchedule: { rate: 2 } }, null],
      [{ feeSchedule: { rate: "x" } }, null],
      [{ feeSchedule: { exponent: 1 } }, null]
    ] as const) {
      it(`${JSON.stringify(change)}`, () => assert.deepStrictEqual(market({ ...gamma, ...change }).fee, expected))
    }
  })

  describe("resolution", () => {
    const resolved = { closed: true, umaResolutionStatus: "resolved", closedTime: "2026-04-05 19:37:33+00" }
    const at = parseTime("2026-04-05T19:37:33Z") ?? null
    for (const [change, payout, resolvedAtUs] of [
      [{ outcomePrices: '["1", "0"]' }, { yes: 1, no: 0 }, at],
      [{ outcomePrices: '["0", "1"]' }, { yes: 0, no: 1 }, at],
      [{ outcomePrices: '["0.5", "0.5"]' }, { yes: 0.5, no: 0.5 }, at],
      [{ outcomePrices: '["1", "1"]' }, { yes: 1, no: 1 }, at],
      [{ outcomePrices: '["0", "1"]', outcomes: '["No", "Yes"]' }, { yes: 1, no: 0 }, at],
      [{ outcomePrices: '["0.999", "0.001"]' }, null, null],
      [{ outcomePrices: '["1", "0.5"]' }, null, null],
      [{ outcomePrices: '["1", "0"]', closed: false }, null, null],
      [{ outcomePrices: '["1", "0"]', umaResolutionStatus: "proposed" }, null, null],
      [{ outcomePrices: '["1", "0"]', umaResolutionStatus: "disputed", automaticallyResolved: true }, null, null],
      [{ outcomePrices: '["1", "0"]', umaResolutionStatus: "" }, null, null],
      [{ outcomePrices: '["1", "0"]', umaResolutionStatus: "", automaticallyResolved: true }, { yes: 1, no: 0 }, at],
      [{ outcomePrices: '["1", "0"]', closedTime: "NOW()", umaEndDate: "2026-04-05T19:37:33Z" }, { yes: 1, no: 0 }, at],
      [{ outcomePrices: '["1", "0"]', closedTime: "", umaEndDate: "April 11, 2022" }, { yes: 1, no: 0 }, seenAt],
      [{ outcomePrices: '["1", "0"]', closedTime: "2199-01-01 00:00:00+00" }, { yes: 1, no: 0 }, seenAt]
    ] as const) {
      it(`${JSON.stringify(change)} pays ${JSON.stringify(payout)}`, () => {
        const row = market({ ...gamma, ...resolved, bestAsk: 1, bestBid: 0, ...change })
        assert.deepInclude(row, { payout, resolvedAtUs })
      })
    }

    const clob = (closed: boolean, winners: readonly [boolean, boolean], half = false) =>
      market(
        {
          condition_id: condition,
          closed,
          is_50_50_outcome: half,
          tokens: winners.map((winner, i) => ({
            token_id: i === 0 ? tokenA : tokenB,
            outcome: `T${i}`,
            price: 0,
            winner
          }))
        },
        "clob"
      ).payout
    it("takes the CLOB's winner, and its word for 50/50", () => {
      assert.deepStrictEqual(clob(true, [true, false]), { yes: 1, no: 0 })
      assert.deepStrictEqual(clob(true, [false, true]), { yes: 0, no: 1 })
      assert.deepStrictEqual(clob(true, [false, false], true), { yes: 0.5, no: 0.5 })
      assert.isNull(clob(true, [false, false]))
      assert.isNull(clob(false, [true, false]))
      assert.isNull(clob(false, [false, false], true))
    })
  })

  describe("time of the last change", () => {
    const times = { updatedAt: undefined, createdAt: undefined, endDate: undefined }
    for (const [change, expected] of [
      [{ updated_at: "2026-02-01T00:00:00" }, "2026-02-01T00:00:00Z"],
      [{ lastUpdated: "2026-02-01T02:00:00+02:00" }, "2026-02-01T00:00:00Z"],
      [{ updatedAt: "nonsense", last_updated: "2026-02-01" }, "2026-02-01T00:00:00Z"],
      [{ createdAt: "2026-02-01T00:00:00Z" }, "2026-02-01T00:00:00Z"]
    ] as const) {
      it(`${JSON.stringify(change)}`, () =>
        assert.strictEqual(market({ ...gamma, ...times, ...change }).sourceUpdatedUs, parseTime(expected)))
    }

    it("is not the planned end, nor what comes after it in the list", () => {
      assert.isNull(market({ ...gamma, ...times, endDate: "2030-01-01T00:00:00Z" }).sourceUpdatedUs)
      assert.isNull(market({ ...gamma, ...times, end_date: "2020-01-01", created_at: "2019-01-01" }).sourceUpdatedUs)
    })
  })

  it("never throws and never lets a bad price through, whatever the JSON", () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.jsonValue({ maxDepth: 2 }).map((json) => JSON.stringify(json)),
      fc.constantFrom('["Yes","No"]', '["0.5","0.5"]', "[", "{}", "NaN", "-1", "2", 1e400, -0, true),
      fc.double()
    )
    const keys = [...Object.keys(gamma), "tokens", "event", "umaResolutionStatus", "closedTime", "yes_price"]
    const row: fc.Arbitrary<Record<string, unknown>> = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 12 })
    fc.assert(
      fc.property(
        fc.oneof(
          row,
          row.map((r) => ({ ...gamma, ...r })),
          fc.jsonValue()
        ),
        (raw) => {
          const result = normalizeMarket("gamma", raw, seenAt)
          if (result._tag === "refused") return result.reason.length > 0
          const { yesPrice, noPrice, bestBid, bestAsk, midPrice, liquidity, volume } = result.market
          for (const price of [yesPrice, noPrice, bestBid, bestAsk, midPrice]) {
            if (price !== null && !(price >= 0 && price <= 1)) return false
          }
          return liquidity >= 0 && volume >= 0 && result.market.marketId !== ""
        }
      ),
      { numRuns: 3_000 }
    )
  })
})
