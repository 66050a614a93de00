import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { expect } from "vitest"
import { makeMarketClock } from "../../src/simulator/marketTime.ts"
import { startExchange } from "../../src/simulator/server.ts"
import { makeUniverse } from "../../src/simulator/universe.ts"

it.scoped("real market time follows Effect's clock at its speed", () =>
  Effect.gen(function* () {
    const backend = makeUniverse({ seed: 1, markets: 20 })
    const exchange = yield* startExchange({ backend, time: { kind: "real", speed: 60 } })
    expect(yield* exchange.nowUs).toBe(backend.startUs)
    yield* TestClock.adjust("10 seconds")
    expect(yield* exchange.nowUs).toBe(backend.startUs + 600_000_000)
    expect(yield* exchange.advance(5)).toBe(backend.startUs + 600_000_005)
  })
)

it.effect("market time never goes back, whatever the machine's clock does", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(1_000_000)
    const { advance, nowUs } = makeMarketClock(yield* Effect.clock, { kind: "real", speed: 1 }, 5_000_000)
    yield* TestClock.adjust("10 seconds")
    expect(nowUs()).toBe(15_000_000)
    yield* TestClock.setTime(1_003_000)
    expect(nowUs()).toBe(15_000_000)
    expect(yield* advance(20_000_000)).toBe(28_000_000)
    expect((yield* Effect.flip(advance(-1))).message).toBe("advance: must be whole microseconds, not below 0")
  })
)

it.effect("a request's time is the machine's, the market's, or what was the market's by the machine's clock", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(1_000_000_000)
    const clock = makeMarketClock(yield* Effect.clock, { kind: "real", speed: 60 }, 5_000_000_000_000)
    yield* TestClock.adjust("10 minutes")
    const accepted = (sec: number) => clock.acceptsTime(sec)
    const machine = 1_000_600
    expect([machine, machine + 60, machine - 60, machine + 61, machine - 61].map(accepted)).toEqual([
      true,
      true,
      true,
      false,
      false
    ])
    // Measured at the start: ten minutes later by the machine. Measured now: ten hours.
    const [then, now] = [5_000_600, 5_036_000]
    expect([then, now, then - 60, now + 60, then - 61, now + 61].map(accepted)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false
    ])
  })
)
