import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Clock from "effect/Clock"
import * as fc from "fast-check"
import { type ErrorBucket, errorBuckets, SourceError } from "../../src/domain/errors.ts"
import { makePacer, requestRetry, retryDelayMs } from "../../src/policy/ingest.ts"

const failure = (bucket: ErrorBucket, retryAfterMs: number | null = null) =>
  new SourceError({
    source: "gamma",
    operation: "GET /x",
    bucket,
    retryable: bucket !== "http_4xx",
    retryAfterMs,
    detail: "made by the test"
  })

/** Times (ms) at which an effect that always fails with `error` was tried under the schedule, on virtual time. */
const attemptTimes = (error: SourceError, maxRetries: number, random: [number, ...Array<number>] = [0.5]) =>
  Effect.gen(function* () {
    const times: Array<number> = []
    const fiber = yield* Clock.currentTimeMillis.pipe(
      Effect.map((at) => times.push(at)),
      Effect.zipRight(Effect.fail(error)),
      Effect.retry(requestRetry({ backoffBaseSec: 0.5, maxRetries })),
      Effect.withRandomFixed(random),
      Effect.flip,
      Effect.fork
    )
    yield* TestClock.adjust("1 hour")
    assert.strictEqual(yield* Fiber.join(fiber), error)
    return times
  })

describe("requestRetry", () => {
  for (const [bucket, factor] of [
    ["http_429", 4],
    ["http_5xx", 2],
    ["timeout", 1],
    ["network", 1],
    ["decode", 1]
  ] as const) {
    it.effect(`${bucket} waits 0.5 s * 2^n * ${factor}`, () =>
      Effect.gen(function* () {
        const times = yield* attemptTimes(failure(bucket), 3)
        assert.deepStrictEqual(times, [0, 500 * factor, 1_500 * factor, 3_500 * factor])
      })
    )
  }

  it.effect("never retries http_4xx", () =>
    Effect.map(attemptTimes(failure("http_4xx"), 5), (times) => assert.deepStrictEqual(times, [0]))
  )

  it.effect("does not retry at all with max_retries 0", () =>
    Effect.map(attemptTimes(failure("network"), 0), (times) => assert.deepStrictEqual(times, [0]))
  )

  it.effect("waits as long as the server asks when that is longer than the backoff", () =>
    Effect.map(attemptTimes(failure("http_429", 30_000), 2), (times) =>
      assert.deepStrictEqual(times, [0, 30_000, 60_000])
    )
  )

  it.effect("a Retry-After of 0 does not shorten the backoff", () =>
    Effect.map(attemptTimes(failure("http_429", 0), 1), (times) => assert.deepStrictEqual(times, [0, 2_000]))
  )

  it.effect("takes the jitter from Random, 20 % to either side", () =>
    Effect.map(attemptTimes(failure("network"), 2, [0, 0.75]), (times) =>
      assert.deepStrictEqual(times, [0, 400, 1_500])
    )
  )

  it("stays within the jitter bounds, above Retry-After and below the cap", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...errorBuckets),
        fc.integer({ min: 0, max: 12 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.option(fc.integer({ min: 0, max: 10_000_000 })),
        (bucket, n, spread, retryAfterMs) => {
          const delay = retryDelayMs({ backoffBaseSec: 0.5, maxRetries: 20 }, failure(bucket, retryAfterMs), n, spread)
          const factor = bucket === "http_429" ? 4 : bucket === "http_5xx" ? 2 : 1
          const plain = 500 * 2 ** n * factor
          assert.isAtMost(delay, 300_000)
          assert.isAtLeast(delay, Math.min(300_000, Math.max(plain * 0.8, retryAfterMs ?? 0)) - 1e-6)
          assert.isAtMost(delay, Math.max(plain * 1.2, retryAfterMs ?? 0) + 1e-6)
        }
      )
    )
  })
})

describe("makePacer", () => {
  it.effect("spaces turns evenly, without a burst", () =>
    Effect.gen(function* () {
      const turn = yield* makePacer(4)
      const times: Array<number> = []
      const fiber = yield* turn.pipe(
        Effect.zipRight(Clock.currentTimeMillis),
        Effect.map((at) => times.push(at)),
        Effect.repeatN(5),
        Effect.fork
      )
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(times, [0, 250, 500, 750, 1_000, 1_250])
    })
  )

  it.effect("lets concurrent callers through one at a time", () =>
    Effect.gen(function* () {
      const turn = yield* makePacer(10)
      const times: Array<number> = []
      const one = Effect.zipRight(
        turn,
        Effect.map(Clock.currentTimeMillis, (at) => times.push(at))
      )
      const fiber = yield* Effect.fork(Effect.all([one, one, one], { concurrency: "unbounded" }))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(times, [0, 100, 200])
    })
  )

  it.effect("does not save up turns while nobody asks", () =>
    Effect.gen(function* () {
      const turn = yield* makePacer(2)
      yield* turn
      yield* TestClock.adjust("1 minute")
      const times: Array<number> = []
      const fiber = yield* turn.pipe(
        Effect.zipRight(Clock.currentTimeMillis),
        Effect.map((at) => times.push(at)),
        Effect.repeatN(1),
        Effect.fork
      )
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(times, [60_000, 60_500])
    })
  )
})
