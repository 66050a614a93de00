import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { toMicros } from "../../src/domain/units.ts"
import { cancelOrder } from "../../src/engine/commands/cancelOrder.ts"
import { settleUp } from "../../src/engine/commands/settleUp.ts"
import { type PlaceRequest } from "../../src/engine/commands/placeOrder.ts"
import { SwitchRepo } from "../../src/ports/SwitchRepo.ts"
import { allFills, allOrders, allPositions, inWorld, noon, place, quoted, see } from "../execution/world.ts"

const refusals: ReadonlyArray<readonly [Partial<PlaceRequest>, string]> = [
  [{ marketId: "nope" }, "market nope does not exist"],
  [{ price: 0 }, "--price: must be above 0 and below 1, not 0"],
  [{ price: 1 }, "--price: must be above 0 and below 1, not 1"],
  [{ price: Number.NaN }, "--price: must be above 0 and below 1, not NaN"],
  [{ price: 0.415 }, "--price: must be a multiple of the market's tick 0.01, not 0.415"],
  [{ price: 0.005 }, "--price: must be a multiple of the market's tick 0.01, not 0.005"],
  [{ qty: 4.99 }, "--qty: below minimum size: 4.99 < 5.00"],
  [{ qty: 0.001 }, "--qty: must be a multiple of 0.01 share, not 0.001"],
  [{ qty: 10.005 }, "--qty: must be a multiple of 0.01 share, not 10.005"],
  [{ qty: 0 }, "--qty: must be above 0, not 0"],
  [{ qty: -5 }, "--qty: must be above 0, not -5"],
  [{ qty: Number.POSITIVE_INFINITY }, "--qty: must be above 0, not Infinity"],
  [{ qty: 2e9 }, "--qty: must be at most 1000000000, not 2000000000"],
  [{ qty: 1.5, tif: "ioc" }, "--qty: below minimum notional: 0.75 < 1.00"],
  [
    { side: "sell", qty: 5 },
    "--side: manual holds no YES of market m1; there is no naked short: buy NO at 1 - price instead"
  ]
]

describe("place-order", () => {
  it.effect("refuses what no order may be, names the option, and stores nothing", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.4, 0.42, { tickSize: 0.01, minOrderSize: 5 }))
        for (const [fields, message] of refusals) {
          expect((yield* Effect.flip(place(fields))).message).toBe(message)
        }
        expect(yield* allOrders).toEqual([])
      })
    )
  )

  it.effect("takes every price of a market's grid, and the finest grid where the market names none", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("fine", 0.4, 0.42, { tickSize: 0.001 }), quoted("unsaid", 0.4, 0.42))
        for (const price of [0.001, 0.007, 0.123, 0.399]) yield* place({ marketId: "fine", price, qty: 5 })
        yield* place({ marketId: "unsaid", price: 0.0975, qty: 5 })
        expect((yield* allOrders).every(({ status }) => status === "open")).toBe(true)
        expect((yield* Effect.flip(place({ marketId: "unsaid", price: 0.09755 }))).message).toContain("tick 0.0001")
      })
    )
  )

  it.effect("closes what is held, in part or to the last unit, and never more", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.4, 0.42, { minOrderSize: 5 }))
        yield* place({ price: 0.42, qty: 10 })
        const tooMuch = yield* Effect.flip(place({ side: "sell", price: 0.4, qty: 11 }))
        expect(tooMuch.message).toMatch(/^--qty: manual can close 10 YES of market m1, not 11; /)
        // A sale that rests keeps its shares from being sold again.
        yield* place({ side: "sell", price: 0.9, qty: 7 })
        const kept = yield* Effect.flip(place({ side: "sell", price: 0.4, qty: 4 }))
        expect(kept.message).toMatch(/^--qty: manual can close 3 YES of market m1 \(7 more rest in sell orders\)/)
        // Below the exchange's minimum, yet closing stays possible.
        yield* place({ side: "sell", price: 0.4, qty: 3 })
        yield* cancelOrder(2)
        yield* place({ side: "sell", price: 0.4, qty: 7 })
        expect(yield* allPositions).toMatchObject([{ qty: 0, cost: 0, realized: toMicros(-0.2) }])
        expect((yield* allOrders).map(({ action }) => action)).toEqual(["open", "close", "close", "close"])
      })
    )
  )

  it.effect("keeps the positions of strategies apart", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.4, 0.42))
        yield* place({ price: 0.42, qty: 10, strategy: "mine" })
        const error = yield* Effect.flip(place({ side: "sell", price: 0.4, qty: 5, strategy: "yours" }))
        expect(error.message).toMatch(/^--side: yours holds no YES/)
      })
    )
  )
})

describe("cancel-order", () => {
  it.effect("cancels what rests, whatever the kill switch says, and keeps what had filled", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.4, 0.42, { liquidity: 500 }))
        yield* place({ price: 0.42, qty: 10 })
        yield* (yield* SwitchRepo).set("KILL_SWITCH", true, noon)
        expect(yield* cancelOrder(1)).toMatchObject({ status: "canceled", filledQty: toMicros(5) })
        yield* see(quoted("m1", 0.2, 0.22))
        yield* settleUp
        expect(yield* allFills).toHaveLength(1)
        expect((yield* Effect.flip(cancelOrder(1))).message).toBe("--order-id: order 1 is already canceled")
        expect((yield* Effect.flip(cancelOrder(7))).message).toBe("order 7 does not exist")
      }),
      { execution: { enable_partial_fill: true } }
    )
  )

  it.effect("that races with a fill ends in one of the two, never in both", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.4, 0.42))
        yield* place({ price: 0.3, qty: 10 })
        yield* see(quoted("m1", 0.2, 0.22))
        yield* Effect.all([Effect.either(cancelOrder(1)), settleUp], { concurrency: 2 })
        const [order] = yield* allOrders
        const fills = yield* allFills
        expect(fills).toHaveLength(order?.status === "filled" ? 1 : 0)
        expect(["filled", "canceled"]).toContain(order?.status)
      })
    )
  )

  it.effect("the kill switch stops new orders only: what rests still fills", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.4, 0.42))
        yield* place({ price: 0.3, qty: 10 })
        yield* (yield* SwitchRepo).set("KILL_SWITCH", true, noon)
        yield* see(quoted("m1", 0.2, 0.22))
        expect((yield* settleUp).orders).toMatchObject([{ order: { status: "filled" } }])
      })
    )
  )
})
