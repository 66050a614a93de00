import { describe, expect, it } from "vitest"
import { blankMarket } from "../../src/domain/blankMarket.ts"
import { isStrategyError } from "../../src/domain/StrategyError.ts"
import { type StrategyContext, type StrategyEvent } from "../../src/domain/StrategyEvent.ts"
import { visibleMarket } from "../../src/core/marketView.ts"
import { defineStrategy, type StrategyDefinition } from "../../src/strategies/defineStrategy.ts"
import { withEdgeGate } from "../../src/strategies/registry.ts"
import { tradingCosts } from "../../src/strategies/purchase.ts"
import { defaultConfig } from "../../src/config/AppConfig.ts"

const visible = visibleMarket(blankMarket({ marketId: "a", bestBid: 0.4, bestAsk: 0.42 }))
const event: StrategyEvent = Object.freeze({ kind: "market", market: visible })
const order = { id: 7, marketId: "a", token: "YES", side: "buy", price: 0.3, qty: 10, rest: 10 } as const
const context: StrategyContext = Object.freeze({
  atUs: 1_000_000,
  market: (id: string) => (id === "a" ? visible : undefined),
  positions: Object.freeze([]),
  orders: Object.freeze([Object.freeze(order), Object.freeze({ ...order, id: 9 })]),
  openPackages: 0
})
const leg = { marketId: "a", token: "YES", side: "buy", price: 0.4, qty: 10 } as const

/** As plain JavaScript would write it: nothing is known to be right. */
const loosely = (fields: object) =>
  defineStrategy({
    ...{ id: "mine", title: "Mine", subscribe: { kinds: ["market"] }, on: () => undefined },
    ...fields
  } as unknown as StrategyDefinition)
const saying = (reaction: unknown) => loosely({ on: () => reaction })
const ask = (strategy: ReturnType<typeof loosely>, state: null | { n: number } = null) =>
  strategy.handlers!.on(event, context, state)

const messageOf = (body: () => unknown): string => {
  try {
    body()
  } catch (thrown) {
    if (isStrategyError(thrown)) return thrown.message
    throw thrown
  }
  throw new Error("nothing was thrown")
}

describe("a definition that hears of events", () => {
  it("takes every time from a millisecond to a day, and no market without a name", () => {
    const every = (everySec: unknown) => loosely({ subscribe: { kinds: ["timer"], everySec } }).handlers?.everyUs
    expect([every(0.001), every(86_400)]).toStrictEqual([1_000, 86_400_000_000])
    for (const wrong of [0.000_9, 86_401, "1", undefined]) {
      expect(messageOf(() => every(wrong))).toContain("subscribe.everySec: must be a number of seconds")
    }
    const among = (markets: unknown) => messageOf(() => loosely({ subscribe: { kinds: ["market"], markets } }))
    expect(among(["a", ""])).toContain('subscribe.markets[1]: must be a market id, not ""')
    expect(among([7])).toContain("subscribe.markets[0]: must be a market id, not 7")
    expect(messageOf(() => loosely({ subscribe: null }))).toContain("subscribe: must say what `on` hears of")
  })

  it("needs no generate, and may have one", () => {
    const alone = loosely({})
    expect(alone.generate({ atUs: 0, markets: [] })).toStrictEqual([])
    expect(alone.handlers).toMatchObject({ kinds: ["market"], markets: null, everyUs: null, initial: null })
    expect(loosely({ generate: () => [] }).handlers).toBeDefined()
    expect(defineStrategy({ id: "mine", title: "Mine", generate: () => [] }).handlers).toBeUndefined()
  })

  it("is typed by its parameters and its first state", () => {
    const strategy = defineStrategy({
      ...{ id: "mine", title: "Mine", parameters: { most: 3 }, initial: { n: 0 } },
      subscribe: { kinds: ["market", "timer"], markets: ["a"], everySec: 0.5 },
      on: (heard, _context, { most }, { n }) => {
        // @ts-expect-error: there are no events of books yet
        if (heard.kind === "book") return undefined
        return n < most ? { state: { n: n + 1 } } : undefined
      }
    })
    expect(strategy.handlers).toMatchObject({ everyUs: 500_000, initial: { n: 0 } })
    expect(strategy.handlers!.markets).toStrictEqual(new Set(["a"]))
    expect(strategy.handlers!.on(event, context, { n: 1 })).toStrictEqual({ state: { n: 2 }, place: [], cancel: [] })
    const variant = strategy.withParameters({ most: 1 })
    expect(variant.handlers!.on(event, context, { n: 1 }).state).toStrictEqual({ n: 1 })
  })

  it("does not compile with a state of another type than the first", () => {
    defineStrategy({
      ...{ id: "mine", title: "Mine", subscribe: { kinds: ["market"] }, initial: { n: 0 } },
      // @ts-expect-error: n is a number
      on: () => ({ state: { n: "1" } })
    })
  })

  it("keeps what it hears of behind an edge gate, which weighs signals", () => {
    const gate = { ...defaultConfig.strategies.edge_gate, enabled: true }
    const gated = withEdgeGate(loosely({}), gate, tradingCosts(defaultConfig.execution))
    expect(gated.handlers).toBeDefined()
  })

  it.each([
    [{ on: undefined }, "generate: must be a function, not a undefined; it may be left out beside `on`"],
    [{ on: undefined, generate: () => [] }, "subscribe: is for a strategy with `on`, which is missing"],
    [{ on: undefined, subscribe: undefined, initial: 1, generate: () => [] }, "initial: is for a strategy with `on`"],
    [{ on: 7 }, "on: must be a function, not a number"],
    [{ subscribe: undefined }, "subscribe: must say what `on` hears of"],
    [{ subscribe: { kinds: [] } }, 'subscribe.kinds: must be a list of "market", "timer", "fill", "resolution"'],
    [
      { subscribe: { kinds: ["book"] } },
      'subscribe.kinds[0]: must be one of "market", "timer", "fill", "resolution", not "book"'
    ],
    [{ subscribe: { kinds: ["market"], every: 1 } }, "subscribe.every: is no field of a subscription; there are"],
    [{ subscribe: { kinds: ["market"], markets: [] } }, "subscribe.markets: must be left out"],
    [{ subscribe: { kinds: ["market"], markets: [7] } }, "subscribe.markets[0]: must be a market id, not 7"],
    [
      { subscribe: { kinds: ["timer"] } },
      "subscribe.everySec: must be a number of seconds from 0.001 to 86400, not undefined"
    ],
    [{ subscribe: { kinds: ["timer"], everySec: 0 } }, "subscribe.everySec: must be a number of seconds"],
    [
      { subscribe: { kinds: ["market"], everySec: 5 } },
      'subscribe.everySec: is for strategies that subscribe to "timer"'
    ],
    [{ initial: { at: new Date(0) } }, "initial.at: must be JSON"],
    [
      { book: 1 },
      "book: is no field of a definition; there are id, title, parameters, generate, subscribe, initial, on"
    ]
  ])("is refused with %j", (fields, message) => {
    expect(messageOf(() => loosely(fields))).toContain(`strategy "mine": ${message}`)
  })
})

describe("what a strategy makes of an event", () => {
  it("is taken in micro-units; what it leaves out stays as it is", () => {
    const state = { n: 1 }
    expect(ask(saying(undefined), state)).toStrictEqual({ state, place: [], cancel: [] })
    expect(ask(saying({}), state)).toStrictEqual({ state, place: [], cancel: [] })
    const reaction = ask(
      saying({ state: { n: 2 }, place: [{ legs: [leg], rest: true }, { legs: [leg, leg] }], cancel: [9] })
    )
    const placed = { marketId: "a", token: "YES", side: "buy", limitPrice: 400_000, qty: 10_000_000 }
    expect(reaction).toStrictEqual({
      state: { n: 2 },
      place: [
        { rest: true, legs: [placed] },
        { rest: false, legs: [placed, placed] }
      ],
      cancel: [9]
    })
    expect(ask(saying({ cancel: "all" })).cancel).toStrictEqual([7, 9])
    // One that has ended meanwhile is left, and each is cancelled once.
    expect(ask(saying({ cancel: [9, 9, 8] })).cancel).toStrictEqual([9])
    expect(ask(saying({ state: null }), state).state).toBeNull()
  })

  it.each([
    [7, "on: must be an object, not 7"],
    [[], "on: must be an object, not a list"],
    [Promise.resolve({}), "on: must give an object or nothing, not a promise"],
    [{ quote: [] }, "on.quote: is no field of a reaction; there are state, place, cancel"],
    [{ state: { n: Number.NaN } }, "on.state.n: must be a finite number, not NaN"],
    [{ place: leg }, "on.place: must be a list, not an object"],
    [{ place: [leg] }, "on.place[0].marketId: is no field of a package; there are legs, rest"],
    [{ place: [{ legs: [] }] }, "on.place[0].legs: must be a list of at least one order, not an empty one"],
    [{ place: [{ legs: [leg], rest: 1 }] }, "on.place[0].rest: must be true or false, not 1"],
    [{ place: [{ legs: [leg, leg], rest: true }] }, "on.place[0].rest: is for a single order"],
    [
      { place: [{ legs: [{ ...leg, marketId: "b" }] }] },
      'on.place[0].legs[0].marketId: must be the id of a market that was seen, not "b"'
    ],
    [{ place: [{ legs: [{ ...leg, price: 40 }] }] }, "on.place[0].legs[0].price: must be a price above 0 and below 1"],
    [{ place: [{ legs: [{ ...leg, qty: 0 }] }] }, "on.place[0].legs[0].qty: must be a number of shares above 0"],
    [{ place: [{ legs: [{ ...leg, tif: "gtc" }] }] }, "on.place[0].legs[0].tif: is no field of a leg"],
    [{ cancel: 7 }, 'on.cancel: must be "all" or a list of order ids, not 7'],
    [{ cancel: ["7"] }, 'on.cancel[0]: must be the id of an order, not "7"']
  ])("is no order when it is %j", (reaction, message) => {
    expect(messageOf(() => ask(saying(reaction)))).toContain(`strategy "mine": ${message}`)
  })

  it("is said to be its author's when it throws, or changes what it sees", () => {
    const on = (
      body: (heard: { market: { bestBid: number } }, seen: { orders: Array<unknown> }, state: { n: number }) => unknown
    ) =>
      messageOf(() =>
        ask(
          loosely({ on: (...args: [never, never, never, never]) => body(args[0], args[1], args[3]) }),
          Object.freeze({ n: 1 })
        )
      )
    expect(on(() => JSON.parse("{"))).toMatch(/^strategy "mine": on: threw SyntaxError/)
    expect(on((heard) => (heard.market.bestBid = 1))).toContain("what a strategy sees cannot be changed")
    expect(on((_heard, { orders }) => orders.pop())).toContain("cannot be changed")
    expect(on((_heard, _seen, state) => (state.n += 1))).toContain("cannot be changed")
    expect(visible.bestBid).toBe(0.4)
  })

  it("must be the same when it is asked again", () => {
    let calls = 0
    const remembers = loosely({ on: () => ({ state: { calls: (calls += 1) } }) })
    expect(messageOf(() => ask(remembers))).toContain("on: gave another reaction when asked again")
    let later = 0
    const waits = loosely({ on: () => ((later += 1) > 5 ? { state: { later } } : undefined) })
    expect(messageOf(() => Array.from({ length: 8 }, () => ask(waits)))).toContain("asked again")
  })
})
