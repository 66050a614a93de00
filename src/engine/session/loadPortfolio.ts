import * as Effect from "effect/Effect"
import { type StoreError } from "../../domain/errors.ts"
import { type Portfolio } from "../../domain/Portfolio.ts"
import { type RiskLimits } from "../../domain/Risk.ts"
import { type EpochMicros, MICROS_PER_DAY, utcDay } from "../../domain/time.ts"
import { TradeRecorder } from "../../ports/TradeRecorder.ts"
import { breakerMemoryUs, isSettled } from "../../risk/breaker.ts"

/**
 * The decisions that the breaker's state depends on: reads further back until what lies before cannot matter any more.
 */
const breakerPast = (limits: RiskLimits, atUs: EpochMicros) =>
  Effect.gen(function* () {
    const recorder = yield* TradeRecorder
    for (let memoryUs = breakerMemoryUs(limits); ; memoryUs *= 2) {
      const sinceUs = atUs - memoryUs
      const decisions = yield* recorder.decisionsSince(sinceUs)
      if (sinceUs <= 0 || isSettled(decisions, sinceUs, atUs, limits)) return decisions
    }
  })

/** What was taken of a snapshot that is older than this no longer matters: nothing should trade on it. */
const TAKEN_MEMORY_US = MICROS_PER_DAY

/** The portfolio as it is stored now, with what was tried within `cooldownUs`. */
export const loadPortfolio = (
  limits: RiskLimits,
  atUs: EpochMicros,
  cooldownUs: EpochMicros
): Effect.Effect<Portfolio, StoreError, TradeRecorder> =>
  Effect.gen(function* () {
    const recorder = yield* TradeRecorder
    const positions = yield* recorder.positions
    const working = yield* recorder.working
    const realizedToday = yield* recorder.realizedSince(utcDay(atUs) * MICROS_PER_DAY)
    const tried = cooldownUs === 0 ? [] : yield* recorder.triedSince(atUs - cooldownUs)
    const peak = limits.maxDrawdown === null ? null : yield* recorder.equityPeak
    const taken = yield* recorder.takenSince(atUs - TAKEN_MEMORY_US)
    return { positions, working, realizedToday, decisions: yield* breakerPast(limits, atUs), tried, peak, taken }
  })
