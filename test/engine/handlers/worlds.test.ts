import { describe, expect, it } from "vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { startLife } from "../../../src/core/orderLife.ts"
import { VenueUnavailable } from "../../../src/domain/errors.ts"
import { type ReportedFill } from "../../../src/domain/Execution.ts"
import { type Order } from "../../../src/domain/Order.ts"
import { MICRO, price, shares, usdc } from "../../../src/domain/units.ts"
import { type Exchange } from "../../../src/ports/Executor.ts"
import { type LiveOrder, type LiveOrderChange } from "../../../src/ports/LiveOrderRepo.ts"
import { type Strategy } from "../../../src/ports/StrategyRegistry.ts"
import { defineStrategy } from "../../../src/strategies/defineStrategy.ts"
import { backtestOf, replayOf, resolved, seen, sessionOf, start } from "./world.ts"

/** Bids for YES at the best bid, and offers what it got three cents dearer; counts its fills. */
const quoter = (): Strategy =>
  defineStrategy({
    id: "quoter",
    title: "Quoter",
    subscribe: { kinds: ["market", "fill", "resolution"], markets: ["a"] },
    initial: { fills: 0, paid: 0 },
    on: (event, { openPackages, orders, positions }, _parameters, state) => {
      switch (event.kind) {
        case "market": {
          const { bestBid, marketId } = event.market
          if (bestBid === null || orders.length > 0 || positions.length > 0 || openPackages > 0) return undefined
          return { place: [{ legs: [{ marketId, token: "YES", side: "buy", price: bestBid, qty: 10 }], rest: true }] }
        }
        case "fill": {
          const { marketId, price, qty, side } = event
          const next = { ...state, fills: state.fills + 1 }
          if (side === "sell") return { state: next }
          return {
            state: next,
            place: [{ legs: [{ marketId, token: "YES", side: "sell", price: price + 0.03, qty }], rest: true }]
          }
        }
        case "resolution":
          return { state: { ...state, paid: state.paid + 1 }, cancel: "all" }
        case "timer":
          return undefined
      }
    }
  })

const events = [
  seen(0, "a", 0.4, 0.42),
  seen(30, "b", 0.6, 0.61),
  seen(60, "a", 0.41, 0.43),
  // The ask comes down to the bid that rests, and then below it.
  seen(90, "a", 0.38, 0.4),
  seen(100, "a", 0.37, 0.39),
  // The bid goes above the offer that rests.
  seen(150, "a", 0.44, 0.45),
  seen(200, "a", 0.44, 0.45),
  seen(250, "a", 0.42, 0.43),
  resolved(290, "a", 1)
]

describe("a strategy that hears of events", () => {
  it("trades the same in a strategy replay, on paper and in the replay of the paper session", async () => {
    const fills = await backtestOf(events, [quoter()], 300)
    expect(fills).toStrictEqual([
      [100, "quoter", "a", "YES", "buy", 0.4, 10, 0],
      [150, "quoter", "a", "YES", "sell", 0.43, 10, 0],
      [250, "quoter", "a", "YES", "buy", 0.44, 10, 0],
      [290, "quoter", "a", "YES", "sell", 1, 10, 0]
    ])
    const paper = await sessionOf({ events, strategies: [quoter()], toSec: 300 })
    expect(paper.fills).toStrictEqual(fills)
    expect(paper.state.subscribers?.find("quoter")?.state).toStrictEqual({ fills: 3, paid: 1 })
    const { parity } = await replayOf(paper.journal, [quoter()])
    expect(parity).toMatchObject({ divergence: null, beyond: 0 })
    expect(parity.matched).toBe(parity.recorded)
    expect(parity.recorded).toBeGreaterThan(8)
  })

  it("hears its timer at the same moments in all of them", async () => {
    const buysNowAndThen = (): Strategy =>
      defineStrategy({
        id: "clock",
        title: "Clock",
        subscribe: { kinds: ["timer"], everySec: 45 },
        on: (_event, { market }) => {
          const ask = market("a")?.bestAsk ?? null
          return ask === null ? undefined : { place: [{ legs: [{ marketId: "a", token: "YES", price: ask, qty: 5 }] }] }
        }
      })
    const quotes = [seen(0, "a", 0.4, 0.42), seen(60, "a", 0.4, 0.42), seen(100, "a", 0.41, 0.43)]
    const fills = await backtestOf(quotes, [buysNowAndThen()], 240)
    expect(fills.map(([at, , , , , price]) => [at, price])).toStrictEqual([
      [45, 0.42],
      [90, 0.42]
    ])
    const paper = await sessionOf({ events: quotes, strategies: [buysNowAndThen()], toSec: 240 })
    expect(paper.fills.map(([at, , , , , price]) => [at, price])).toStrictEqual([
      [45, 0.42],
      [90, 0.42],
      [135, 0.43],
      [180, 0.43],
      [225, 0.43]
    ])
    const { parity } = await replayOf(paper.journal, [buysNowAndThen()])
    expect(parity).toMatchObject({ divergence: null, beyond: 0, matched: parity.recorded })
    // Timers are made again, and are no inputs of the session.
    expect(paper.journal.filter(({ kind }) => kind === "timer").length).toBe(5)
  })

  it("gets through no gate that is shut", async () => {
    const paper = await sessionOf({ events, strategies: [quoter()], toSec: 300, killedAt: () => true })
    expect([paper.fills, [...new Set(paper.statuses)]]).toStrictEqual([[], ["rejected"]])
  })

  it("is named when it throws, in a backtest and in a session", async () => {
    const throws = defineStrategy({
      ...{ id: "wrong", title: "Wrong", subscribe: { kinds: ["market"] } },
      on: () => {
        throw new RangeError("too late")
      }
    })
    const message = /strategy "wrong": on: threw RangeError: too late/
    await expect(backtestOf(events, [throws], 300)).rejects.toThrow(message)
    await expect(sessionOf({ events, strategies: [throws], toSec: 300 })).rejects.toThrow(message)
  })
})

describe("a strategy that hears of events, live", () => {
  /** Rests an order at the first look, cancels it at the fourth. */
  const patient = (): Strategy =>
    defineStrategy({
      ...{
        id: "patient",
        title: "Patient",
        subscribe: { kinds: ["market", "fill"] },
        initial: { looks: 0, fills: "" }
      },
      on: (event, { orders }, _parameters, { fills, looks }) => {
        if (event.kind === "fill") return { state: { looks, fills: `${fills}${event.orderId}: ${event.qty} ` } }
        const state = { looks: looks + 1, fills }
        if (looks === 0) {
          return { state, place: [{ legs: [{ marketId: "a", token: "YES", price: 0.4, qty: 10 }], rest: true }] }
        }
        return looks >= 3 && orders.length > 0 ? { state, cancel: "all" } : { state }
      }
    })
  const looks = [0, 60, 120, 180, 240].map((at) => seen(at, "a", 0.4, 0.42))

  /** An exchange at which orders rest; what a cancel brings is in `cancel`. */
  const exchange = (cancel: Exchange["cancel"]): Exchange => ({
    submit: (orders) =>
      Effect.succeed(
        orders.map(
          () =>
            ({
              ...{ status: "open", fills: [], reason: null, countsAsRejection: false, externalId: "0x1" }
            }) as const
        )
      ),
    cancel
  })
  const fillOf = (order: Order, qty: number, id: string): ReportedFill => ({
    ...{ strategy: order.strategy, marketId: order.marketId, eventId: order.eventId, token: order.token },
    ...{
      side: order.side,
      price: price(400_000),
      qty: shares(qty * MICRO),
      fee: usdc(0),
      atUs: start,
      externalFillId: id,
      report: ""
    }
  })

  it("cancels at the exchange, which says what became of the order", async () => {
    const asked: Array<Order> = []
    const lets = exchange((order) => {
      asked.push(order)
      const reason = { code: "canceled", by: "venue", partly: true } as const
      return Effect.succeed(
        Option.some({ order: { ...order, status: "canceled", reason }, fills: [fillOf(order, 4, "f1")] })
      )
    })
    const live = await sessionOf({ events: looks, strategies: [patient()], toSec: 300, exchange: lets })
    // By the number of the database, where the engine has its own.
    expect(asked.map(({ id, status }) => [id, status])).toStrictEqual([[1, "open"]])
    expect([live.statuses, live.state.working.size]).toStrictEqual([["open", "canceled"], 0])
    expect(live.state.subscribers?.find("patient")?.state).toStrictEqual({ looks: 5, fills: "-1: 4 " })
    const { parity } = await replayOf(live.journal, [patient()])
    expect(parity).toMatchObject({ divergence: null, beyond: 0, matched: parity.recorded })
  })

  it("may try again when the exchange does not let go", async () => {
    let tries = 0
    const holds = exchange(() => {
      tries += 1
      return Effect.fail(new VenueUnavailable({ operation: "live cancel", detail: "no connection" }))
    })
    const live = await sessionOf({ events: looks, strategies: [patient()], toSec: 300, exchange: holds })
    expect([tries, live.state.working.size, live.state.canceling.size]).toStrictEqual([2, 1, 0])
    expect(live.statuses).toStrictEqual(["open", "open", "open"])
  })

  it("hears of fills that the exchange shows later", async () => {
    const change = (order: Order): LiveOrderChange => {
      const of = (status: Order["status"]): LiveOrder => ({
        ...{ order: { ...order, status }, hash: "0x1", conditionId: "", tokenId: "", fee: null },
        life: startLife({ tif: "gtc", qty: order.qty, stagedAtUs: start })
      })
      return { before: of("open"), after: of("partially_filled"), added: [fillOf(order, 3, "f2")], reversed: [] }
    }
    const stored: Order = {
      ...{ id: 1, kind: "order", strategy: "patient", marketId: "a", eventId: "event-a", token: "YES", side: "buy" },
      ...{
        action: "open",
        limitPrice: price(400_000),
        qty: shares(10 * MICRO),
        tif: "gtc",
        mode: "live",
        status: "open"
      },
      ...{ filledQty: shares(0), externalId: "0x1", reason: null, signalId: null, createdAtUs: start }
    }
    const live = await sessionOf({
      ...{ events: looks.slice(0, 3), strategies: [patient()], toSec: 300 },
      exchange: exchange(() => Effect.succeedNone),
      changes: [[], [], [change(stored)]]
    })
    expect(live.state.subscribers?.find("patient")?.state).toStrictEqual({ looks: 3, fills: "-1: 3 " })
    expect([...live.state.working.values()]).toMatchObject([{ id: -1, filledQty: 3 * MICRO }])
    const { parity } = await replayOf(live.journal, [patient()])
    expect(parity).toMatchObject({ divergence: null, beyond: 0, matched: parity.recorded })
  })
})
