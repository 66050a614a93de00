import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { StoreError } from "../../src/domain/errors.ts"
import { runStage, StageFailed } from "../../src/engine/soak/soakStage.ts"
import { stageRetry } from "../../src/policy/soak.ts"

const locked = new StoreError({ operation: "write", detail: "locked" })

const setUp = Effect.gen(function* () {
  const told: Array<string> = []
  const stop = yield* Deferred.make<void>()
  const policy = { retry: stageRetry(3, 5), stop, log: (text: string) => Effect.sync(() => void told.push(text)) }
  return { told, stop, policy }
})

/** Fails so many times, then gives how often it ran. */
const failing = (times: number) => {
  let runs = 0
  return Effect.suspend(() => {
    runs += 1
    return runs <= times ? Effect.fail(locked) : Effect.succeed(runs)
  })
}

describe("a stage of a soak", () => {
  it.effect("is tried again after 5, 10 and 20 seconds, and no further", () =>
    Effect.gen(function* () {
      const { policy, told } = yield* setUp
      const fiber = yield* Effect.fork(runStage("ingest", policy, failing(9)))
      for (const [wait, attempts] of [
        [0, 1],
        [4, 1],
        [1, 2],
        [10, 3],
        [19, 3],
        [1, 4]
      ] as const) {
        yield* TestClock.adjust(`${wait} seconds`)
        expect(told).toHaveLength(attempts)
      }
      const outcome = yield* Fiber.join(fiber)
      expect(outcome).toEqual(Either.left(new StageFailed({ message: "ingest: database: write: locked" })))
    })
  )

  it.effect("gives what a later attempt gave, and takes a bug for a failure", () =>
    Effect.gen(function* () {
      const { policy, told } = yield* setUp
      const fiber = yield* Effect.fork(runStage("signals", policy, failing(2)))
      yield* TestClock.adjust("1 minute")
      expect(yield* Fiber.join(fiber)).toEqual(Either.right(3))
      const broken = yield* Effect.fork(runStage("report", policy, Effect.die(new Error("no such thing"))))
      yield* TestClock.adjust("1 minute")
      expect(yield* Fiber.join(broken)).toMatchObject({ left: { message: "report: internal: no such thing" } })
      expect(told).toHaveLength(2 + 4)
    })
  )

  it.effect("is not tried again once the soak is to end, but what runs is finished", () =>
    Effect.gen(function* () {
      const { policy, stop, told } = yield* setUp
      const waiting = yield* Effect.fork(runStage("ingest", policy, failing(9)))
      yield* TestClock.adjust("1 second")
      const slow = Effect.as(Effect.sleep("1 hour"), "done")
      const running = yield* Effect.fork(runStage("slow", policy, slow))
      yield* TestClock.adjust("1 second")
      yield* Deferred.succeed(stop, undefined)
      expect(Either.isLeft(yield* Fiber.join(waiting))).toBe(true)
      expect(told).toHaveLength(1)
      yield* TestClock.adjust("1 hour")
      expect(yield* Fiber.join(running)).toEqual(Either.right("done"))
      // A stage that is still to come gets its one attempt.
      expect(Either.isLeft(yield* runStage("late", policy, failing(1)))).toBe(true)
      expect(told).toHaveLength(2)
    })
  )

  it.effect("lets deadlines inside it cut", () =>
    Effect.gen(function* () {
      const { policy } = yield* setUp
      const cut = Effect.timeoutFail(Effect.never, { duration: "10 seconds", onTimeout: () => locked })
      const fiber = yield* Effect.fork(runStage("ingest", { ...policy, retry: stageRetry(0, 5) }, cut))
      yield* TestClock.adjust("10 seconds")
      expect(Either.isLeft(yield* Fiber.join(fiber))).toBe(true)
    })
  )
})
