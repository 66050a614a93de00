import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { MICRO } from "../../src/domain/units.ts"
import { runPackages } from "../../src/engine/session/runPackages.ts"
import { type Exchange, Executors, type ExecutorShape } from "../../src/ports/Executor.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { makeMemoryJournal } from "../../src/store/memoryJournal.ts"
import { inWorld, quoted, see } from "../execution/world.ts"
import { type Answer, legOrder, ScriptedVenue } from "./scriptedVenue.ts"

/** Journal entries of what the engine was given; the others are what it did. */
const inputs: ReadonlySet<string> = new Set(["account", "switches", "markets", "request", "report"])

/** Two legs over the whole way of an order, at an exchange that takes one order at a time. */
const pair = (exchange: Exchange) => {
  const live: ExecutorShape = { capabilities: { foresees: false, parallel: false }, exchange }
  return runPackages({
    mode: "live",
    marketIds: ["m1", "m2"],
    packages: [
      () => ({
        ...{ strategy: "s2", eventId: "e1", signalIds: [], asked: [], confirmed: true },
        ...{ legs: [legOrder("m1", 0.4), legOrder("m2", 0.3)], shortage: "buy_other", strictLimit: false }
      })
    ]
  }).pipe(Effect.provideService(Executors, { paper: live, live }))
}

const seeBoth = see(quoted("m1", 0.39, 0.4), quoted("m2", 0.29, 0.3))
const tradesLive = { trading: { enable_live_trading: true } }

const route = (script: ReadonlyArray<Answer>) =>
  inWorld(
    Effect.gen(function* () {
      const journal = makeMemoryJournal()
      yield* seeBoth
      const [result] = yield* pair(new ScriptedVenue(script).exchange).pipe(Effect.provide(journal.layer))
      const trades = yield* TradeRepo
      const orders = yield* trades.orders({ limit: 10, status: "all", strategy: null })
      return {
        ended: result?.ended,
        journal: journal.entries.flatMap(({ kind }) => (inputs.has(kind) ? [] : [kind])),
        orders: orders
          .map((order) => `${order.side} ${order.filledQty / MICRO}/${order.qty / MICRO} ${order.status}`)
          .sort(),
        held: (yield* trades.positions).flatMap(({ marketId, qty }) =>
          qty === 0 ? [] : [`${qty / MICRO} ${marketId}`]
        )
      }
    }),
    tradesLive
  )

describe("a package that an exchange fills in part", () => {
  it.effect("is stored with its unwinding, and nothing is held", () =>
    Effect.gen(function* () {
      const found = yield* route(["filled", "refused", "filled"])
      expect(found).toMatchObject({
        ended: { outcome: "unwound", alarm: null, refusal: null },
        journal: ["decision", "order", "order", "order", "package"],
        orders: ["buy 0/10 rejected", "buy 10/10 filled", "sell 10/10 filled"],
        held: []
      })
    })
  )

  it.effect("is held in one proportion", () =>
    Effect.gen(function* () {
      const found = yield* route(["partial"])
      expect(found.orders).toStrictEqual(["buy 4/10 canceled", "buy 4/10 canceled"])
      expect(found.held.sort()).toStrictEqual(["4 m1", "4 m2"])
    })
  )

  it.effect("raises an alarm in the journal when it is stranded, and keeps what is not known open", () =>
    Effect.gen(function* () {
      const found = yield* route(["filled", "unknown"])
      expect(found).toMatchObject({
        ended: { outcome: "stranded", alarm: { kind: "bundle stranded" }, refusal: null },
        journal: ["decision", "order", "order", "package", "alarm"],
        orders: ["buy 0/10 open", "buy 10/10 filled"],
        held: ["10 m1"]
      })
    })
  )

  it.effect("of which nothing filled is refused", () =>
    Effect.gen(function* () {
      const found = yield* route(["refused"])
      expect(found).toMatchObject({ ended: { outcome: "nothing", refusal: { by: "venue" } }, held: [] })
    })
  )

  it.effect("is seen to its end when the command is interrupted meanwhile", () =>
    inWorld(
      Effect.gen(function* () {
        const reached = yield* Deferred.make<void>()
        const open = yield* Deferred.make<void>()
        const venue = new ScriptedVenue(["filled", "refused"])
        yield* seeBoth
        const waits = Effect.zipRight(Deferred.succeed(reached, undefined), Deferred.await(open))
        const command = pair({
          ...venue.exchange,
          submit: (orders, context) => Effect.zipRight(waits, venue.submit(orders, context))
        })
        const fiber = yield* Effect.fork(command)
        yield* Deferred.await(reached)
        const stop = yield* Effect.fork(Fiber.interrupt(fiber))
        yield* Effect.yieldNow()
        yield* Deferred.succeed(open, undefined)
        yield* Fiber.join(stop)
        expect(venue.sent).toHaveLength(3)
        expect(venue.net.get("m1")).toBe(0)
        const trades = yield* TradeRepo
        expect(yield* trades.orders({ limit: 10, status: "all", strategy: null })).toHaveLength(3)
      }),
      tradesLive
    )
  )
})
