import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { InputError } from "../domain/errors.ts"
import { MICROS_PER_SECOND } from "../domain/time.ts"
import { whole } from "./jobOptions.ts"
import { number } from "./options.ts"

/** How the trading program runs, whichever world it runs in. */
export const programSettings = {
  intervalSec: number("interval-sec", "s", "From the end of a cycle to the start of the next (default 300)", {
    min: 0,
    max: 86_400
  }).pipe(Options.withDefault(300)),
  maxSignals: whole("max-signals-per-cycle", "Signals to trade per cycle, best score first", 20, 0, 100_000),
  cooldownSec: number(
    "cooldown-sec",
    "s",
    "Do not try one strategy's side of one market again for so long (default 3600)",
    { min: 0, max: 366 * 86_400 }
  ).pipe(Options.withDefault(3_600))
}

export const programOf = (input: {
  readonly intervalSec: number
  readonly maxSignals: number
  readonly cooldownSec: number
}) => ({
  intervalMs: input.intervalSec * 1_000,
  maxSignals: input.maxSignals,
  cooldownUs: Math.round(input.cooldownSec * MICROS_PER_SECOND)
})

/** On the time of a recording nothing passes by itself: without an interval the strategies would be asked at one moment for ever. */
export const recordedProgramOf = (input: Parameters<typeof programOf>[0]) =>
  input.intervalSec < 0.001
    ? Effect.fail(
        new InputError({
          field: "--interval-sec",
          problem: `must be at least 0.001 over recorded data, not ${input.intervalSec}`
        })
      )
    : Effect.succeed(programOf(input))
