import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { expect } from "vitest"
import { verifyText } from "../../src/backtest/verify.ts"

/** One bit of every `step`th byte of a JSON artifact in turn, another bit from byte to byte: `verify` must find each. */
export const expectEveryFlipFound = (bytes: Buffer, step = 1) =>
  Effect.gen(function* () {
    yield* verifyText("whole.json", bytes.toString("utf8"))
    const passed: Array<string> = []
    for (let place = 0; place < bytes.length; place += step) {
      const flipped = Buffer.from(bytes)
      flipped[place] = (flipped[place] ?? 0) ^ (1 << (place % 8))
      const verdict = yield* Effect.either(verifyText("bent.json", flipped.toString("utf8")))
      if (Either.isRight(verdict)) passed.push(`${place}: ${flipped.subarray(Math.max(0, place - 9), place + 9)}`)
    }
    expect(passed).toEqual([])
  })
