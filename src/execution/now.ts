import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type EpochMicros, MICROS_PER_MS } from "../domain/time.ts"

/** The wall clock, or whatever clock the program runs on. Adapters may not ask the engine's (engine/now.ts). */
export const nowUs: Effect.Effect<EpochMicros> = Effect.map(Clock.currentTimeMillis, (ms) => ms * MICROS_PER_MS)
