import { describe, expect, it } from "vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import { makeRng, nextInt } from "../../src/core/rng.ts"
import { MICROS_PER_DAY, MICROS_PER_SECOND, parseTime } from "../../src/domain/time.ts"
import { Sleepers } from "../../src/app/sleepers.ts"
import { onVirtualTime, virtualTime, type VirtualClock } from "../../src/app/virtualClock.ts"

const startUs = parseTime("2026-03-01T00:00:00Z") ?? Number.NaN
const run = <A, E>(effect: (clock: VirtualClock) => Effect.Effect<A, E>) =>
  Effect.runPromise(onVirtualTime(startUs, effect))
const seconds = (clock: VirtualClock) => (clock.nowUs - startUs) / MICROS_PER_SECOND

describe("sleepers", () => {
  it("wake in order of time, then of arrival, whoever left in between", () => {
    const rng = makeRng(5)
    const sleepers = new Sleepers()
    const expected: Array<{ due: number; seq: number }> = []
    const added = Array.from({ length: 2_000 }, () => sleepers.add(nextInt(rng, 50), () => undefined))
    for (const sleeper of added) {
      if (nextInt(rng, 3) === 0) {
        sleepers.remove(sleeper)
        sleepers.remove(sleeper)
      } else expected.push({ due: sleeper.dueUs, seq: sleeper.seq })
    }
    expect(sleepers.size).toBe(expected.length)
    expected.sort((a, b) => a.due - b.due || a.seq - b.seq)
    for (const { due, seq } of expected) expect(sleepers.take()).toMatchObject({ dueUs: due, seq })
    expect(sleepers.take()).toBeUndefined()
  })
})

describe("virtual time", () => {
  it("as a Layer is gone with the Layer: what runs afterwards is on the clock from before", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const before = yield* Effect.clock
        const inside = yield* Effect.provide(Effect.zipRight(Effect.sleep("1 day"), Effect.clock), virtualTime(startUs))
        expect(inside).not.toBe(before)
        expect(yield* Effect.clock).toBe(before)
        yield* Effect.sleep("1 millis")
      })
    ))

  it("starts where it is told and jumps to the next moment somebody waits for", () =>
    run((clock) =>
      Effect.gen(function* () {
        expect(yield* Clock.currentTimeMillis).toBe(startUs / 1_000)
        yield* Effect.sleep("3 days")
        expect(seconds(clock)).toBe(3 * 86_400)
        expect(yield* Clock.currentTimeNanos).toBe(BigInt(startUs + 3 * MICROS_PER_DAY) * 1_000n)
        yield* Effect.sleep("250 micros")
        expect(clock.nowUs).toBe(startUs + 3 * MICROS_PER_DAY + 250)
        yield* Effect.sleep(0)
        yield* Effect.sleep(-5)
        expect(clock.nowUs).toBe(startUs + 3 * MICROS_PER_DAY + 250)
      })
    ))

  it("wakes sleepers by time, and those of one moment in the order in which they came", () =>
    run((clock) =>
      Effect.gen(function* () {
        const woken: Array<string> = []
        const sleeper = (name: string, sec: number) =>
          Effect.sleep(sec * 1_000).pipe(
            Effect.zipRight(Effect.sync(() => woken.push(`${name}@${seconds(clock)}`))),
            Effect.forkScoped
          )
        const plan = { late: 9, a: 5, early: 1, b: 5, c: 5 }
        const fibers = yield* Effect.forEach(Object.entries(plan), ([name, sec]) => sleeper(name, sec))
        yield* Fiber.joinAll(fibers)
        expect(woken).toEqual(["early@1", "a@5", "b@5", "c@5", "late@9"])
      }).pipe(Effect.scoped)
    ))

  it("lets all that follows from a moment happen before the next one", () =>
    run((clock) =>
      Effect.gen(function* () {
        const seen: Array<number> = []
        const queue = yield* Queue.unbounded<number>()
        const consumer = Effect.gen(function* () {
          yield* Queue.take(queue)
          for (let i = 0; i < 5_000; i += 1) yield* Effect.yieldNow()
          yield* Effect.promise(() => Promise.resolve().then(() => Promise.resolve()))
          seen.push(seconds(clock))
        })
        const fiber = yield* Effect.fork(Effect.repeatN(consumer, 9))
        for (let i = 0; i < 10; i += 1) {
          yield* Effect.sleep("1 second")
          yield* Queue.offer(queue, i)
        }
        yield* Fiber.join(fiber)
        expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
      })
    ))

  it("forgets a sleeper that is interrupted, and never goes to its moment", () =>
    run((clock) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(Effect.sleep("1000 days"))
        yield* Effect.yieldNow()
        expect(clock.sleeping).toBe(1)
        yield* Fiber.interrupt(fiber)
        expect(clock.sleeping).toBe(0)
        const answer = yield* Effect.timeout(Effect.as(Effect.sleep("1 second"), "in time"), "10 days")
        expect(answer).toBe("in time")
        expect(clock.sleeping).toBe(0)
        expect(seconds(clock)).toBe(1)
        expect(yield* Effect.timeoutOption(Effect.never, "10 days")).toMatchObject({ _tag: "None" })
        expect(seconds(clock)).toBe(1 + 10 * 86_400)
      })
    ))

  it("stands still while something is held that it cannot see", () =>
    run((clock) =>
      Effect.gen(function* () {
        const done = yield* Deferred.make<number>()
        yield* Effect.fork(Effect.zipRight(Effect.sleep("1 hour"), Deferred.succeed(done, clock.nowUs)))
        const outside = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 20)))
        yield* clock.hold(Effect.tap(outside, () => expect(clock.nowUs).toBe(startUs)))
        expect(clock.nowUs).toBe(startUs)
        yield* Deferred.await(done)
        expect(seconds(clock)).toBe(3_600)
      })
    ))

  it("runs schedules, and time ends with the effect that it was made for", async () => {
    let ticks = 0
    const clock = await run((clock) =>
      Effect.gen(function* () {
        yield* Effect.forkDaemon(
          Effect.repeat(
            Effect.sync(() => (ticks += 1)),
            Schedule.spaced("1 minute")
          )
        )
        yield* Effect.sleep("90 minutes")
        return clock
      })
    )
    expect(ticks).toBe(90)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(ticks).toBe(90)
    expect(seconds(clock)).toBe(5_400)
  })

  it("passes 200 days, five minutes at a time", () =>
    run((clock) =>
      Effect.gen(function* () {
        yield* Effect.repeat(Effect.void, Schedule.intersect(Schedule.spaced("5 minutes"), Schedule.recurs(288 * 200)))
        expect((clock.nowUs - startUs) / MICROS_PER_DAY).toBe(200)
      })
    ))
})
