import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { toMicros } from "../../src/domain/units.ts"
import { riskStatus } from "../../src/engine/commands/riskStatus.ts"
import { outcomeOf, reasonOf as reason } from "./outcome.ts"
import { allOrders, inWorld, place, quoted, see } from "./world.ts"

describe("risk of stored portfolios", () => {
  it.effect("checks stop-loss, strategy, event and breaker in this order, each with its numbers", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.49, 0.5), quoted("m2", 0.49, 0.5), quoted("other", 0.49, 0.5, { eventId: "e2" }))
        expect(reason(yield* place({ qty: 180, strategy: "a" }))).toBe("Accepted")
        expect(reason(yield* place({ qty: 30, strategy: "a" }))).toBe(
          "strategy notional limit exceeded: 105.00 > 100.00"
        )
        // Another strategy in the same event: its own cap is free, the event's is not.
        expect(reason(yield* place({ qty: 60, strategy: "b", marketId: "m2" }))).toBe(
          "event notional limit exceeded: 120.00 > 110.00"
        )
        // Both caps are passed: the strategy's comes first.
        expect(reason(yield* place({ qty: 400, strategy: "a" }))).toBe(
          "strategy notional limit exceeded: 290.00 > 100.00"
        )
        // Three rejections in a row: the breaker is open for everybody, and comes after the caps.
        expect(reason(yield* place({ qty: 10, strategy: "c", marketId: "other" }))).toBe(
          "circuit breaker open: rejected=3, threshold=3"
        )
        expect(reason(yield* place({ qty: 400, strategy: "a" }))).toBe(
          "strategy notional limit exceeded: 290.00 > 100.00"
        )
        // A loss of the day beats all of them; getting out is always possible.
        yield* see(quoted("m1", 0.1, 0.11))
        expect(reason(yield* place({ side: "sell", qty: 180, price: 0.1, strategy: "a" }))).toBe("Accepted")
        expect(reason(yield* place({ qty: 400, strategy: "a", price: 0.11 }))).toBe(
          "global stop-loss triggered: realized=-72.00"
        )
        expect((yield* riskStatus).realizedToday).toBe(toMicros(-72))
        // The next UTC day starts with nothing lost, and the cooldown is over.
        yield* TestClock.adjust("12 hours")
        yield* see(quoted("m1", 0.1, 0.11))
        expect(reason(yield* place({ qty: 10, price: 0.11, strategy: "a" }))).toBe("Accepted")
      }),
      {
        risk: {
          max_daily_loss: 50,
          max_strategy_notional: 100,
          max_event_notional: 110,
          circuit_breaker_rejections: 3,
          circuit_breaker_window_sec: 3600,
          circuit_breaker_cooldown_sec: 900
        }
      }
    )
  )

  it.effect("counts resting orders as exposure until they are gone", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.49, 0.5))
        const first = outcomeOf(yield* place({ qty: 200, price: 0.4 }))
        expect(first).toMatchObject({ _tag: "Accepted", orders: [{ order: { status: "open" } }] })
        expect(reason(yield* place({ qty: 60, price: 0.4 }))).toBe("strategy notional limit exceeded: 104.00 > 100.00")
        expect((yield* riskStatus).strategies).toEqual([{ strategy: "manual", notional: toMicros(80) }])
        expect((yield* riskStatus).openOrders).toBe(1)
      }),
      { risk: { max_strategy_notional: 100 } }
    )
  )

  it.effect("holds orders to the limits that are off unless configured", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.49, 0.5, { endDateUs: 1_800_000_000_000_000 }))
        expect(reason(yield* place({ qty: 100 }))).toBe("order notional limit exceeded: 50.00 > 40.00")
        expect(reason(yield* place({ qty: 10, price: 0.3 }))).toBe("price collar exceeded: 0.20 > 0.10")
        expect(reason(yield* place({ qty: 10, price: 0.45 }))).toBe("Accepted")
        expect(reason(yield* place({ qty: 70, price: 0.45 }))).toBe("open order limit exceeded: 1.00 >= 1.00")
        yield* TestClock.adjust("10 minutes")
        expect(reason(yield* place({ qty: 10, price: 0.45, tif: "ioc" }))).toMatch(/^not marketable/)
        expect(reason(yield* place({ qty: 10, price: 0.5, tif: "ioc" }))).toBe(
          "open order limit exceeded: 1.00 >= 1.00"
        )
      }),
      { risk: { max_order_notional: 40, price_collar: 0.1, max_open_orders: 1, max_quote_age_sec: 300 } }
    )
  )

  it.effect("refuses orders on stale data and too much on one resolution day", () =>
    inWorld(
      Effect.gen(function* () {
        const endDateUs = 1_800_000_000_000_000
        yield* see(quoted("m1", 0.49, 0.5, { endDateUs }), quoted("m2", 0.49, 0.5, { endDateUs, eventId: "e2" }))
        expect(reason(yield* place({ qty: 60 }))).toBe("Accepted")
        expect(reason(yield* place({ qty: 60, marketId: "m2", strategy: "b" }))).toBe(
          "resolution date notional limit exceeded: 60.00 > 50.00"
        )
        yield* TestClock.adjust("10 minutes")
        expect(reason(yield* place({ qty: 10 }))).toBe("stale quote: age 600.00 s > 300.00 s")
      }),
      { risk: { max_resolution_date_notional: 50, max_quote_age_sec: 300 } }
    )
  )
})

describe("circuit breaker over stored history", () => {
  const risk = {
    max_strategy_notional: 100,
    circuit_breaker_rejections: 3,
    circuit_breaker_window_sec: 600,
    circuit_breaker_cooldown_sec: 120
  }
  const tooMuch = place({ qty: 1000 })
  const small = place({ qty: 10, price: 0.41 })

  it.effect("opens, cools down, lets one probe through and closes when it is accepted", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.39, 0.41))
        for (let i = 0; i < 3; i++) expect(reason(yield* tooMuch)).toMatch(/^strategy notional/)
        const opened = (yield* riskStatus).breaker
        expect(opened).toMatchObject({ phase: "open", rejections: 3 })
        expect(reason(yield* small)).toBe("circuit breaker open: rejected=3, threshold=3")
        yield* TestClock.adjust("119 seconds")
        expect(reason(yield* small)).toMatch(/^circuit breaker open/)
        yield* TestClock.adjust("1 seconds")
        expect((yield* riskStatus).breaker).toMatchObject({ phase: "probe", probeAtUs: opened.probeAtUs })
        expect(reason(yield* small)).toBe("Accepted")
        expect((yield* riskStatus).breaker).toMatchObject({ phase: "closed", rejections: 0, probeAtUs: null })
      }),
      { risk }
    )
  )

  it.effect("stays open while probe after probe fails, however long ago it first opened", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.39, 0.41))
        for (let i = 0; i < 3; i++) yield* tooMuch
        for (let probe = 0; probe < 20; probe++) {
          yield* TestClock.adjust("250 seconds")
          expect(reason(yield* tooMuch)).toMatch(/^strategy notional/)
          expect(reason(yield* small)).toMatch(/^circuit breaker open/)
        }
      }),
      { risk }
    )
  )

  it.effect("counts rejections in a row within the window only, and no order that merely found nobody", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.39, 0.41))
        yield* tooMuch
        yield* tooMuch
        // Neither a rejection nor an acceptance: the two before still count.
        expect(reason(yield* place({ qty: 10, price: 0.3, tif: "ioc" }))).toBe(
          "not marketable: ask 0.4100 > limit 0.3000"
        )
        expect((yield* riskStatus).breaker.rejections).toBe(2)
        expect((yield* allOrders).at(-1)?.status).toBe("canceled")
        expect(reason(yield* small)).toBe("Accepted")
        yield* tooMuch
        yield* tooMuch
        yield* TestClock.adjust("601 seconds")
        yield* tooMuch
        expect((yield* riskStatus).breaker).toMatchObject({ phase: "closed", rejections: 1 })
      }),
      { risk }
    )
  )
})
