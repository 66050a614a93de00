import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { MICROS_PER_MS } from "../../src/domain/time.ts"
import { toMicros } from "../../src/domain/units.ts"
import { executeSignal } from "../../src/engine/commands/executeSignal.ts"
import { SignalRepo } from "../../src/ports/SignalRepo.ts"
import { SwitchRepo } from "../../src/ports/SwitchRepo.ts"
import { temporaryFolder } from "../store/support.ts"
import {
  allFills,
  allOrders,
  allPositions,
  inDatabase,
  insert,
  inWorld,
  noon,
  place,
  quoted,
  see,
  signal,
  signalStatus
} from "../execution/world.ts"
import { orderMessage } from "../../src/domain/Order.ts"

const byId = (id: number) => executeSignal({ pick: { _tag: "id", id }, mode: "paper", confirmed: false })
const next = (count: number) => executeSignal({ pick: { _tag: "next", count }, mode: "paper", confirmed: false })

const s8 = (hedgePrice = 0.05) =>
  signal({
    strategy: "s8",
    marketId: "carry",
    targetPrice: 0.9,
    sizeHint: 20,
    payload: {
      primary_leg: { token: "NO", market_id: "carry", qty: 20, price: 0.9 },
      tail_hedge: { token: "YES", market_id: "tail", qty: 40, price: hedgePrice }
    }
  })

describe("execute-signal", () => {
  it.effect("turns a signal into an immediate order at the market's price", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.1, 0.12))
        const [id = 0] = yield* insert(signal({ targetPrice: 0.125, sizeHint: 20.129 }))
        const report = yield* byId(id)
        expect(report.executions).toMatchObject([{ signalIds: [id], status: "executed", reason: "" }])
        expect(yield* allOrders).toMatchObject([
          { strategy: "s4", signalId: id, tif: "ioc", status: "filled", qty: toMicros(20.12), action: "open" }
        ])
        expect(yield* allFills).toMatchObject([{ price: toMicros(0.12), qty: toMicros(20.12) }])
        expect(yield* signalStatus(id)).toBe("executed")
        const again = yield* Effect.flip(byId(id))
        expect(again.message).toBe(`--signal-id: signal ${id} is already executed`)
        expect((yield* Effect.flip(byId(99))).message).toBe("signal 99 does not exist")
      })
    )
  )

  it.effect("rejects a signal whose price the market does not give", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.88, 0.9))
        const [id = 0] = yield* insert(signal({ targetPrice: 0.1 }))
        const report = yield* byId(id)
        expect(report.executions).toMatchObject([
          { status: "rejected", reason: "not marketable: ask 0.9000 > limit 0.1000" }
        ])
        expect(yield* allOrders).toMatchObject([{ status: "canceled", filledQty: 0 }])
        expect(yield* signalStatus(id)).toBe("rejected")
      })
    )
  )

  it.effect("fills the primary leg and the tail hedge of S8 together, each in its market's event", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("carry", 0.1, 0.12), quoted("tail", 0.04, 0.05, { eventId: "e2" }))
        const [id = 0] = yield* insert(s8())
        yield* byId(id)
        expect(yield* allOrders).toMatchObject([
          { marketId: "carry", token: "NO", eventId: "e1", status: "filled", signalId: id },
          { marketId: "tail", token: "YES", eventId: "e2", status: "filled", signalId: id }
        ])
        expect((yield* allFills).map(({ price }) => price)).toEqual([toMicros(0.9), toMicros(0.05)])
      })
    )
  )

  for (const [what, hedge, reason] of [
    ["finds no seller", quoted("tail", 0.08, 0.09), "not marketable: ask 0.0900 > limit 0.0500"],
    ["is in a closed market", quoted("tail", 0.04, 0.05, { status: "closed" }), "market closed"]
  ] as const) {
    it.effect(`fills nothing when the hedge ${what}`, () =>
      inWorld(
        Effect.gen(function* () {
          yield* see(quoted("carry", 0.1, 0.12), hedge)
          const [id = 0] = yield* insert(s8())
          const report = yield* byId(id)
          expect(report.executions).toMatchObject([{ status: "rejected", reason }])
          const orders = yield* allOrders
          expect(orders.map(orderMessage)).toEqual([`bundle incomplete: tail YES: ${reason}`, reason])
          expect(orders.every(({ filledQty }) => filledQty === 0)).toBe(true)
          expect(yield* allFills).toEqual([])
          expect(yield* allPositions).toEqual([])
          expect(yield* signalStatus(id)).toBe("rejected")
        })
      )
    )
  }

  it.effect("holds the sum of a bundle to the limits", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("carry", 0.1, 0.12), quoted("tail", 0.04, 0.05, { eventId: "e2" }))
        const [id = 0] = yield* insert(s8())
        const report = yield* byId(id)
        // 18 USDC of NO and 2 USDC of YES: either alone would pass.
        expect(report.executions[0]?.reason).toBe("strategy notional limit exceeded: 20.00 > 19.00")
        expect((yield* allOrders).map(({ status }) => status)).toEqual(["rejected", "rejected"])
        expect(yield* allFills).toEqual([])
      }),
      { risk: { max_strategy_notional: 19 } }
    )
  )

  it.effect("buys the other outcome for what a sale lacks: the sell leg of S1", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("cheap", 0.4, 0.41), quoted("dear", 0.5, 0.52))
        const [id = 0] = yield* insert(
          signal({
            strategy: "s1",
            marketId: "cheap",
            targetPrice: 0.41,
            sizeHint: 10,
            payload: { sell_leg: { source: "clob", market_id: "dear", mid: 0.5 } }
          })
        )
        yield* byId(id)
        expect(yield* allOrders).toMatchObject([
          { marketId: "cheap", token: "YES", side: "buy", status: "filled" },
          { marketId: "dear", token: "NO", side: "buy", limitPrice: toMicros(0.505), status: "filled" }
        ])
        expect((yield* allFills)[1]).toMatchObject({ token: "NO", price: toMicros(0.5) })
      })
    )
  )

  it.effect("sells what is held first, and never more", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.5, 0.51))
        yield* place({ strategy: "s2", price: 0.51, qty: 4 })
        const [id = 0] = yield* insert(signal({ strategy: "s2", side: "sell", targetPrice: 0.5, sizeHint: 10 }))
        const { executions } = yield* byId(id)
        const sale = { token: "YES", side: "sell", action: "close", qty: toMicros(4), status: "filled" }
        const purchase = { token: "NO", side: "buy", action: "open", qty: toMicros(6), status: "filled" }
        expect(executions[0]?.orders.map(({ order }) => order)).toMatchObject([sale, purchase])
        // Stored as they were sent: the larger one is the harder to fill, and goes first.
        expect((yield* allOrders).slice(1)).toMatchObject([purchase, sale])
        expect(yield* allPositions).toMatchObject([
          { token: "NO", qty: toMicros(6) },
          { token: "YES", qty: 0 }
        ])
      })
    )
  )

  const basket = (marketId: string) =>
    signal({ strategy: "s2", marketId, targetPrice: 0.3, payload: { basket_markets: ["a", "b", "c"] } })

  it.effect("executes the signals of a basket as one, whichever of them is named", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("a", 0.2, 0.25), quoted("b", 0.2, 0.25), quoted("c", 0.2, 0.25))
        const ids = yield* insert(basket("a"), basket("b"), basket("c"))
        const report = yield* byId(ids[1] ?? 0)
        expect(report.executions).toMatchObject([{ signalIds: ids, status: "executed" }])
        expect((yield* allOrders).map(({ marketId, signalId }) => [marketId, signalId])).toEqual([
          ["a", ids[0]],
          ["b", ids[1]],
          ["c", ids[2]]
        ])
        for (const id of ids) expect(yield* signalStatus(id)).toBe("executed")
      })
    )
  )

  it.effect("executes no leg of a basket when one cannot fill, and leaves other baskets alone", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("a", 0.2, 0.25), quoted("b", 0.2, 0.25), quoted("c", 0.4, 0.45))
        const ids = yield* insert(basket("a"), basket("b"), basket("c"))
        yield* TestClock.adjust("1 minute")
        const [later = 0] = yield* insert(basket("a"))
        const report = yield* next(1)
        expect(report.executions).toMatchObject([{ signalIds: ids, status: "rejected" }])
        expect(yield* allFills).toEqual([])
        for (const id of ids) expect(yield* signalStatus(id)).toBe("rejected")
        expect(yield* signalStatus(later)).toBe("new")
      })
    )
  )

  it.effect("takes the oldest new signals in turn, a basket once", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("a", 0.2, 0.25), quoted("b", 0.2, 0.25), quoted("m1", 0.4, 0.5))
        const ids = yield* insert(basket("a"), signal(), basket("b"), signal())
        const report = yield* next(3)
        expect(report.executions.map(({ signalIds }) => signalIds)).toEqual([[ids[0], ids[2]], [ids[1]]])
        expect(report.stoppedBy).toBeNull()
        expect(yield* signalStatus(ids[3] ?? 0)).toBe("new")
        expect((yield* next(5)).executions).toHaveLength(1)
        expect((yield* next(5)).executions).toEqual([])
      })
    )
  )

  it.effect("stops the batch when the kill switch is thrown, and leaves its signals new", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.4, 0.5))
        const ids = yield* insert(signal(), signal(), signal())
        yield* byId(ids[0] ?? 0)
        yield* (yield* SwitchRepo).set("KILL_SWITCH", true, noon)
        const report = yield* next(5)
        expect(report.stoppedBy).toMatch(/^kill switch: /)
        expect(report.executions).toMatchObject([{ signalIds: [ids[1]], status: "new" }])
        expect((yield* allOrders).map(({ status }) => status)).toEqual(["filled", "rejected"])
        expect((yield* (yield* SignalRepo).pending(9)).map(({ id }) => id)).toEqual([ids[1], ids[2]])
      })
    )
  )

  it.effect("never executes a signal live in this version, and leaves it new", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.4, 0.5))
        const [id = 0] = yield* insert(signal())
        const report = yield* executeSignal({ pick: { _tag: "id", id }, mode: "live", confirmed: true })
        expect(report.executions).toMatchObject([{ status: "new" }])
        expect(yield* allOrders).toMatchObject([{ mode: "live", status: "rejected", externalId: null }])
        expect(yield* allFills).toEqual([])
        expect(yield* signalStatus(id)).toBe("new")
      }),
      { trading: { enable_live_trading: true } }
    )
  )
})

describe("several at once", () => {
  it.effect("two fibers that execute one signal execute it once", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.4, 0.5))
        const [id = 0] = yield* insert(signal())
        const reports = yield* Effect.all([next(1), next(1), next(1)], { concurrency: "unbounded" })
        const statuses = reports.flatMap(({ executions }) => executions.map(({ status }) => status))
        expect(statuses.filter((status) => status === "executed")).toHaveLength(1)
        expect(yield* allOrders).toHaveLength(1)
        expect(yield* allFills).toHaveLength(1)
        expect(yield* signalStatus(id)).toBe("executed")
      })
    )
  )

  it.effect("two processes on one database execute every signal once", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const path = join(yield* temporaryFolder, "shared.db")
        yield* TestClock.setTime(noon / MICROS_PER_MS)
        const signals = Array.from({ length: 12 }, () => signal())
        yield* inDatabase(path, Effect.zipRight(see(quoted("m1", 0.4, 0.5)), insert(...signals)))
        yield* Effect.all([inDatabase(path, next(12)), inDatabase(path, next(12))], { concurrency: 2 })
        yield* inDatabase(
          path,
          Effect.gen(function* () {
            const orders = yield* allOrders
            expect(orders.map(({ signalId }) => signalId).sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual(
              signals.map((_, index) => index + 1)
            )
            expect(yield* allPositions).toMatchObject([{ qty: toMicros(120) }])
          })
        )
      })
    )
  )

  it.effect("orders that race for the same room under a cap never exceed it together", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.4, 0.5))
        yield* Effect.all(
          Array.from({ length: 6 }, () => place({ qty: 60 })),
          { concurrency: "unbounded" }
        )
        expect((yield* allOrders).filter(({ status }) => status === "filled")).toHaveLength(3)
      }),
      { risk: { max_strategy_notional: 100 } }
    )
  )

  it.effect("sales that race for what is held never sell it twice", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.4, 0.5))
        yield* place({ qty: 10 })
        yield* Effect.all(
          Array.from({ length: 3 }, () => Effect.either(place({ side: "sell", price: 0.4, qty: 10 }))),
          { concurrency: "unbounded" }
        )
        expect(yield* allPositions).toMatchObject([{ qty: 0 }])
        expect(yield* allFills).toHaveLength(2)
      })
    )
  )
})
