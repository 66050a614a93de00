import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import * as fc from "fast-check"
import {
  type BreakerInput,
  type BreakerSettings,
  type BreakerState,
  type BreakerStep,
  closedBreaker
} from "../../src/domain/Breaker.ts"
import { MICROS_PER_MS, MICROS_PER_SECOND } from "../../src/domain/time.ts"
import { breaker, makeGuard, phaseOf, stepBreaker } from "../../src/policy/breaker.ts"

const settings: BreakerSettings = { failureThreshold: 3, cooldownUs: 60 * MICROS_PER_SECOND }
const failed: BreakerInput = { _tag: "failed", reason: "no answer" }
const succeeded: BreakerInput = { _tag: "succeeded" }
const asked: BreakerInput = { _tag: "asked" }

const nowUs = Effect.map(Clock.currentTimeMillis, (ms) => ms * MICROS_PER_MS)

/** Attempts in a loop that waits as the schedule says; gives the second of each attempt and the phase after it. */
const attempts = (outcomes: ReadonlyArray<BreakerInput>, resumed?: BreakerState) =>
  Effect.gen(function* () {
    const driver = yield* Schedule.driver(breaker(settings, resumed))
    const seen: Array<readonly [number, string]> = []
    const fiber = yield* Effect.fork(
      Effect.forEach(
        outcomes,
        (outcome) =>
          Effect.gen(function* () {
            const atSec = (yield* Clock.currentTimeMillis) / 1_000
            const step = yield* Effect.orDie(driver.next(outcome))
            seen.push([atSec, step.phase])
          }),
        { concurrency: 1, discard: true }
      )
    )
    yield* TestClock.adjust("1 hour")
    yield* Fiber.join(fiber)
    return seen
  })

const open = (openUntilUs: number): BreakerState => ({ ...closedBreaker, consecutiveFailures: 3, openUntilUs })

describe("the breaker as a schedule", () => {
  it.effect("opens after failures in a row, waits the cooldown, probes once, and closes with a success", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* attempts([failed, failed, succeeded, failed, failed, failed, succeeded, failed]), [
        [0, "closed"],
        [0, "closed"],
        [0, "closed"],
        [0, "closed"],
        [0, "closed"],
        [0, "open"],
        [60, "closed"],
        [60, "closed"]
      ])
    })
  )

  it.effect("opens again at once when the probe fails", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* attempts([failed, failed, failed, failed, failed, succeeded, failed]), [
        [0, "closed"],
        [0, "closed"],
        [0, "open"],
        [60, "open"],
        [120, "open"],
        [180, "closed"],
        [180, "closed"]
      ])
    })
  )

  it.effect("goes on where a closed one was left", () =>
    Effect.gen(function* () {
      const left = { ...closedBreaker, consecutiveFailures: 2 }
      assert.deepStrictEqual(yield* attempts([failed, succeeded], left), [
        [0, "open"],
        [60, "closed"]
      ])
    })
  )

  it.effect("goes on where an open one was left: whoever asks waits for the rest of the cooldown", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* attempts([asked, asked, succeeded], open(40 * MICROS_PER_SECOND)), [
        [0, "open"],
        [40, "half_open"],
        [40, "closed"]
      ])
    })
  )

  it.effect("goes on where a half open one was left: its probe may still answer, or the next one goes out", () =>
    Effect.gen(function* () {
      const left = { ...open(40 * MICROS_PER_SECOND), probeUs: 0 }
      assert.deepStrictEqual(yield* attempts([failed, succeeded], left), [
        [0, "open"],
        [60, "closed"]
      ])
    })
  )

  it.effect("paces a reconnection: retried with it, each attempt after the third comes a cooldown later", () =>
    Effect.gen(function* () {
      const times: Array<number> = []
      const connect = Effect.flatMap(Clock.currentTimeMillis, (ms) =>
        times.push(ms / 1_000) < 6 ? Effect.fail("refused") : Effect.succeed("connected")
      )
      const reconnect = breaker(settings).pipe(
        Schedule.mapInput((reason: string): BreakerInput => ({ _tag: "failed", reason })),
        Schedule.intersect(Schedule.spaced("2 seconds"))
      )
      const fiber = yield* Effect.fork(Effect.retry(connect, reconnect))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* Fiber.join(fiber), "connected")
      assert.deepStrictEqual(times, [0, 2, 4, 64, 124, 184])
    })
  )
})

/** Steps of a stored breaker at given seconds. */
const steps = (inputs: ReadonlyArray<readonly [number, BreakerInput]>, from: BreakerState = closedBreaker) =>
  Effect.gen(function* () {
    let state = from
    const done: Array<BreakerStep> = []
    for (const [atSec, input] of inputs) {
      const step = yield* stepBreaker(settings, state, atSec * MICROS_PER_SECOND, input)
      state = step.state
      done.push(step)
    }
    return done
  })

describe("a step of a stored breaker", () => {
  it.effect(
    "gives the probe to the first who asks after the cooldown, and a second one should it never be heard of",
    () =>
      Effect.gen(function* () {
        const done = yield* steps(
          [59, 60, 60, 119, 120].map((at) => [at, asked] as const),
          open(60 * MICROS_PER_SECOND)
        )
        assert.deepStrictEqual(
          done.map(({ admission, entered }) => [admission._tag, entered]),
          [
            ["refused", null],
            ["probe", "half_open"],
            ["refused", null],
            ["refused", null],
            ["probe", "half_open"]
          ]
        )
      })
  )

  it.effect("takes no failure of an older attempt for the probe's", () =>
    Effect.gen(function* () {
      const late: BreakerInput = { ...failed, admitted: "closed" }
      const probe: BreakerInput = { ...failed, admitted: "probe" }
      const done = yield* steps(
        [
          [61, late],
          [62, asked],
          [63, late],
          [64, asked],
          [65, probe]
        ],
        open(60 * MICROS_PER_SECOND)
      )
      assert.deepStrictEqual(
        done.map(({ admission, entered, phase }) => [admission._tag, entered, phase]),
        [
          ["refused", null, "open"],
          ["probe", "half_open", "half_open"],
          ["refused", null, "half_open"],
          ["refused", null, "half_open"],
          ["refused", "open", "open"]
        ]
      )
      assert.deepInclude(done.at(-1)?.state, { consecutiveFailures: 6, openUntilUs: 125 * MICROS_PER_SECOND })
    })
  )

  it.effect("answers the same as the schedule that runs on without being stored", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom(asked, succeeded, failed)), {
            maxLength: 30
          }),
          (waits) =>
            Effect.runPromise(
              Effect.gen(function* () {
                const schedule = breaker(settings)
                let running = closedBreaker
                let atSec = 0
                const inputs = waits.map(([wait, input]) => [(atSec += wait), input] as const)
                const stored = yield* steps(inputs)
                let probeSec: number | null = null
                for (const [index, [at, input]] of inputs.entries()) {
                  const [state, step] = yield* schedule.step(at * 1_000, input, running)
                  running = state
                  assert.deepStrictEqual(stored[index], step)
                  assert.strictEqual(step.phase, phaseOf(step.state))
                  // A second probe goes out only when the first was heard of, or a cooldown later.
                  if (input._tag !== "asked") probeSec = null
                  if (step.admission._tag === "probe") {
                    assert.isTrue(probeSec === null || at - probeSec >= 60)
                    probeSec = at
                  }
                }
              })
            )
        )
      )
    )
  )
})

describe("a guard", () => {
  const on = {
    refused: (state: BreakerState, openUntilUs: number) => `refused until ${openUntilUs / 1e6}: ${state.lastReason}`,
    reasonOf: (error: string) => (error === "mine" ? null : error)
  }

  it.effect("makes no attempt while it is open, one after the cooldown, and goes on after a success", () =>
    Effect.gen(function* () {
      const guard = yield* makeGuard(settings)
      let made = 0
      const attempt = (outcome: Effect.Effect<string, string>) =>
        Effect.merge(
          guard(
            Effect.zipRight(
              Effect.sync(() => (made += 1)),
              outcome
            ),
            on
          )
        )
      for (let n = 0; n < 3; n += 1) yield* attempt(Effect.fail("down"))
      assert.strictEqual(yield* attempt(Effect.succeed("up")), "refused until 60: down")
      yield* TestClock.adjust("60 seconds")
      assert.strictEqual(yield* attempt(Effect.fail("still down")), "still down")
      assert.strictEqual(yield* attempt(Effect.succeed("up")), "refused until 120: still down")
      yield* TestClock.adjust("60 seconds")
      assert.strictEqual(made, 4)
      assert.strictEqual(yield* attempt(Effect.succeed("up")), "up")
      assert.strictEqual(yield* attempt(Effect.succeed("up")), "up")
    })
  )

  it.effect("lets one of several out, and opens again when that one is interrupted", () =>
    Effect.gen(function* () {
      const guard = yield* makeGuard(settings)
      for (let n = 0; n < 3; n += 1) yield* Effect.merge(guard(Effect.fail("down"), on))
      yield* TestClock.adjust("60 seconds")
      const probe = yield* Effect.fork(guard(Effect.never, on))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Effect.merge(guard(Effect.succeed("up"), on)), "refused until 120: down")
      yield* Fiber.interrupt(probe)
      assert.strictEqual(yield* nowUs, 61 * MICROS_PER_SECOND)
      assert.strictEqual(yield* Effect.merge(guard(Effect.succeed("up"), on)), "refused until 121: given up")
    })
  )

  it.effect("is not opened by failures that are not the service's", () =>
    Effect.gen(function* () {
      const guard = yield* makeGuard(settings)
      for (let n = 0; n < 9; n += 1) yield* Effect.merge(guard(Effect.fail("mine"), on))
      assert.strictEqual(yield* guard(Effect.succeed("up"), on), "up")
    })
  )
})
