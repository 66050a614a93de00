import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { expect } from "vitest"
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
