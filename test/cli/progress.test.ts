import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { lineProgress, withProgress } from "../../src/cli/progress.ts"

const task = { label: "replay", unit: "signals", total: 1000 }

describe("lineProgress", () => {
  it("writes a line every five seconds, with rate and time left", () => {
    let now = 0
    const lines: Array<string> = []
    const progress = lineProgress(
      task,
      () => now,
      (text) => lines.push(text)
    )
    for (let done = 0; done <= 600; done += 50) {
      progress.update(done)
      now += 1_000
    }
    expect(lines).toStrictEqual([
      "replay: 250 of 1,000 (25%) signals, 50/s, 15 s left\n",
      "replay: 500 of 1,000 (50%) signals, 50/s, 10 s left\n"
    ])
  })

  it("needs no line for work that is over at once", () => {
    const lines: Array<string> = []
    const progress = lineProgress(
      task,
      () => 0,
      (text) => lines.push(text)
    )
    progress.update(1000)
    progress.finish()
    expect(lines).toStrictEqual([])
  })

  it("takes a total that is learnt on the way, and data in the label is escaped", () => {
    let now = 0
    const lines: Array<string> = []
    const progress = lineProgress(
      { label: "\u001b[2J", unit: "rows", total: null },
      () => now,
      (text) => lines.push(text)
    )
    now = 5_000
    progress.update(10)
    progress.setTotal(20)
    now = 10_000
    progress.update(20)
    expect(lines).toStrictEqual(["\\x1b[2J: 10 rows, 2/s\n", "\\x1b[2J: 20 of 20 (100%) rows, 2/s\n"])
  })
})

describe("withProgress", () => {
  it.effect("says how the work ended, even when it fails", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const target = { isTTY: false, write: (text: string) => void lines.push(text) }
      const work = withProgress(
        task,
        (progress) =>
          Effect.gen(function* () {
            progress.update(10)
            yield* TestClock.adjust("20 seconds")
            return yield* Effect.fail("broken" as const)
          }),
        target
      )
      expect(yield* Effect.flip(work)).toBe("broken")
      expect(lines).toHaveLength(1)
    })
  )
})
