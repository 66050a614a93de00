import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type OrderWish } from "../../src/domain/Execution.ts"
import { MICRO } from "../../src/domain/units.ts"
import { withTradingState } from "../../src/engine/loadTradingState.ts"
import { routeBundle } from "../../src/engine/routeBundle.ts"
import { Executors, type ExecutorShape } from "../../src/ports/Executor.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { makeMemoryJournal } from "../../src/store/memoryJournal.ts"
import { inWorld, quoted, see } from "../execution/world.ts"
import { estimateOf, type Fate, ScriptedVenue } from "./scriptedVenue.ts"

const wish = (marketId: string, limit: number): OrderWish => ({
  strategy: "s2",
  marketId,
  eventId: "e1",
  token: "YES",
  side: "buy",
  limitPrice: limit * MICRO,
  qty: 10 * MICRO,
  tif: "ioc",
  signalId: null
})

const exchange = (venue: ScriptedVenue): ExecutorShape => ({
  atomic: venue.atomic,
  submit: venue.submit,
  estimate: (orders) => Effect.succeed(orders.map(estimateOf)),
  refresh: () => Effect.succeed([]),
  cancel: () => Effect.succeedNone
})

/** Two legs over the whole way of an order, at an exchange that takes one order at a time. */
const route = (script: ReadonlyArray<Fate>) =>
  inWorld(
    Effect.gen(function* () {
      const venue = exchange(new ScriptedVenue(script))
      const journal = makeMemoryJournal()
      yield* see(quoted("m1", 0.39, 0.4), quoted("m2", 0.29, 0.3))
      const outcome = yield* withTradingState(["m1", "m2"], (state) =>
        routeBundle(state, {
          wishes: [wish("m1", 0.4), wish("m2", 0.3)],
          mode: "paper",
          confirmed: false,
          shortage: "buy_other",
          strictLimit: false
        })
      ).pipe(Effect.provideService(Executors, { paper: venue, live: venue }), Effect.provide(journal.layer))
      const trades = yield* TradeRepo
      const orders = yield* trades.orders({ limit: 10, status: "all", strategy: null })
      return {
        outcome,
        journal: journal.entries.map(({ kind }) => kind),
        orders: orders
          .map((order) => `${order.side} ${order.filledQty / MICRO}/${order.qty / MICRO} ${order.status}`)
          .sort(),
        held: (yield* trades.positions).flatMap(({ marketId, qty }) =>
          qty === 0 ? [] : [`${qty / MICRO} ${marketId}`]
        )
      }
    })
  )

describe("a bundle that an exchange fills in part", () => {
  it.effect("is stored with its unwinding, and nothing is held", () =>
    Effect.gen(function* () {
      const found = yield* route(["filled", "refused", "filled"])
      expect(found).toMatchObject({
        outcome: { _tag: "Accepted", alarm: null },
        journal: ["decision", "result"],
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
        outcome: { _tag: "Accepted", alarm: { kind: "bundle stranded" } },
        journal: ["decision", "result", "alarm"],
        orders: ["buy 0/10 open", "buy 10/10 filled"],
        held: ["10 m1"]
      })
    })
  )

  it.effect("of which nothing filled is refused", () =>
    Effect.gen(function* () {
      const found = yield* route(["refused"])
      expect(found).toMatchObject({ outcome: { _tag: "Refused", by: "venue" }, held: [] })
    })
  )
})
