import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { untilStopped } from "../../src/app/untilStopped.ts"

describe("untilStopped", () => {
  it.effect("tells an interrupted body, and waits until it has come to its own end", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const note = (text: string) => Effect.sync(() => void seen.push(text))
      const job = untilStopped((stop) =>
        note("working").pipe(
          Effect.zipRight(Deferred.await(stop)),
          Effect.zipRight(note("told")),
          Effect.zipRight(Effect.sleep("1 minute")),
          Effect.zipRight(note("done"))
        )
      )
      const fiber = yield* Effect.fork(job)
      yield* Effect.yieldNow()
      const interruption = yield* Effect.fork(Fiber.interrupt(fiber))
      for (let i = 0; i < 10; i += 1) yield* Effect.yieldNow()
      expect(seen).toEqual(["working", "told"])
      yield* TestClock.adjust("1 minute")
      const exit = yield* Fiber.join(interruption)
      expect(seen).toEqual(["working", "told", "done"])
      expect(Exit.isInterrupted(exit)).toBe(true)
    })
  )

  it.effect("gives what the body gives, or its error", () =>
    Effect.gen(function* () {
      expect(yield* untilStopped(() => Effect.succeed(7))).toBe(7)
      expect(yield* Effect.flip(untilStopped(() => Effect.fail("no")))).toBe("no")
    })
  )
})
