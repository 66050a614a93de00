import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type EpochMicros, MICROS_PER_MS } from "../domain/time.ts"

/** The Clock's time in whole microseconds. */
export const nowUs: Effect.Effect<EpochMicros> = Effect.map(Clock.currentTimeMillis, (ms) =>
  Math.round(ms * MICROS_PER_MS)
)
