import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import { type ErrorBucket, type SourceError } from "../domain/errors.ts"

/** Rows that Gamma and the data API give per page at most; asking for more is cut silently. */
export const maxPageRows = 100

/** Market ids looked up in the store at a time, well below SQLite's limit of bound variables. */
export const knownMarketsBatch = 500

/** No wait before a retry is longer than this, not even when the server asks for it. */
export const maxRetryDelay = Duration.minutes(5)

/** Delays are spread by this share to either side, so that clients that failed together do not return together. */
export const retryJitter = 0.2

/** Bytes read of the body of an error answer: enough for its message. */
export const errorBodyBytes = 2_048

/** How much longer than `backoff_base_sec * 2^n` each kind of failure waits. */
const backoffFactors: { readonly [bucket in ErrorBucket]: number } = {
  http_429: 4,
  http_5xx: 2,
  http_4xx: 1,
  timeout: 1,
  network: 1,
  decode: 1,
  circuit_open: 1,
  source_skipped_404: 1
}

export interface RetrySettings {
  /** Seconds. */
  readonly backoffBaseSec: number
  readonly maxRetries: number
}

/** Milliseconds before retry `n` (from 0). `spread` in [0, 1): 0.5 is the plain delay. */
export const retryDelayMs = (settings: RetrySettings, error: SourceError, n: number, spread: number): number => {
  const plain = settings.backoffBaseSec * 1_000 * 2 ** n * backoffFactors[error.bucket]
  const jittered = plain * (1 - retryJitter + 2 * retryJitter * spread)
  return Math.min(Math.max(jittered, error.retryAfterMs ?? 0), Duration.toMillis(maxRetryDelay))
}

/** Retries only what can get better, at most `maxRetries` times, and waits at least as long as the server asks. */
export const requestRetry = (settings: RetrySettings): Schedule.Schedule<unknown, SourceError> =>
  Schedule.identity<SourceError>().pipe(
    Schedule.intersect(Schedule.recurs(settings.maxRetries)),
    Schedule.whileInput((error: SourceError) => error.retryable),
    Schedule.modifyDelayEffect(([error, n]) =>
      Effect.map(Random.next, (spread) => Duration.millis(retryDelayMs(settings, error, n, spread)))
    )
  )

/** How long one request may take, from the connection to the last byte of the body. */
export const requestDeadline = (timeoutSec: number): Duration.Duration => Duration.seconds(timeoutSec)

/** Time between the starts of two requests to one source. */
export const requestSpacing = (ratePerSec: number): Duration.Duration => Duration.seconds(1 / ratePerSec)

/**
 * An effect that waits for its turn: turns are `requestSpacing` apart, without a burst. It reads the monotonic clock,
 * so a step of the wall clock neither stalls nor floods the source.
 */
export const makePacer = (ratePerSec: number): Effect.Effect<Effect.Effect<void>> =>
  Effect.sync(() => {
    const spacing = Duration.toMillis(requestSpacing(ratePerSec)) * 1_000_000
    let nextTurn = -Infinity
    return Effect.flatMap(Clock.currentTimeNanos, (nanos) => {
      const now = Number(nanos)
      const turn = Math.max(now, nextTurn)
      nextTurn = turn + spacing
      return turn > now ? Effect.sleep(Duration.millis(Math.ceil((turn - now) / 1_000_000))) : Effect.void
    })
  })
