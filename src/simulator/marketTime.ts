import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { InputError } from "../domain/errors.ts"
import { type EpochMicros, MICROS_PER_MS, MICROS_PER_SECOND } from "../domain/time.ts"
import { type AcceptsTime } from "./tradingAuth.ts"

/** Manual: market time stands still until `advance`. Real: it runs `speed` times as fast as Effect's Clock. */
export type MarketTime = { readonly kind: "manual" } | { readonly kind: "real"; readonly speed: number }

export interface MarketClock {
  readonly nowUs: () => EpochMicros
  /** Moves market time forward by `us`, and gives the new time. */
  readonly advance: (us: number) => Effect.Effect<EpochMicros, InputError>
  readonly acceptsTime: AcceptsTime
}

/** How far the time of a signed request may lie off. */
export const TIMESTAMP_TOLERANCE_US = 60 * MICROS_PER_SECOND

/**
 * Market time, and which times of requests count as now: the machine's own; market time; and what a client reckons that
 * measured the difference of the two at any moment since the start, for market time may run faster or stand still.
 */
export const makeMarketClock = (clock: Clock.Clock, time: MarketTime, startUs: EpochMicros): MarketClock => {
  const machineUs = () => clock.unsafeCurrentTimeMillis() * MICROS_PER_MS
  const startedUs = machineUs()
  let offset = startUs
  let latest = startUs
  // Never back, whatever the machine's clock does: what traded has traded.
  const nowUs = (): EpochMicros => {
    latest = Math.max(latest, offset + (time.kind === "real" ? Math.floor((machineUs() - startedUs) * time.speed) : 0))
    return latest
  }
  const acceptsTime: AcceptsTime = (timestampSec) => {
    const machine = machineUs()
    const ahead = timestampSec * MICROS_PER_SECOND - machine
    const [first, last] = [startUs - startedUs, nowUs() - machine]
    const near = (low: number, high: number) =>
      ahead >= low - TIMESTAMP_TOLERANCE_US && ahead <= high + TIMESTAMP_TOLERANCE_US
    return near(0, 0) || near(Math.min(first, last), Math.max(first, last))
  }
  return {
    nowUs,
    acceptsTime,
    advance: (us) =>
      Number.isSafeInteger(us) && us >= 0
        ? Effect.sync(() => {
            offset += us
            return nowUs()
          })
        : Effect.fail(new InputError({ field: "advance", problem: "must be whole microseconds, not below 0" }))
  }
}
