import { type RiskLimits } from "../domain/Risk.ts"
import { type BreakerPhase } from "../domain/RiskVerdict.ts"
import { type EpochMicros } from "../domain/time.ts"

/**
 * The circuit breaker: opens after so many rejections in a row within a window, stays open for a cooldown, then lets one
 * order probe. An accepted order closes it, a rejected one opens it again at once. Its own refusals never count.
 */
export interface BreakerState {
  /** Times of the rejections in a row, oldest first. */
  readonly rejectedAtUs: ReadonlyArray<EpochMicros>
  /** null: closed. */
  readonly openUntilUs: EpochMicros | null
}

type BreakerLimits = Pick<
  RiskLimits,
  "circuitBreakerRejections" | "circuitBreakerWindowUs" | "circuitBreakerCooldownUs"
>

export const closedBreaker: BreakerState = { rejectedAtUs: [], openUntilUs: null }

/** After the cooldown one order may probe; if none does so within one window, the breaker closes again. */
export const breakerPhase = (state: BreakerState, nowUs: EpochMicros, limits: BreakerLimits): BreakerPhase => {
  if (state.openUntilUs === null) return "closed"
  if (nowUs < state.openUntilUs) return "open"
  return nowUs < state.openUntilUs + limits.circuitBreakerWindowUs ? "probe" : "closed"
}

/** Rejections in a row that still count. */
export const recentRejections = (state: BreakerState, nowUs: EpochMicros, limits: BreakerLimits): number => {
  let count = 0
  for (const atUs of state.rejectedAtUs) if (atUs > nowUs - limits.circuitBreakerWindowUs) count += 1
  return count
}

/** The state after one decision. */
export const recordDecision = (
  state: BreakerState,
  decision: { readonly atUs: EpochMicros; readonly rejected: boolean },
  limits: BreakerLimits
): BreakerState => {
  const phase = breakerPhase(state, decision.atUs, limits)
  if (!decision.rejected) return state === closedBreaker || phase === "open" ? state : closedBreaker
  if (phase === "open") return state
  const from = decision.atUs - limits.circuitBreakerWindowUs
  const rejectedAtUs = [...state.rejectedAtUs.filter((atUs) => atUs > from), decision.atUs].slice(
    -limits.circuitBreakerRejections
  )
  const opens = phase === "probe" || rejectedAtUs.length >= limits.circuitBreakerRejections
  return { rejectedAtUs, openUntilUs: opens ? decision.atUs + limits.circuitBreakerCooldownUs : null }
}

/** After this long without a rejection nothing of the past matters: no rejection counts, and no cooldown runs. */
const settledAfterUs = (limits: BreakerLimits): EpochMicros =>
  limits.circuitBreakerWindowUs + limits.circuitBreakerCooldownUs

/** How far back to read decisions at first; `isSettled` says whether that was enough. */
export const breakerMemoryUs = (limits: BreakerLimits): EpochMicros => 2 * settledAfterUs(limits)

/**
 * Whether decisions since `sinceUs` (oldest first) give the exact state at `nowUs`. Failed probes follow each other
 * without end, each opening the breaker only because the one before did, so no fixed memory is enough: what lies
 * before a long enough stretch without rejections is what may be forgotten.
 */
export const isSettled = (
  decisions: Iterable<{ readonly atUs: EpochMicros; readonly rejected: boolean }>,
  sinceUs: EpochMicros,
  nowUs: EpochMicros,
  limits: BreakerLimits
): boolean => {
  let lastUs = sinceUs
  for (const { atUs, rejected } of decisions) {
    if (!rejected) continue
    if (atUs - lastUs > settledAfterUs(limits)) return true
    lastUs = atUs
  }
  return nowUs - lastUs > settledAfterUs(limits)
}

/** The state after all decisions, oldest first. */
export const foldDecisions = (
  decisions: Iterable<{ readonly atUs: EpochMicros; readonly rejected: boolean }>,
  limits: BreakerLimits
): BreakerState => {
  let state = closedBreaker
  for (const decision of decisions) state = recordDecision(state, decision, limits)
  return state
}
