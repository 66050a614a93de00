import * as SqlClient from "@effect/sql/SqlClient"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { type Order } from "../../src/domain/Order.ts"
import { MICROS_PER_MS } from "../../src/domain/time.ts"
import { shares, toMicros } from "../../src/domain/units.ts"
import { LiveExchange } from "../../src/execution/LiveExecutor.ts"
import { LiveOrderRepo } from "../../src/ports/LiveOrderRepo.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { VenueSync } from "../../src/ports/VenueSync.ts"
import { approve } from "../../src/risk/approve.ts"
import { checkInvariants } from "../../src/store/invariants.ts"
import { confirmTrades } from "../../src/store/liveFills.ts"
import { advance, live, looked, resting, signed, stage, stored, trade } from "../store/liveSupport.ts"
import { inStore, market, noon, request } from "../store/support.ts"
import { ScriptedLedger, type Shown } from "./scriptedLedger.ts"

// What the chain takes back: a trade that was shown, and then failed there.

const atNoon = <A, E, R>(body: Effect.Effect<A, E, R>) =>
  inStore(Effect.zipRight(TestClock.setTime(noon / MICROS_PER_MS), body))

const sync = Effect.flatMap(VenueSync, (venueSync) => venueSync.sync)
const held = Effect.flatMap(TradeRepo, (repo) =>
  Effect.map(repo.position("s1", "m1", "YES"), (found) => Option.getOrNull(found)?.qty ?? 0)
)
const states = Effect.flatMap(TradeRepo, (repo) =>
  Effect.map(repo.fills({ limit: 9, strategy: null }), (fills) => fills.map(({ venueState }) => venueState))
)
const sound = Effect.map(checkInvariants, (problems) => expect(problems).toEqual([]))

const provisional = trade(1, "t1", 10)
const final = trade(1, "t1", 10, { state: "final", word: "confirmed" })
const failed = trade(1, "t1", 10, { state: "failed", word: "failed" })

describe("a trade that fails on the chain", () => {
  it.effect("after its order ended and nothing of it was open is reversed by the next sync", () => {
    const ledger = new ScriptedLedger([{ trades: [final] }, { trades: [final] }, { trades: [failed] }])
    return atNoon(
      Effect.gen(function* () {
        yield* stage(signed(1))
        yield* advance(1, live("matched", toMicros(10)))
        const first = yield* sync
        expect(first.changes).toMatchObject([{ after: { order: { status: "filled" } } }])
        expect(yield* held).toBe(toMicros(10))
        // The order is over: only what the exchange shows brings it up again.
        expect([...(yield* (yield* LiveOrderRepo).tracked)]).toEqual([])
        expect((yield* sync).changes).toEqual([])
        const last = yield* sync
        expect(last.changes).toMatchObject([
          { added: [], reversed: [{ qty: toMicros(10) }], after: { order: { status: "canceled", filledQty: 0 } } }
        ])
        expect(yield* held).toBe(0)
        expect(yield* states).toEqual(["reversed"])
        yield* sound
      }).pipe(Effect.provide(ledger.layer))
    )
  })

  it.effect("after its order ended brings nothing where it had never counted", () => {
    const ledger = new ScriptedLedger([{}, { trades: [failed] }])
    return atNoon(
      Effect.gen(function* () {
        yield* stage(signed(1))
        yield* advance(1, { _tag: "Refused", venueCode: "other", detail: "no", notFilled: false })
        yield* sync
        expect((yield* sync).changes).toEqual([])
        expect(yield* states).toEqual([])
      }).pipe(Effect.provide(ledger.layer))
    )
  })

  it.effect("and a trade that shows late both reach an order that was given up", () => {
    const ledger = new ScriptedLedger([{ trades: [provisional] }, { trades: [failed] }])
    return atNoon(
      Effect.gen(function* () {
        yield* stage(signed(1))
        yield* advance(1, { _tag: "Refused", venueCode: "other", detail: "no", notFilled: false })
        expect((yield* sync).changes).toMatchObject([{ added: [{ qty: toMicros(10) }] }])
        expect(yield* held).toBe(toMicros(10))
        expect((yield* sync).changes).toMatchObject([{ reversed: [{ qty: toMicros(10) }] }])
        expect(yield* held).toBe(0)
        yield* sound
      }).pipe(Effect.provide(ledger.layer))
    )
  })

  it.effect("is never final again, whatever is confirmed later", () =>
    atNoon(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* stage(signed(1))
        yield* advance(1, looked(1, [provisional]))
        yield* advance(1, looked(2, [failed]))
        expect(yield* states).toEqual(["reversed"])
        yield* confirmTrades(sql, yield* stored(1), ["t1"])
        expect(yield* states).toEqual(["reversed"])
        expect((yield* advance(1, looked(3, [final]))).after.order.filledQty).toBe(0)
        expect([yield* states, yield* held]).toEqual([["reversed"], 0])
        yield* sound
      })
    )
  )
})

const order = { ...request, tif: "ioc" as const, action: "open" as const }
const context = {
  atUs: noon,
  market: (marketId: string) => ({ ...market({ marketId }), conditionId: "0xc1" }),
  strictLimit: false,
  exact: true
}

/** Sends one immediate order and gives what the running program is told of it. */
const send = (script: ReadonlyArray<Shown>) => {
  const ledger = new ScriptedLedger(script, { _tag: "Taken", state: "matched", filledQty: null })
  return atNoon(
    Effect.gen(function* () {
      const exchange = yield* LiveExchange
      const sending = yield* Effect.fork(exchange.submit([approve(order)], context))
      yield* TestClock.adjust("30 seconds")
      const [result] = yield* Fiber.join(sending)
      expect(ledger.posted).toBe(1)
      return { result, held: yield* held, looks: ledger.looks }
    }).pipe(Effect.provide(ledger.layer))
  )
}

describe("what the running program is told of an order", () => {
  const part = trade(1, "t1", 4)
  const gone = trade(1, "t1", 4, { state: "failed" })

  it.effect("holds the fills that were seen", () =>
    Effect.map(send([{ trades: [part] }]), ({ held, result }) => {
      expect(result).toMatchObject({ status: "canceled", fills: [{ qty: toMicros(4), price: toMicros(0.5) }] })
      expect(held).toBe(toMicros(4))
    })
  )

  it.effect("holds no fill that was seen and then failed, and the books do not either", () =>
    Effect.map(send([{ trades: [part] }, { trades: [gone] }]), ({ held, looks, result }) => {
      expect(looks).toBeGreaterThan(1)
      expect(result).toMatchObject({ status: "canceled", fills: [] })
      expect(held).toBe(0)
    })
  )

  it.effect("holds each fill once, however often it is seen, and those beside one that failed", () => {
    const other = trade(1, "t2", 3)
    return Effect.map(send([{ trades: [part] }, { trades: [part, other] }, { trades: [gone, other] }]), (told) => {
      expect(told.result?.fills.map(({ qty }) => qty)).toEqual([toMicros(3)])
      expect(told.held).toBe(toMicros(3))
    })
  })

  it.effect("leaves out what failed while it was cancelled", () => {
    const half = resting(1, { filledQty: toMicros(4) })
    const ledger = new ScriptedLedger([{ resting: [half], trades: [part] }, { trades: [gone] }, { trades: [gone] }], {
      _tag: "Taken",
      state: "live",
      filledQty: shares(0)
    })
    return atNoon(
      Effect.gen(function* () {
        const exchange = yield* LiveExchange
        yield* stage(signed(1))
        yield* advance(1, live("live"))
        const { order: stands } = yield* stored(1)
        const asked: Order = stands
        const canceling = yield* Effect.fork(exchange.cancel(asked))
        yield* TestClock.adjust("30 seconds")
        const ended = Option.getOrThrow(yield* Fiber.join(canceling))
        expect(ended).toMatchObject({ order: { status: "canceled", filledQty: 0 }, fills: [] })
        expect(ledger.canceled).toEqual([asked.externalId])
        expect(yield* held).toBe(0)
        yield* sound
      }).pipe(Effect.provide(ledger.layer))
    )
  })
})
