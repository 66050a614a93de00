import { describe, expect, it } from "vitest"
import { type Fact, type OrderFact } from "../../../src/domain/Fact.ts"
import { type StrategyContext, type StrategyEvent } from "../../../src/domain/StrategyEvent.ts"
import { type Strategy } from "../../../src/ports/StrategyRegistry.ts"
import { type Reaction } from "../../../src/strategies/checkReaction.ts"
import { defineStrategy } from "../../../src/strategies/defineStrategy.ts"
import { type Subscription } from "../../../src/strategies/eventHandlers.ts"
import { engineOf, resolved, second, seen, start } from "./world.ts"

type On = (event: StrategyEvent, context: StrategyContext, state: unknown) => Reaction | undefined

const strategy = (on: On, subscribe: Partial<Subscription> = {}, id = "own"): Strategy =>
  defineStrategy({
    ...{ id, title: "Own", subscribe: { kinds: ["market", "fill", "resolution"], ...subscribe }, initial: null },
    on: (event, context, _parameters, state) => on(event, context, state)
  })

const order = (side: "buy" | "sell", price: number, qty = 10, marketId = "a") => ({
  legs: [{ marketId, token: "YES", side, price, qty }] as const
})

const ordersIn = (facts: ReadonlyArray<Fact>): ReadonlyArray<OrderFact> =>
  facts.filter((fact): fact is OrderFact => fact.kind === "order")
const ended = (facts: ReadonlyArray<Fact>) =>
  ordersIn(facts).map(({ atUs, fills, orderId, reason, status }) => ({
    at: (atUs - start) / second,
    orderId,
    status,
    traded: fills.map(({ price, qty }) => [price, qty]),
    code: reason?.code ?? null
  }))

/** What a strategy heard, however often it was asked. */
const listener = (subscribe: Partial<Subscription> = {}) => {
  const { everySec, ...rest } = subscribe
  const heard: Array<readonly [atSec: number, event: StrategyEvent]> = []
  const listens = strategy(
    (event, { atUs }, state) => {
      const calls = typeof state === "number" ? state : 0
      // The second time that one event is shown it is the same call.
      if (heard.length === calls) heard.push([(atUs - start) / second, event])
      return { state: calls + 1 }
    },
    { ...rest, ...(everySec === undefined ? {} : { everySec }) }
  )
  return { heard, listens }
}

describe("an engine tells its strategies", () => {
  it("of market data and resolutions, of all markets or of those that they name", () => {
    const all = listener()
    const one = listener({ markets: ["b"] })
    for (const { listens } of [all, one]) {
      const { push } = engineOf(listens)
      push(seen(1, "a", 0.4, 0.42), seen(2, "b", 0.5, 0.52), resolved(3, "a", 1), resolved(4, "b", 0))
    }
    expect(all.heard).toMatchObject([
      [1, { kind: "market", market: { marketId: "a", bestBid: 0.4, bestAsk: 0.42 } }],
      [2, { kind: "market", market: { marketId: "b" } }],
      [3, { kind: "resolution", marketId: "a", payout: { yes: 1, no: 0 } }],
      [4, { kind: "resolution", marketId: "b", payout: { yes: 0, no: 1 } }]
    ])
    expect(one.heard.map(([at]) => at)).toStrictEqual([2, 4])
    for (const [, event] of all.heard) expect(Object.isFrozen(event)).toBe(true)
    expect(all.heard[0]![1]).not.toHaveProperty("market.payout")
  })

  it("of time, at its own pace from the first event on, whatever else happens", () => {
    const { heard, listens } = listener({ kinds: ["timer"], everySec: 2.5 })
    const { push, runner } = engineOf(listens)
    push(seen(1, "a", 0.4, 0.42), seen(4, "a", 0.4, 0.42), seen(11, "a", 0.4, 0.42))
    runner.reach(start + 13 * second)
    // Before the first event there is no time of its own: the engine's is the start of the window.
    expect(heard).toStrictEqual([3.5, 6, 8.5, 11].map((at) => [at, { kind: "timer" }]))
    runner.end(start + 30 * second)
    expect(heard).toHaveLength(4)
  })

  it("of their own fills, with what is left of the order, once the account has them", () => {
    const held: Array<unknown> = []
    const buys = (id: string, price: number) =>
      strategy(
        (event, { orders, positions }) => {
          if (event.kind === "fill") held.push([id, event, positions, orders])
          return event.kind === "market" && positions.length === 0 ? { place: [order("buy", price)] } : undefined
        },
        { kinds: ["market", "fill"] },
        id
      )
    const { push, state } = engineOf(buys("one", 0.42), buys("two", 0.41))
    push(seen(1, "a", 0.4, 0.42))
    const fill = { kind: "fill", orderId: -1, marketId: "a", token: "YES", side: "buy", price: 0.42, qty: 10, fee: 0 }
    expect(held[0]).toStrictEqual([
      "one",
      { ...fill, rest: 0 },
      [{ marketId: "a", token: "YES", qty: 10, cost: 4.2 }],
      []
    ])
    // The first call is asked again; the other strategy's order found no counterparty.
    expect(held.every((item) => Array.isArray(item) && item[0] === "one")).toBe(true)
    expect(state.openPackagesOf("one")).toBe(0)
  })

  it("and shows them their own orders and packages, and markets as they were seen last", () => {
    const shown: Array<unknown> = []
    const rests = strategy((event, { market, openPackages, orders }) => {
      shown.push([orders, openPackages, market("a")?.bestBid, market("b")?.bestBid])
      return event.kind === "market" && orders.length === 0
        ? { place: [{ ...order("buy", 0.3), rest: true }] }
        : undefined
    })
    const { push } = engineOf(
      rests,
      strategy(() => undefined, {}, "other")
    )
    push(seen(1, "a", 0.4, 0.42), seen(2, "b", 0.5, 0.52), seen(3, "a", 0.41, 0.42))
    const own = [{ id: -1, marketId: "a", token: "YES", side: "buy", price: 0.3, qty: 10, rest: 10 }]
    expect(shown).toStrictEqual([
      ...[0, 1].map(() => [[], 0, 0.4, undefined]),
      ...[0, 1].map(() => [own, 0, 0.4, 0.5]),
      [own, 0, 0.41, 0.5]
    ])
  })

  it("and nothing later than the event, whatever they keep", () => {
    const kept: Array<StrategyContext> = []
    const keeps = strategy((_event, context) => {
      kept.push(context)
      return undefined
    })
    const { push } = engineOf(keeps)
    push(seen(1, "a", 0.4, 0.42))
    push(seen(2, "b", 0.5, 0.52), seen(3, "a", 0.9, 0.92))
    const [first] = kept
    expect(first!.atUs).toBe(start + second)
    expect([first!.market("a"), first!.market("b"), first!.positions, first!.orders]).toStrictEqual([
      ...[undefined, undefined],
      ...[[], []]
    ])
    expect(Object.isFrozen(first)).toBe(true)
  })

  it("nothing when none of them hears of events", () => {
    const { push, state } = engineOf({ id: "own", title: "Own", generate: () => [] })
    push(seen(1, "a", 0.4, 0.42))
    expect(state.subscribers).toBeNull()
  })
})

describe("what a strategy places", () => {
  it("rests, and fills at its limit by a later quote that goes beyond it", () => {
    const rests = strategy((event, { orders, positions }) =>
      event.kind === "market" && orders.length + positions.length === 0
        ? { place: [{ ...order("buy", 0.4), rest: true }] }
        : undefined
    )
    const { facts, push } = engineOf(rests)
    push(seen(1, "a", 0.4, 0.42), seen(2, "a", 0.39, 0.41), seen(3, "a", 0.38, 0.4), seen(4, "a", 0.37, 0.39))
    expect(ended(facts)).toStrictEqual([
      { at: 1, orderId: -1, status: "open", traded: [], code: null },
      { at: 4, orderId: -1, status: "filled", traded: [[400_000, 10_000_000]], code: null }
    ])
    const [decision] = facts
    expect(decision).toMatchObject({
      kind: "decision",
      package: { strategy: "own", eventId: "event-a", signalIds: [], strictLimit: true }
    })
  })

  it("takes what is offered within its limit, or nothing, where it does not rest", () => {
    const prices = [0.41, 0.42]
    const takes = strategy((event, _context, state) => {
      const asked = typeof state === "number" ? state : 0
      const price = prices[asked]
      if (event.kind !== "market" || price === undefined) return undefined
      return { state: asked + 1, place: [order("buy", price)] }
    })
    const { facts, push } = engineOf(takes)
    push(seen(1, "a", 0.4, 0.42), seen(2, "a", 0.4, 0.42))
    expect(facts.map((fact) => (fact.kind === "decision" ? fact.refusal?.reason.code : fact.kind))).toStrictEqual([
      "not marketable",
      undefined,
      "order",
      "package"
    ])
  })

  it("trades together, leg by leg, where it has several legs", () => {
    const pairs = strategy((event, { openPackages, positions }) => {
      if (event.kind !== "market" || event.market.marketId !== "b" || positions.length + openPackages > 0)
        return undefined
      return { place: [{ legs: [...order("buy", 0.42).legs, ...order("buy", 0.52, 10, "b").legs] }] }
    })
    const { facts, push, runner, state } = engineOf(pairs)
    push(seen(1, "a", 0.4, 0.42), seen(2, "b", 0.5, 0.52), seen(2.1, "b", 0.5, 0.52))
    expect(state.openPackagesOf("own")).toBe(1)
    runner.end(start + 30 * second)
    expect(ended(facts).map(({ at, status }) => [at, status])).toStrictEqual([
      [2, "filled"],
      [2.25, "filled"]
    ])
  })

  it("passes risk: a sale that rests has to be held", () => {
    const sells = strategy((event) =>
      event.kind === "market" ? { place: [{ ...order("sell", 0.45), rest: true }] } : undefined
    )
    const { facts, push, state } = engineOf(sells)
    push(seen(1, "a", 0.4, 0.42))
    expect(facts).toMatchObject([{ kind: "decision", refusal: { reason: { code: "closing more than is held" } } }])
    expect(state.working.size).toBe(0)
  })

  it("is dropped while the own orders cannot be seen, and nothing is asked after a stop", () => {
    let calls = 0
    const buys = strategy((event) => {
      calls += 1
      return event.kind === "market" ? { place: [order("buy", 0.42)] } : undefined
    })
    const { facts, push } = engineOf(buys)
    push({ kind: "venue", atUs: start, problem: "no connection" }, seen(1, "a", 0.4, 0.42))
    expect(facts).toMatchObject([
      { kind: "dropped", reason: { code: "own orders cannot be seen", detail: "no connection" } }
    ])
    const before = calls
    push({ kind: "stop", atUs: start + second }, seen(2, "a", 0.4, 0.42))
    expect([calls, facts.length]).toStrictEqual([before, 1])
  })

  it("without end in one moment is an error and no endless loop", () => {
    const churns = strategy((event, { positions }) => ({
      place: [event.kind === "fill" && positions.length > 0 ? order("sell", 0.5) : order("buy", 0.5)]
    }))
    const { push } = engineOf(churns)
    expect(() => push(seen(1, "a", 0.5, 0.5))).toThrow(/strategy "own": on: places an order .* without end/)
  })
})

describe("what a strategy cancels", () => {
  const rest = { ...order("buy", 0.3), rest: true }

  it.each([
    ["by its id", (ids: ReadonlyArray<number>) => ids.slice(0, 1), [-1]],
    ["all at once", () => "all" as const, [-1, -2]],
    ["and nothing that is not its own", () => [-99, 7], []]
  ])("is taken off the venue: %s", (_how, which, gone) => {
    const cancels = strategy((event, { orders }) => {
      if (event.kind !== "market") return undefined
      return event.market.marketId === "a" ? { place: [rest, rest] } : { cancel: which(orders.map(({ id }) => id)) }
    })
    const bystander = strategy(
      (event) => (event.kind === "market" && event.market.marketId === "a" ? { place: [rest] } : undefined),
      {},
      "other"
    )
    const { facts, push, state } = engineOf(cancels, bystander)
    push(seen(1, "a", 0.4, 0.42), seen(2, "b", 0.5, 0.52))
    const canceled = ended(facts).filter(({ status }) => status === "canceled")
    expect(canceled.map(({ code, orderId }) => [orderId, code])).toStrictEqual(
      gone.map((id) => [id, "canceled by its strategy"])
    )
    expect([...state.working.keys()]).toStrictEqual([-1, -2, -3].filter((id) => !gone.includes(id)))
    expect(state.canceling.size).toBe(0)
  })

  it("is too late for what the same quote fills", () => {
    const late = strategy((event, { orders }, state) => {
      if (event.kind !== "market") return undefined
      return state === null
        ? { state: 1, place: [{ ...order("buy", 0.4), rest: true }] }
        : { cancel: orders.map(({ id }) => id) }
    })
    const { facts, push } = engineOf(late)
    push(seen(1, "a", 0.39, 0.42), seen(2, "a", 0.38, 0.39))
    expect(ended(facts).map(({ status }) => status)).toStrictEqual(["open", "filled"])
  })
})

describe("a strategy's state", () => {
  it("is its own, changed by what it returns and by nothing else", () => {
    const counts = (id: string) =>
      defineStrategy({
        ...{ id, title: "Counts", subscribe: { kinds: ["market"] }, initial: { seen: [0] } },
        on: (event, _context, _parameters, { seen: before }) =>
          event.kind === "market" && id === "one" ? { state: { seen: [...before, before.length] } } : undefined
      })
    const { push, state } = engineOf(counts("one"), counts("two"))
    push(seen(1, "a", 0.4, 0.42), seen(2, "a", 0.4, 0.42))
    expect(state.subscribers?.all.map((one) => one.state)).toStrictEqual([{ seen: [0, 1, 2] }, { seen: [0] }])
    expect(Object.isFrozen(state.subscribers?.all[0]?.state)).toBe(true)
  })
})
