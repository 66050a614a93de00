import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { InputError } from "../../src/domain/errors.ts"
import { type NewSignal } from "../../src/domain/Signal.ts"
import { MICRO, toMicros } from "../../src/domain/units.ts"
import { executeSignal } from "../../src/engine/commands/executeSignal.ts"
import { settleUp } from "../../src/engine/commands/settleUp.ts"
import { allFills, allOrders, insert, inWorld, place, quoted, see, signal } from "../execution/world.ts"

// Every command here reads the database anew, as a process of its own does.

const execute = executeSignal({ pick: { _tag: "next", count: 10 }, mode: "paper", confirmed: false })

const rests = (fields: Partial<NewSignal>): NewSignal => ({
  ...signal({ marketId: "m1", targetPrice: 0.45, sizeHint: 10 }),
  style: "passive",
  timeToLiveSec: 600,
  ...fields
})

describe("an order with a time to live, from command to command", () => {
  it.effect("has ended before a later quote may fill it, also when no program ran meanwhile", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.49, 0.51))
        yield* place({ price: 0.45, ttlSec: 600 })
        yield* TestClock.adjust("9 minutes")
        // Seen at the very end of it.
        yield* see(quoted("m1", 0.4, 0.42))
        yield* settleUp
        expect(yield* allOrders).toMatchObject([
          { status: "expired", filledQty: 0, reason: { code: "time to live over", limit: 600 * MICRO } }
        ])
        expect(yield* allFills).toEqual([])
      })
    )
  )

  it.effect("is filled by a quote from before its end, however late that is looked at", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.49, 0.51))
        yield* place({ price: 0.45, ttlSec: 600 })
        yield* see(quoted("m1", 0.4, 0.42))
        yield* TestClock.adjust("1 hour")
        yield* settleUp
        expect(yield* allOrders).toMatchObject([{ status: "filled", reason: null }])
        expect(yield* allFills).toMatchObject([{ price: toMicros(0.45), qty: toMicros(10) }])
      })
    )
  )

  it.effect("is refused for an order that may not rest", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.49, 0.51))
        const error = yield* Effect.flip(place({ price: 0.45, tif: "ioc", ttlSec: 600 }))
        expect(error).toBeInstanceOf(InputError)
        expect(error.message).toContain("--ttl-sec")
      })
    )
  )

  it.effect("is followed by its hedge in the process that sees the fill, and not traded twice meanwhile", () =>
    inWorld(
      Effect.gen(function* () {
        const { legs } = signal({
          payload: {
            primary_leg: { token: "YES", market_id: "m1", qty: 10, price: 0.45 },
            tail_hedge: { token: "YES", market_id: "m2", qty: 20, price: 0.1 }
          }
        })
        yield* see(quoted("m1", 0.49, 0.51), quoted("m2", 0.08, 0.12))
        yield* insert(rests({ legs }))
        yield* execute
        yield* insert(rests({ legs }))
        expect((yield* execute).executions).toMatchObject([{ status: "rejected", reason: "an order rests already" }])
        yield* see(quoted("m1", 0.4, 0.42))
        yield* settleUp
        expect((yield* allOrders).filter(({ status }) => status !== "rejected")).toMatchObject([
          { marketId: "m1", status: "filled", signalId: 1 },
          { marketId: "m2", status: "open", qty: 20 * MICRO, limitPrice: toMicros(0.1), signalId: 1 }
        ])
        yield* see(quoted("m2", 0.07, 0.09))
        yield* settleUp
        expect((yield* allFills).map(({ marketId, price, qty }) => [marketId, price / MICRO, qty / MICRO])).toEqual([
          ["m1", 0.45, 10],
          ["m2", 0.1, 20]
        ])
      })
    )
  )
})

describe("the displayed size, from command to command", () => {
  it.effect("is taken once, whichever process takes it, until the market is seen anew", () =>
    inWorld(
      Effect.gen(function* () {
        // 100 USDC, half of it on the asked side at 0.40: 125 shares.
        yield* see(quoted("m1", 0.38, 0.4, { liquidity: 100 }))
        yield* place({ price: 0.4, qty: 100, tif: "ioc" })
        yield* place({ price: 0.4, qty: 100, tif: "ioc", strategy: "other" })
        yield* place({ price: 0.4, qty: 100, tif: "ioc" })
        const filled = Effect.map(allOrders, (orders) => orders.map(({ filledQty }) => filledQty / MICRO))
        expect(yield* filled).toEqual([100, 25, 0])
        // The sale of NO takes from the same side as the purchase of YES, the purchase of NO from the other.
        yield* place({ token: "NO", price: 0.62, qty: 20, tif: "ioc" })
        expect((yield* filled).at(-1)).toBe(20)
        yield* see(quoted("m1", 0.38, 0.4, { liquidity: 100 }))
        yield* place({ price: 0.4, qty: 130, tif: "ioc" })
        expect((yield* filled).at(-1)).toBe(125)
      })
    )
  )
})
