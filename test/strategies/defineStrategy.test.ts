import { describe, expect, it } from "vitest"
import { marketView } from "../../src/core/marketView.ts"
import { isStrategyError } from "../../src/domain/StrategyError.ts"
import { defineStrategy, type StrategyDefinition } from "../../src/strategies/defineStrategy.ts"
import { market } from "./market.ts"
import { type JsonObject } from "../../src/domain/json.ts"
import { decodePayload } from "../../src/store/signals/decode.ts"

const view = marketView(
  [
    market({ marketId: "a", eventId: "event-a", yesPrice: 0.4 }),
    market({ marketId: "b", eventId: "event-b", yesPrice: 0.6 }),
    market({ marketId: "twice", eventId: "at-gamma", source: "gamma" }),
    market({ marketId: "twice", eventId: "at-clob", source: "clob" })
  ],
  0
)
const good = {
  marketId: "a",
  side: "buy",
  score: 1,
  confidence: 0.5,
  targetPrice: 0.41,
  sizeHint: 10,
  rationale: "It is cheap."
} as const

const leg = { marketId: "a", token: "NO", price: 0.6, qty: 12.5 }

/** As plain JavaScript would call it: with whatever. */
const loosely = (fields: Readonly<Record<string, unknown>>) =>
  defineStrategy({ id: "mine", title: "Mine", generate: () => [], ...fields } as unknown as StrategyDefinition)

const messageOf = (body: () => unknown): string => {
  try {
    body()
  } catch (error) {
    expect(isStrategyError(error)).toBe(true)
    return (error as Error).message
  }
  throw new Error("nothing was thrown")
}
const saying = (...signals: ReadonlyArray<unknown>) => loosely({ generate: () => signals })

describe("a strategy of one's own", () => {
  it("gets what follows from strategy and market filled in", () => {
    const legs = [{ role: "primary", marketId: "a", token: "YES", side: "buy", limitPrice: 410_000, qty: 10_000_000 }]
    expect(saying(good).generate(view)).toStrictEqual([
      { ...good, strategy: "mine", eventId: "event-a", payload: {}, legs, style: "aggressive", basket: false }
    ])
  })

  const ordersOf = (fields: Readonly<Record<string, unknown>>) => {
    const [signal] = saying({ ...good, ...fields }).generate(view)
    return { legs: signal!.legs, basket: signal!.basket }
  }

  it("gives its orders as legs, in natural units", () => {
    const no = { marketId: "a", token: "NO", price: 0.6, qty: 12.5 }
    const carry = { marketId: "a", token: "NO", side: "buy", limitPrice: 600_000, qty: 12_500_000 }
    expect(ordersOf({ legs: [no] })).toStrictEqual({ legs: [{ role: "primary", ...carry }], basket: false })
    const sale = { marketId: "b", token: "YES", side: "sell", price: 0.3, qty: 1 / 3 }
    expect(ordersOf({ legs: [no, sale], basket: true, payload: { tail_hedge: null } })).toStrictEqual({
      legs: [
        { role: "leg", ...carry },
        { role: "leg", marketId: "b", token: "YES", side: "sell", limitPrice: 300_000, qty: 333_333 }
      ],
      basket: true
    })
  })

  const hedge = { token: "YES", market_id: "b", qty: 3, price: 0.04 }
  const listed = { market_id: "b", token: "NO", price: 0.6, qty: 12.5 }
  it.each<JsonObject>([
    {},
    { edge: 0.1, tier: "A" },
    { primary_leg: {} },
    { primary_leg: { token: "NO", price: 0.93, qty: 1 / 3, market_id: "a" } },
    { primary_leg: { token: "NO" }, tail_hedge: hedge },
    { tail_hedge: null, sell_leg: { market_id: "b", mid: 0.56 } },
    { primary_leg: { qty: 7 }, tail_hedge: hedge, sell_leg: { market_id: "b", mid: 0.999, source: "clob" } },
    { legs: [listed, { ...listed, market_id: "a", side: "sell" }], primary_leg: { token: "NO" } },
    { legs: [], tail_hedge: hedge },
    { legs: null, basket_markets: ["a", "b"] }
  ])("or in its payload, which means what it means in a stored signal: %j", (payload) => {
    const columns = { ...good, strategy: "mine", eventId: "event-a", createdAtUs: 0 }
    const stored = decodePayload(columns, JSON.stringify(payload))
    expect(ordersOf({ payload })).toStrictEqual({ legs: stored.legs, basket: stored.packageId !== null })
    expect(stored.packageId).toBe("basket_markets" in payload ? "mine:event-a:0" : null)
  })

  it("binds its parameters, frozen, and makes variants of itself", () => {
    const own = { max: 0.5, tags: ["x"] }
    const strategy = defineStrategy({
      id: "mine",
      title: "Mine",
      parameters: own,
      generate: ({ markets }, { max }) =>
        markets
          .filter(({ yesPrice }) => yesPrice !== null && yesPrice < max)
          .map(({ marketId }) => ({ ...good, marketId }))
    })
    own.max = 1
    const ids = (one: typeof strategy) => one.generate(view).map(({ marketId }) => marketId)
    expect(ids(strategy)).toStrictEqual(["a"])
    expect(ids(strategy.withParameters({ max: 0.7 }))).toStrictEqual(["a", "b"])
    expect(Object.isFrozen(strategy.parameters) && Object.isFrozen(strategy.parameters.tags)).toBe(true)
    // @ts-expect-error: not a parameter
    expect(messageOf(() => strategy.withParameters({ mx: 1 }))).toBe(
      'strategy "mine": parameters.mx: is no parameter of this strategy'
    )
  })

  it.each([
    [{ id: "Mine" }, 'id: must be lower-case letters, digits, - and _, a letter first, at most 32, not "Mine"'],
    [{ id: "a".repeat(33) }, "id: must be"],
    [{ id: 7 }, "id: must be lower-case letters, digits, - and _, a letter first, at most 32, not a number"],
    [{ id: "a,b" }, "id: must be"],
    [{ id: "s1" }, 'id: "s1" is kept for the program\'s own strategies'],
    [{ id: "s42" }, 'id: "s42" is kept'],
    [{ id: undefined }, "id: must be lower-case letters, digits, - and _, a letter first, at most 32, not a undefined"],
    [{ title: 7 }, 'strategy "mine": title: must be a few words'],
    [{ generate: 7 }, 'strategy "mine": generate: must be a function, not a number'],
    [{ id: "manual" }, 'id: "manual" stands for orders by hand'],
    [{ title: " " }, 'strategy "mine": title: must be a few words'],
    [{ generate: null }, 'strategy "mine": generate: must be a function'],
    [{ parameter: {} }, 'strategy "mine": parameter: is no field of a definition'],
    [{ parameters: { a: Number.NaN } }, 'strategy "mine": parameters.a: must be a finite number, not NaN'],
    [{ parameters: { a: [() => 1] } }, 'strategy "mine": parameters.a[0]: must be JSON'],
    [{ parameters: [] }, 'strategy "mine": parameters: must be an object']
  ])("is refused with %j", (fields, message) => {
    expect(messageOf(() => loosely(fields))).toContain(message)
  })

  it.each([
    [{ targetPrice: Number.NaN }, "signals[0].targetPrice: must be a price above 0 and below 1, not NaN"],
    [{ targetPrice: 0 }, "signals[0].targetPrice: must be a price above 0 and below 1, not 0"],
    [{ targetPrice: 1 }, "signals[0].targetPrice"],
    [{ targetPrice: -0.1 }, "signals[0].targetPrice"],
    [{ targetPrice: "0.5" }, 'signals[0].targetPrice: must be a price above 0 and below 1, not "0.5"'],
    [{ targetPrice: undefined }, "signals[0].targetPrice"],
    [{ marketId: "nowhere" }, 'signals[0].marketId: must be the id of a market in the view, not "nowhere"'],
    [{ marketId: 5 }, "signals[0].marketId"],
    [{ eventId: "event-b" }, 'signals[0].eventId: must be left out or the market\'s own ("event-a"), not "event-b"'],
    [{ strategy: "s1" }, 'signals[0].strategy: must be left out or "mine", not "s1"'],
    [{ side: "short" }, 'signals[0].side: must be "buy" or "sell", not "short"'],
    [{ sizeHint: 0 }, "signals[0].sizeHint: must be a number of shares above 0"],
    [{ sizeHint: Number.POSITIVE_INFINITY }, "signals[0].sizeHint"],
    [{ score: Number.NaN }, "signals[0].score: must be a finite number, not NaN"],
    [{ score: "1" }, 'signals[0].score: must be a finite number, not "1"'],
    [{ score: Number.POSITIVE_INFINITY }, "signals[0].score: must be a finite number, not Infinity"],
    [{ confidence: -0.1 }, "signals[0].confidence: must be a number from 0 to 1, not -0.1"],
    [{ confidence: "0.5" }, 'signals[0].confidence: must be a number from 0 to 1, not "0.5"'],
    [{ confidence: null }, "signals[0].confidence: must be a number from 0 to 1, not null"],
    [{ rationale: "  " }, "signals[0].rationale: must be a sentence that says why"],
    [{ rationale: 7 }, "signals[0].rationale: must be a sentence that says why, not 7"],
    [{ rationale: "" }, "signals[0].rationale: must be a sentence"],
    [
      { marketId: "x".repeat(61) },
      `signals[0].marketId: must be the id of a market in the view, not "${"x".repeat(57)}..."`
    ],
    [
      { marketId: "x".repeat(60) },
      `signals[0].marketId: must be the id of a market in the view, not "${"x".repeat(60)}"`
    ],
    [{ marketId: () => 1 }, "signals[0].marketId: must be the id of a market in the view, not a function"],
    [{ marketId: Symbol("a") }, "signals[0].marketId: must be the id of a market in the view, not a symbol"],
    [{ marketId: ["a"] }, "signals[0].marketId: must be the id of a market in the view, not a list"],
    [{ marketId: {} }, "signals[0].marketId: must be the id of a market in the view, not an object"],
    [{ sizeHint: 1_000_000_001 }, "signals[0].sizeHint: must be a number of shares above 0 and at most 1e9"],
    [{ sizeHint: "10" }, 'signals[0].sizeHint: must be a number of shares above 0 and at most 1e9, not "10"'],
    [{ payload: { primary_leg: 7 } }, "signals[0].payload.primary_leg: must be an object, not 7"],
    [{ payload: { primary_leg: { qty: 0 } } }, "signals[0].payload.primary_leg.qty: must be a number of shares"],
    [{ payload: { tail_hedge: [] } }, "signals[0].payload.tail_hedge: must be an object, not a list"],
    [
      { payload: { tail_hedge: { token: 1, market_id: "b", price: 0.1, qty: 1 } } },
      "signals[0].payload.tail_hedge.token: must"
    ],
    [
      { payload: { tail_hedge: { token: "NO", market_id: "b", price: 1, qty: 1 } } },
      "signals[0].payload.tail_hedge.price: must"
    ],
    [
      { payload: { sell_leg: { market_id: "gone", mid: 0.5 } } },
      "signals[0].payload.sell_leg.market_id: must be the id"
    ],
    [{ payload: { sell_leg: { market_id: "b", mid: 2 } } }, "signals[0].payload.sell_leg.mid: must be a price"],
    [{ payload: { legs: [7] } }, "signals[0].payload.legs[0]: must be an object, not 7"],
    [
      { payload: { legs: [{ token: "YES", market_id: "b", price: 0.1, qty: 1, side: 1 }] } },
      "signals[0].payload.legs[0].side: must"
    ],
    [{ legs: [null] }, "signals[0].legs[0]: must be an object, not null"],
    [{ confidence: 1.1 }, "signals[0].confidence: must be a number from 0 to 1, not 1.1"],
    [{ price: 0.5 }, "signals[0].price: is no field of a signal"],
    [{ payload: [] }, "signals[0].payload: must be an object"],
    [{ payload: { a: { b: [1, Number.NaN] } } }, "signals[0].payload.a.b[1]: must be a finite number, not NaN"],
    [{ payload: { at: new Date(0) } }, "signals[0].payload.at: must be JSON"],
    [{ payload: { primary_leg: { token: "no" } } }, 'signals[0].payload.primary_leg.token: must be "YES" or "NO"'],
    [{ payload: { primary_leg: { token: "NO", price: 2 } } }, "signals[0].payload.primary_leg.price: must be a price"],
    [
      { payload: { tail_hedge: { token: "YES", market_id: "gone", price: 0.1, qty: 1 } } },
      "signals[0].payload.tail_hedge.market_id: must be the id of a market in the view"
    ],
    [
      { payload: { legs: [{ token: "YES", market_id: "b", price: 0.1 }] } },
      "signals[0].payload.legs[0].qty: must be a number of shares"
    ],
    [{ payload: { legs: {} } }, "signals[0].payload.legs: must be a list"],
    [{ legs: {} }, "signals[0].legs: must be a list of at least one order, not an object"],
    [{ legs: [] }, "signals[0].legs: must be a list of at least one order, not an empty one"],
    [{ legs: [7] }, "signals[0].legs[0]: must be an object, not 7"],
    [{ legs: [{ ...leg, marketId: "gone" }] }, "signals[0].legs[0].marketId: must be the id of a market in the view"],
    [{ legs: [leg, { ...leg, token: "no" }] }, 'signals[0].legs[1].token: must be "YES" or "NO", not "no"'],
    [{ legs: [{ ...leg, side: "short" }] }, 'signals[0].legs[0].side: must be "buy" or "sell", not "short"'],
    [{ legs: [{ ...leg, price: 40 }] }, "signals[0].legs[0].price: must be a price above 0 and below 1, not 40"],
    [{ legs: [{ ...leg, qty: undefined }] }, "signals[0].legs[0].qty: must be a number of shares above 0"],
    [
      { legs: [{ ...leg, limitPrice: 400_000 }] },
      "signals[0].legs[0].limitPrice: is no field of a leg; there are marketId, token, side, price, qty"
    ],
    [
      { legs: [leg], payload: { primary_leg: { token: "NO" } } },
      "signals[0].payload.primary_leg: names an order beside legs"
    ],
    [{ basket: "yes" }, 'signals[0].basket: must be true or false, not "yes"'],
    [
      { style: "patient" },
      'signals[0].style: must be one of "aggressive", "passive", "passive_then_aggressive", not "patient"'
    ],
    [{ timeToLiveSec: 0 }, "signals[0].timeToLiveSec: must be a number of seconds above 0, not 0"]
  ])("gives no order when it says %j", (fields, message) => {
    const text = messageOf(() => saying({ ...good, ...fields }).generate(view))
    expect(text).toContain(`strategy "mine": ${message}`)
    expect(text).not.toContain("\n")
  })

  it("takes every number on the edge of its range", () => {
    const edges = [
      { confidence: 0 },
      { confidence: 1 },
      { sizeHint: 1e9 },
      { style: "aggressive" },
      { strategy: "mine" }
    ]
    const signals = saying(...edges.map((fields) => ({ ...good, ...fields }))).generate(view)
    expect(signals).toHaveLength(edges.length)
    expect(signals[2]?.legs[0]?.qty).toBe(1e15)
    expect(signals[3]?.style).toBe("aggressive")
    expect(saying().generate(view)).toStrictEqual([])
  })

  it("is no definition at all when it is no object", () => {
    for (const nothing of [null, undefined, 7, "mine"]) {
      expect(messageOf(() => defineStrategy(nothing as unknown as StrategyDefinition))).toContain(
        "definition: must be an object"
      )
    }
    // Ids that only look like those of the program.
    for (const id of ["xs1", "s1x", "s"]) expect(loosely({ id }).id).toBe(id)
  })

  it("keeps the parameters that a variant does not change", () => {
    const strategy = loosely({ parameters: { a: 1, b: 2 } })
    expect(strategy.withParameters({ b: 3 }).parameters).toStrictEqual({ a: 1, b: 3 })
    expect(strategy.withParameters({ b: undefined }).parameters).toStrictEqual({ a: 1, b: 2 })
  })

  it("takes the event of either source where two use one id", () => {
    const events = saying({ ...good, marketId: "twice" }, { ...good, marketId: "twice", eventId: "at-clob" })
    expect(events.generate(view).map(({ eventId }) => eventId)).toStrictEqual(["at-gamma", "at-clob"])
  })

  it("must give a list, at once", () => {
    expect(messageOf(() => loosely({ generate: () => undefined }).generate(view))).toContain(
      "generate: must give a list"
    )
    expect(messageOf(() => loosely({ generate: async () => [] }).generate(view))).toContain("must not be async")
    expect(messageOf(() => saying(null).generate(view))).toContain("signals[0]: must be an object, not null")
  })

  it("is named when it throws, in one line, with what it threw", () => {
    const strategy = loosely({
      generate: () => {
        throw new RangeError("first\nsecond")
      }
    })
    expect(messageOf(() => strategy.generate(view))).toBe('strategy "mine": generate: threw RangeError: first second')
  })

  it("cannot change what it sees", () => {
    const sorts = loosely({ generate: (seen: { markets: Array<unknown> }) => seen.markets.sort() })
    expect(messageOf(() => sorts.generate(view))).toMatch(/threw TypeError: .*cannot be changed; copy it first/)
    const writes = loosely({
      generate: (seen: { markets: Array<{ yesPrice: number }> }) => (seen.markets[0]!.yesPrice = 1)
    })
    expect(messageOf(() => writes.generate(view))).toMatch(/cannot be changed/)
    expect(view.markets[0]!.yesPrice).toBe(0.4)
  })

  it("that remembers is found out when it is asked again", () => {
    let calls = 0
    const counts = loosely({ generate: () => [{ ...good, sizeHint: (calls += 1) }] })
    expect(messageOf(() => counts.generate(view))).toContain("gave other signals when asked again")
    let later = 0
    const waits = loosely({ generate: () => ((later += 1) > 4 ? [{ ...good, sizeHint: later }] : []) })
    expect(messageOf(() => Array.from({ length: 8 }, () => waits.generate(view)))).toContain("asked again")
  })

  it("cannot change its signals afterwards", () => {
    const payload = { note: "a" }
    const kept = { ...good, payload }
    const [signal] = saying(kept).generate(view)
    payload.note = "b"
    expect(signal!.payload).toStrictEqual({ note: "a" })
    expect(Object.isFrozen(signal) && Object.isFrozen(signal!.payload)).toBe(true)
  })
})
