import { expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { makeTokenBucket } from "../../src/policy/tokenBucket.ts"

it.effect("a burst goes at once, what is over it waits for its refill, in order", () =>
  Effect.gen(function* () {
    const take = yield* makeTokenBucket({ perSec: 10, burst: 3 })
    const at: Array<readonly [number, number]> = []
    const taking = yield* Effect.forEach(
      [1, 1, 1, 1, 5, 1],
      (tokens, n) =>
        Effect.andThen(
          take(tokens),
          Effect.map(Clock.currentTimeMillis, (now) => at.push([n, now]))
        ),
      { concurrency: "unbounded" }
    ).pipe(Effect.fork)
    yield* TestClock.adjust("10 seconds")
    yield* Fiber.join(taking)
    expect(at).toStrictEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 100],
      [4, 600],
      [5, 700]
    ])
  })
)

it.effect("an idle bucket holds no more than its burst", () =>
  Effect.gen(function* () {
    const take = yield* makeTokenBucket({ perSec: 10, burst: 2 })
    yield* TestClock.adjust("1 hour")
    const started = yield* Clock.currentTimeMillis
    const taking = yield* Effect.fork(Effect.andThen(take(3), Clock.currentTimeMillis))
    yield* TestClock.adjust("1 second")
    expect((yield* Fiber.join(taking)) - started).toBe(100)
  })
)
