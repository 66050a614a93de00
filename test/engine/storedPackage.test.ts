import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { MICRO } from "../../src/domain/units.ts"
import { runPackages } from "../../src/engine/session/runPackages.ts"
import { Executors, type ExecutorShape } from "../../src/ports/Executor.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { makeMemoryJournal } from "../../src/store/memoryJournal.ts"
import { inWorld, quoted, see } from "../execution/world.ts"
import { type Answer, legOrder, ScriptedVenue } from "./scriptedVenue.ts"

/** Journal entries of what the engine was given; the others are what it did. */
const inputs: ReadonlySet<string> = new Set(["account", "switches", "markets", "request", "report"])

/** Two legs over the whole way of an order, at an exchange that takes one order at a time. */
const route = (script: ReadonlyArray<Answer>) =>
  inWorld(
    Effect.gen(function* () {
      const live: ExecutorShape = {
        capabilities: { foresees: false, parallel: false },
        exchange: new ScriptedVenue(script).exchange
      }
      const journal = makeMemoryJournal()
      yield* see(quoted("m1", 0.39, 0.4), quoted("m2", 0.29, 0.3))
      const [result] = yield* runPackages({
        mode: "live",
        marketIds: ["m1", "m2"],
        packages: [
          () => ({
            ...{ strategy: "s2", eventId: "e1", signalIds: [], asked: [], confirmed: true },
            ...{ legs: [legOrder("m1", 0.4), legOrder("m2", 0.3)], shortage: "buy_other", strictLimit: false }
          })
        ]
      }).pipe(Effect.provideService(Executors, { paper: live, live }), Effect.provide(journal.layer))
      const trades = yield* TradeRepo
      const orders = yield* trades.orders({ limit: 10, status: "all", strategy: null })
      return {
        ended: result?.ended,
        journal: journal.entries.flatMap(({ kind }) => (inputs.has(kind) ? [] : [kind])),
        reported: result?.orders.map(({ order }) => order.id),
        orders: orders
          .map((order) => `${order.side} ${order.filledQty / MICRO}/${order.qty / MICRO} ${order.status}`)
          .sort(),
        held: (yield* trades.positions).flatMap(({ marketId, qty }) =>
          qty === 0 ? [] : [`${qty / MICRO} ${marketId}`]
        )
      }
    }),
    { trading: { enable_live_trading: true } }
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
})
