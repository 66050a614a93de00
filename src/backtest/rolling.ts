import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { canonicalJson } from "../domain/canonicalJson.ts"
import { type FileError } from "../domain/errors.ts"
import { MICROS_PER_MS } from "../domain/time.ts"
import { sha256 } from "./digest.ts"
import { replayFreshness } from "./replayFreshness.ts"
import { writeText } from "./files.ts"
import { type BacktestOptions } from "./options.ts"
import { type RollingSummary, summarize } from "./RollingSummary.ts"
import { type RollingOptions, rollingWindows } from "./rollingWindows.ts"
import { type WindowRun } from "./windowRun.ts"

/** Who runs the windows, and how many at a time. */
export interface RollingHooks<E, R> {
  readonly runWindow: (options: BacktestOptions) => Effect.Effect<WindowRun, E, R>
  readonly concurrency: number
  readonly onProgress: ((done: number, total: number) => void) | null
}

/** Backtests every window by itself and sums them up. The answer does not depend on how many run at a time. */
export const runRolling = Effect.fn("backtest.rolling")(function* <E, R>(
  asked: RollingOptions,
  hooks: RollingHooks<E, R>
) {
  // Of the whole range, so that every window has the same limit.
  const options = { ...asked, freshness: yield* replayFreshness(asked, null) }
  const windows = yield* rollingWindows(options)
  let done = 0
  hooks.onProgress?.(done, windows.length)
  const runs = yield* Effect.forEach(
    windows,
    (window) =>
      Effect.tap(hooks.runWindow({ ...options, ...window }), () =>
        Effect.sync(() => {
          done += 1
          hooks.onProgress?.(done, windows.length)
        })
      ),
    { concurrency: hooks.concurrency }
  )
  const generatedAtUs = (yield* Clock.currentTimeMillis) * MICROS_PER_MS
  return summarize(options, windows, runs, generatedAtUs)
})

/** Writes the summary as JSON, whole or not at all; gives the checksum in it, when one was asked for. */
export const writeRolling = (
  path: string,
  summary: RollingSummary,
  options: { readonly checksum: boolean }
): Effect.Effect<{ readonly checksum: string | null }, FileError> =>
  Effect.gen(function* () {
    if (!options.checksum) {
      yield* writeText(path, `${JSON.stringify(summary, null, 2)}\n`)
      return { checksum: null }
    }
    const content = { ...summary, checksum_algo: "sha256" }
    const checksum = sha256(canonicalJson(content))
    yield* writeText(path, `${JSON.stringify({ ...content, checksum_sha256: checksum }, null, 2)}\n`)
    return { checksum }
  })
