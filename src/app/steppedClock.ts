import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type EpochMicros, MICROS_PER_MS } from "../domain/time.ts"

/**
 * A clock that shows another world's time and sleeps in this one's: the demo stamps its data with the simulated
 * exchange's market time, while deadlines of real sockets stay real.
 */
export const steppedClock = (live: Clock.Clock, nowUs: () => EpochMicros): Clock.Clock => {
  const millis = (): number => Math.floor(nowUs() / MICROS_PER_MS)
  const nanos = (): bigint => BigInt(nowUs()) * 1_000n
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: millis,
    unsafeCurrentTimeNanos: nanos,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanos: Effect.sync(nanos),
    sleep: (duration) => live.sleep(duration)
  }
}
