import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { toMicros } from "../../src/domain/units.ts"
import { riskStatus } from "../../src/engine/commands/riskStatus.ts"
import { DrawdownRepo } from "../../src/ports/DrawdownRepo.ts"
import { nowUs } from "../../src/engine/now.ts"
import { reasonOf as reason } from "./outcome.ts"
import { inWorld, place, quoted, see } from "./world.ts"

const fee = { rate: 0.05, exponent: 1, takerOnly: true, rebateRate: 0 }
const oracle = (state: "proposed" | "disputed") => ({
  resolution: { state, proposedAtUs: null, disputedAtUs: null, finalAtUs: null, contradiction: null }
})

describe("the bankroll", () => {
  it.effect(
    "pays for notional and fee, gives back what a sale brings, and knows what resting orders may still cost",
    () =>
      inWorld(
        Effect.gen(function* () {
          yield* see(quoted("m1", 0.49, 0.5, { fee }), quoted("m2", 0.49, 0.5, { eventId: "e2" }))
          // 80 shares at 0.50 and a fee of 80 * 0.05 * 0.25 = 1.
          expect(reason(yield* place({ qty: 80, tif: "ioc" }))).toBe("Accepted")
          expect((yield* riskStatus).bankroll).toStrictEqual({ used: toMicros(41), free: toMicros(59) })
          expect(reason(yield* place({ qty: 118.01, marketId: "m2", tif: "ioc" }))).toBe(
            "buying power exceeded: 100.005000 > 100.000000"
          )
          expect(reason(yield* place({ qty: 118, marketId: "m2", price: 0.45 }))).toBe("Accepted")
          expect((yield* riskStatus).bankroll).toStrictEqual({ used: toMicros(94.1), free: toMicros(5.9) })
          expect(reason(yield* place({ qty: 11.81, marketId: "m2", strategy: "b", tif: "ioc" }))).toBe(
            "buying power exceeded: 100.005000 > 100.000000"
          )
          expect(reason(yield* place({ qty: 11.8, marketId: "m2", strategy: "b", tif: "ioc" }))).toBe("Accepted")
          expect((yield* riskStatus).bankroll).toStrictEqual({ used: toMicros(100), free: toMicros(0) })
          // 80 shares bought for 41 come back as 39.20 less a fee of 80 * 0.05 * 0.49 * 0.51 = 0.9996, in steps of 0.00001.
          expect(reason(yield* place({ side: "sell", qty: 80, price: 0.49, tif: "ioc" }))).toBe("Accepted")
          expect((yield* riskStatus).bankroll?.free).toBe(toMicros(39.2 - 0.9996))
        }),
        { risk: { buying_power: 100 } }
      )
  )
})

describe("the drawdown stop", () => {
  it.effect("counts what is lost at the newest prices, survives the process, and begins anew when it is reset", () =>
    inWorld(
      Effect.gen(function* () {
        const small = place({ qty: 2, marketId: "m2", tif: "ioc" })
        yield* see(quoted("m1", 0.49, 0.5), quoted("m2", 0.49, 0.5, { eventId: "e2" }))
        // Bought at the ask of 0.50, marked at 0.495: each share has lost half a cent.
        expect(reason(yield* place({ qty: 100, tif: "ioc" }))).toBe("Accepted")
        expect((yield* riskStatus).drawdown).toStrictEqual({
          equity: toMicros(-0.5),
          peak: toMicros(0),
          fall: toMicros(0.5)
        })
        yield* see(quoted("m1", 0.69, 0.71), quoted("m2", 0.49, 0.5, { eventId: "e2" }))
        expect(reason(yield* small)).toBe("Accepted")
        expect((yield* riskStatus).drawdown?.peak).toBe(toMicros(20))
        yield* see(quoted("m1", 0.59, 0.61), quoted("m2", 0.49, 0.5, { eventId: "e2" }))
        expect(reason(yield* small)).toBe("drawdown stop triggered: 10.01 >= 10.00")
        // Getting out is always possible.
        expect(reason(yield* place({ side: "sell", qty: 1, price: 0.59, tif: "ioc" }))).toBe("Accepted")
        const repo = yield* DrawdownRepo
        expect(yield* repo.read).toMatchObject({ peak: toMicros(20), resets: 0 })
        yield* repo.reset(yield* nowUs)
        expect((yield* riskStatus).drawdown?.fall).toBe(toMicros(0))
        expect(reason(yield* small)).toBe("Accepted")
        expect(yield* repo.read).toMatchObject({ peak: toMicros(9.98), resets: 1 })
        // A peak of before the reset, which another process still holds, is not stored.
        yield* repo.raise(toMicros(20), yield* nowUs, 0)
        expect((yield* repo.read).peak).toBe(toMicros(9.98))
      }),
      { risk: { max_drawdown: 10 } }
    )
  )

  it.effect("keeps nothing while it is off", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.49, 0.5))
        expect(reason(yield* place({ qty: 100, tif: "ioc" }))).toBe("Accepted")
        expect((yield* (yield* DrawdownRepo).read).peak).toBeNull()
        expect(yield* riskStatus).toMatchObject({ drawdown: null, bankroll: null, totalNotional: null })
      })
    )
  )
})

describe("caps on what is at stake", () => {
  it.effect("hold one market and the whole book, over all strategies and what rests", () =>
    inWorld(
      Effect.gen(function* () {
        const other = { conditionId: "0xabc", eventId: "e2" }
        yield* see(quoted("m1", 0.49, 0.5), quoted("m2", 0.49, 0.5, other), {
          ...quoted("m3", 0.49, 0.5, other),
          source: "clob"
        })
        expect(reason(yield* place({ qty: 100, price: 0.4, marketId: "m2" }))).toBe("Accepted")
        // The other source's row is the same contract.
        expect(reason(yield* place({ qty: 30, marketId: "m3", strategy: "b", tif: "ioc" }))).toBe(
          "market notional limit exceeded: 55.00 > 50.00"
        )
        expect(reason(yield* place({ qty: 20, marketId: "m3", strategy: "b", tif: "ioc" }))).toBe("Accepted")
        expect((yield* riskStatus).totalNotional).toBe(toMicros(50))
        expect(reason(yield* place({ qty: 42, strategy: "c", tif: "ioc" }))).toBe(
          "total notional limit exceeded: 71.00 > 70.00"
        )
        expect(reason(yield* place({ qty: 40, strategy: "c", tif: "ioc" }))).toBe("Accepted")
      }),
      { risk: { max_market_notional: 50, max_total_notional: 70 } }
    )
  )
})

describe("a market whose resolution is disputed", () => {
  it.effect("is not opened in, is got out of, and is opened in again when the dispute is over", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.49, 0.5))
        expect(reason(yield* place({ qty: 20, tif: "ioc" }))).toBe("Accepted")
        yield* see(quoted("m1", 0.49, 0.5, oracle("disputed")))
        expect(reason(yield* place({ qty: 20, tif: "ioc" }))).toBe(
          "market resolution disputed: risk.allow_disputed is off"
        )
        expect(reason(yield* place({ side: "sell", qty: 10, price: 0.49, tif: "ioc" }))).toBe("Accepted")
        yield* see(quoted("m1", 0.49, 0.5, oracle("proposed")))
        yield* TestClock.adjust("1 minute")
        expect(reason(yield* place({ qty: 20, tif: "ioc" }))).toBe("Accepted")
      })
    )
  )

  it.effect("is opened in where the configuration allows it", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.49, 0.5, oracle("disputed")))
        expect(reason(yield* place({ qty: 20, tif: "ioc" }))).toBe("Accepted")
      }),
      { risk: { allow_disputed: true } }
    )
  )
})
