import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { VenueUnavailable } from "../../src/domain/errors.ts"
import { type Order } from "../../src/domain/Order.ts"
import { reasonText } from "../../src/domain/rejection.ts"
import { MICROS_PER_MS } from "../../src/domain/time.ts"
import { price, shares, toMicros } from "../../src/domain/units.ts"
import { LiveExchange } from "../../src/execution/LiveExecutor.ts"
import { type LiveVenueShape, type Placement } from "../../src/ports/LiveVenue.ts"
import { LiveOrderRepo } from "../../src/ports/LiveOrderRepo.ts"
import { VenueSync } from "../../src/ports/VenueSync.ts"
import { approve } from "../../src/risk/approve.ts"
import { advance, hashOf, live, resting, signed, stage, stored, trade } from "../store/liveSupport.ts"
import { inStore, market, noon, request } from "../store/support.ts"
import { ScriptedLedger, type Shown } from "./scriptedLedger.ts"

const atNoon = <A, E, R>(body: Effect.Effect<A, E, R>) =>
  inStore(Effect.zipRight(TestClock.setTime(noon / MICROS_PER_MS), body))

const context = {
  atUs: noon,
  market: (marketId: string) => (marketId === "m1" ? { ...market({ marketId }), conditionId: "0xc1" } : undefined),
  strictLimit: false,
  exact: true
}
const matched: Placement = { _tag: "Taken", state: "matched", filledQty: null }
const takenLive: Placement = { _tag: "Taken", state: "live", filledQty: null }
const down = (nothingSent: boolean) => new VenueUnavailable({ operation: "post", detail: "HTTP 500", nothingSent })

interface Sending {
  readonly script?: ReadonlyArray<Shown>
  readonly placement?: Placement
  readonly others?: Partial<LiveVenueShape>
  readonly order?: Partial<typeof request> & { readonly tif?: "ioc" | "gtc" }
  readonly exact?: boolean
}

/** Sends one order, waits half a minute, and gives the answer (or why there is none) and the stored order. */
const send = ({ exact = true, order = {}, others = {}, placement = matched, script = [{}] }: Sending) => {
  const ledger = new ScriptedLedger(script, placement, undefined, others)
  const wanted = { ...request, tif: "ioc" as const, action: "open" as const, ...order }
  return atNoon(
    Effect.gen(function* () {
      const exchange = yield* LiveExchange
      const sending = yield* Effect.fork(Effect.either(exchange.submit([approve(wanted)], { ...context, exact })))
      yield* TestClock.adjust("40 seconds")
      const answer = yield* Fiber.join(sending)
      const kept = yield* (yield* LiveOrderRepo).find(1)
      return {
        ledger,
        result: Either.isRight(answer) ? answer.right[0] : undefined,
        error: Either.isLeft(answer) ? answer.left : undefined,
        order: Option.getOrUndefined(kept)?.order
      }
    }).pipe(Effect.provide(ledger.layer))
  )
}
const textOf = (result: { readonly reason: Parameters<typeof reasonText>[0] } | undefined): string =>
  result === undefined ? "no result" : reasonText(result.reason)

describe("a live order", () => {
  it.effect("that rests is told as soon as the exchange says so, without a look", () =>
    Effect.map(send({ placement: takenLive, order: { tif: "gtc" } }), ({ ledger, order, result }) => {
      expect(result).toMatchObject({ status: "open", fills: [], reason: null, countsAsRejection: false })
      expect(result?.externalId).toBe(hashOf(1))
      expect(order?.status).toBe("open")
      expect(ledger.looks).toBe(0)
    })
  )

  it.effect("that rests and filled at once waits for the trades that it was told of", () => {
    const half = { resting: [resting(1, { filledQty: toMicros(4) })], trades: [trade(1, "t1", 4)] }
    const placement: Placement = { _tag: "Taken", state: "matched", filledQty: toMicros(4) }
    return Effect.map(send({ placement, order: { tif: "gtc" }, script: [{}, half] }), ({ ledger, result }) => {
      expect(result).toMatchObject({ status: "partially_filled", fills: [{ qty: toMicros(4) }] })
      expect(ledger.looks).toBeGreaterThan(1)
    })
  })

  it.effect("that the exchange refuses counts as a rejection, and one that found nobody does not", () =>
    Effect.gen(function* () {
      const refused = (notFilled: boolean): Placement => ({
        ...{ _tag: "Refused", code: notFilled ? "not_filled" : "no_balance", reason: "not enough balance", notFilled }
      })
      const one = yield* send({ placement: refused(false) })
      expect(one.result).toMatchObject({ status: "rejected", fills: [], countsAsRejection: true })
      expect(textOf(one.result)).toContain("not enough balance")
      const two = yield* send({ placement: refused(true) })
      expect(two.result).toMatchObject({ status: "canceled", countsAsRejection: false })
    })
  )

  it.effect("that certainly did not arrive is rejected, and one whose answer was lost is looked for", () =>
    Effect.gen(function* () {
      const unsent = yield* send({ others: { post: () => Effect.fail(down(true)) } })
      expect(unsent.result).toMatchObject({ status: "rejected", countsAsRejection: false })
      expect(unsent.ledger.looks).toBe(0)
      const lost = yield* send({
        others: { post: () => Effect.fail(down(false)) },
        script: [{ trades: [trade(1, "t1", 10)] }]
      })
      expect(lost.result).toMatchObject({ status: "filled", fills: [{ qty: toMicros(10) }], countsAsRejection: false })
      const never = yield* send({ others: { post: () => Effect.never }, script: [{}] })
      expect(never.order?.status).toBe("canceled")
      expect(textOf(never.result)).toContain("never seen")
    })
  )

  it.effect("goes on being looked for while the exchange does not answer", () => {
    let asked = 0
    const order = () =>
      Effect.suspend(() => {
        asked += 1
        return asked < 3 ? Effect.fail(down(true)) : Effect.succeed(null)
      })
    return Effect.map(send({ others: { order }, script: [{ trades: [trade(1, "t1", 10)] }] }), ({ result }) => {
      expect(asked).toBeGreaterThan(2)
      expect(result).toMatchObject({ status: "filled", fills: [{ qty: toMicros(10) }] })
    })
  })

  it.effect("is not sent into a market that is not known, nor where the rules cannot be read in time", () =>
    Effect.gen(function* () {
      const unknown = yield* send({ order: { marketId: "nowhere" } })
      expect(unknown.error?.message).toContain("market nowhere is not known; nothing was sent")
      const slow = yield* send({ others: { rules: () => Effect.never } })
      expect(slow.error?.message).toContain("the market's rules could not be read in time; nothing was sent")
      const locked = yield* send({ others: { ready: Effect.fail(down(true)) } })
      for (const { error, ledger, order } of [unknown, slow, locked]) {
        expect(error).toMatchObject({ _tag: "VenueUnavailable", nothingSent: true })
        expect([ledger.posted, order]).toEqual([0, undefined])
      }
    })
  )

  it.effect("is fitted to the market's grid unless a person typed it", () =>
    Effect.gen(function* () {
      const odd = { limitPrice: price(505_000) }
      const fitted = yield* send({ order: odd, exact: false })
      expect(fitted.order?.limitPrice).toBe(500_000)
      const typed = yield* send({ order: odd, exact: true })
      expect(typed.order?.limitPrice).toBe(505_000)
      const impossible = yield* send({ order: { limitPrice: price(5_000) }, exact: false })
      expect(impossible.result).toMatchObject({ status: "rejected", fills: [], countsAsRejection: false })
      expect(textOf(impossible.result)).toContain("rounds out of the market's range")
      expect([impossible.ledger.posted, impossible.order]).toEqual([0, undefined])
    })
  )

  it.effect("waits until it is known what became of an earlier one", () => {
    const ledger = new ScriptedLedger([{}])
    return atNoon(
      Effect.gen(function* () {
        yield* stage(signed(5))
        yield* advance(1, { _tag: "AnswerLost", detail: "no answer" })
        const exchange = yield* LiveExchange
        const wanted = approve({ ...request, tif: "ioc", action: "open" })
        const first = yield* Effect.fork(Effect.either(exchange.submit([wanted], context)))
        yield* TestClock.adjust("1 second")
        const refused = yield* Fiber.join(first)
        expect(Either.isLeft(refused) ? refused.left.message : "sent").toContain(
          "order 1 is not known yet: see live-sync"
        )
        expect(ledger.posted).toBe(0)
        // Five seconds without it are long enough here: it never arrived, and the next order may go.
        yield* TestClock.adjust("10 seconds")
        const second = yield* Effect.fork(Effect.either(exchange.submit([wanted], context)))
        yield* TestClock.adjust("40 seconds")
        yield* Fiber.join(second)
        expect((yield* stored(1)).order.status).toBe("canceled")
        expect(ledger.posted).toBe(1)
      }).pipe(Effect.provide(ledger.layer))
    )
  })
})

describe("a cancel", () => {
  const rests = { resting: [resting(1)] }
  const cancel = (script: ReadonlyArray<Shown>, refuses = false, change: Partial<Order> = {}) => {
    const ledger = new ScriptedLedger(script, takenLive, (hash) =>
      refuses
        ? { canceled: [], notCanceled: new Map([[hash, "it is matched"]]) }
        : { canceled: [hash], notCanceled: new Map() }
    )
    return atNoon(
      Effect.gen(function* () {
        yield* stage(signed(1))
        yield* advance(1, live("live"))
        const { order } = yield* stored(1)
        const exchange = yield* LiveExchange
        const asked = yield* Effect.fork(Effect.either(exchange.cancel({ ...order, ...change })))
        yield* TestClock.adjust("40 seconds")
        return { answer: yield* Fiber.join(asked), ledger, order: (yield* stored(1)).order }
      }).pipe(Effect.provide(ledger.layer))
    )
  }

  it.effect("gives the order as it ended, with what it traded meanwhile", () =>
    Effect.map(cancel([{ trades: [trade(1, "t1", 4)] }]), ({ answer, order }) => {
      const ended = Option.getOrThrow(Either.getOrThrow(answer))
      expect(ended).toMatchObject({
        order: { status: "canceled", filledQty: toMicros(4) },
        fills: [{ qty: toMicros(4) }]
      })
      expect(order.status).toBe("canceled")
    })
  )

  it.effect("fails with the exchange's words where the order still rests", () =>
    Effect.gen(function* () {
      const refused = yield* cancel([rests], true)
      expect(Either.isLeft(refused.answer) ? refused.answer.left.message : "").toContain("it is matched")
      expect(refused.order.status).toBe("open")
      const shown = yield* cancel([rests])
      expect(Either.isLeft(shown.answer) ? shown.answer.left.message : "").toContain("still shown by the exchange")
    })
  )

  it.effect("that is refused because the order had filled shows in its trades", () =>
    Effect.map(cancel([{ trades: [trade(1, "t1", 10)] }], true), ({ answer }) => {
      expect(Option.getOrThrow(Either.getOrThrow(answer))).toMatchObject({ order: { status: "filled" }, fills: [{}] })
    })
  )

  it.effect("of what was never signed here asks nothing", () =>
    Effect.gen(function* () {
      const unsigned = yield* cancel([{}], false, { id: 7, externalId: null })
      expect(Option.isNone(Either.getOrThrow(unsigned.answer))).toBe(true)
      const foreign = yield* cancel([{}], false, { id: 7 })
      expect(Either.isLeft(foreign.answer) ? foreign.answer.left.message : "").toContain(
        "order 7 was never signed here"
      )
      expect([...unsigned.ledger.canceled, ...foreign.ledger.canceled]).toEqual([])
    })
  )
})

describe("a sync", () => {
  const sync = Effect.flatMap(VenueSync, (venueSync) => venueSync.sync)

  it.effect("counts what is not of this database, charges takers and tells what changed", () => {
    const script: ReadonlyArray<Shown> = [
      {
        resting: [resting(1), resting(8), resting(9)],
        trades: [trade(1, "t1", 4), trade(2, "t2", 6, { role: "maker" }), trade(9, "x", 1), trade(8, "x", 1)]
      },
      {}
    ]
    const ledger = new ScriptedLedger(script)
    return atNoon(
      Effect.gen(function* () {
        for (const n of [1, 2, 3]) yield* stage(signed(n))
        for (const n of [1, 2]) yield* advance(n, live("live"))
        yield* advance(3, { _tag: "Refused", venueCode: "other", detail: "no", notFilled: false })
        const report = yield* sync
        expect(report).toMatchObject({ atUs: noon, foreignOrders: 2, foreignTrades: 1, unresolved: [] })
        expect(
          report.changes.map(({ added, after }) => [after.order.id, after.order.status, added.map(({ qty }) => qty)])
        ).toEqual([
          [1, "partially_filled", [toMicros(4)]],
          [2, "partially_filled", [toMicros(6)]]
        ])
        // 4 * 0.02 * 0.25 for the taker; the maker pays nothing.
        expect(report.changes.flatMap(({ added }) => added.map(({ fee }) => fee))).toEqual([20_000, 0])
        expect(yield* (yield* LiveOrderRepo).syncedAt).toBe(noon)
        expect((yield* sync).changes).toEqual([])
      }).pipe(Effect.provide(ledger.layer))
    )
  })

  it.effect("asks for trades from ten minutes before the oldest order that it looks for", () => {
    const after: Array<number> = []
    const ledger = new ScriptedLedger([{}], matched, undefined, {
      trades: (afterUs) =>
        Effect.sync(() => {
          after.push(afterUs)
          return []
        })
    })
    return atNoon(
      Effect.gen(function* () {
        yield* stage(signed(1))
        yield* TestClock.adjust("1 hour")
        const { look } = yield* VenueSync
        expect(yield* look([])).toEqual([])
        expect(after).toEqual([])
        yield* look([yield* stored(1)])
        expect(after).toEqual([noon - 600e6])
      }).pipe(Effect.provide(ledger.layer))
    )
  })

  it.effect("finds nothing where there is no fee schedule to charge", () => {
    const ledger = new ScriptedLedger([{ trades: [trade(1, "t1", 4)] }])
    return atNoon(
      Effect.gen(function* () {
        yield* stage({ ...signed(1), fee: null })
        const [change] = (yield* sync).changes
        expect(change?.added).toMatchObject([{ qty: toMicros(4), fee: shares(0) }])
      }).pipe(Effect.provide(ledger.layer))
    )
  })
})
