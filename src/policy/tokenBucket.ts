import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

const NANOS = 1_000_000_000
const NANOS_PER_MS = 1_000_000

/** Takes tokens, and waits until they are there. */
export type TokenBucket = (tokens: number) => Effect.Effect<void>

/**
 * A bucket of `burst` tokens that refills at `perSec`. Who takes more than there is waits for as long as that takes to
 * refill, behind those who came before; more than `burst` at once is a longer wait, not an error. It reads the monotonic
 * clock, so a step of the wall clock neither stalls nor floods the exchange.
 */
export const makeTokenBucket = (rate: {
  readonly perSec: number
  readonly burst: number
}): Effect.Effect<TokenBucket> =>
  Effect.map(Clock.currentTimeNanos, (start) => {
    let tokens = rate.burst
    let filledAt = Number(start)
    return (wanted) =>
      Effect.flatMap(Clock.currentTimeNanos, (nanos) => {
        const now = Number(nanos)
        tokens = Math.min(rate.burst, tokens + (Math.max(0, now - filledAt) / NANOS) * rate.perSec) - wanted
        filledAt = Math.max(filledAt, now)
        // A bucket in debt is the queue: the next one waits for this one's tokens too.
        const waitNanos = tokens >= 0 ? 0 : (-tokens / rate.perSec) * NANOS
        return waitNanos === 0 ? Effect.void : Effect.sleep(Duration.millis(Math.ceil(waitNanos / NANOS_PER_MS)))
      })
  })
