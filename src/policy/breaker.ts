import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as ScheduleInterval from "effect/ScheduleInterval"
import * as SynchronizedRef from "effect/SynchronizedRef"
import {
  type Admission,
  type BreakerInput,
  type BreakerPhase,
  type BreakerSettings,
  type BreakerState,
  type BreakerStep,
  closedBreaker
} from "../domain/Breaker.ts"
import { type EpochMicros, MICROS_PER_MS } from "../domain/time.ts"

export const phaseOf = ({ openUntilUs, probeUs }: BreakerState): BreakerPhase =>
  openUntilUs === null ? "closed" : probeUs === null ? "open" : "half_open"

const closed: Admission = { _tag: "closed" }

const stepOf = (state: BreakerState, entered: BreakerPhase | null, admission?: Admission): BreakerStep => {
  const { openUntilUs } = state
  const standing: Admission = openUntilUs === null ? closed : { _tag: "refused", openUntilUs }
  return { state, phase: phaseOf(state), admission: admission ?? standing, entered }
}

/**
 * The one who asks first after the cooldown gets the probe. It pushes the opening a cooldown further, which refuses the
 * others and lets the next probe out should this one never be heard of again.
 */
const ask = (settings: BreakerSettings, before: BreakerState, nowUs: EpochMicros): BreakerStep => {
  if (before.openUntilUs === null || nowUs < before.openUntilUs) return stepOf(before, null)
  const probing = { ...before, openUntilUs: nowUs + settings.cooldownUs, probeUs: nowUs }
  return stepOf(probing, "half_open", { _tag: "probe" })
}

const succeed = (before: BreakerState): BreakerStep =>
  stepOf({ ...closedBreaker, lastReason: before.lastReason }, before.openUntilUs === null ? null : "closed")

/** Whether the attempt that ended was the probe: it was let go as such, or it came after the cooldown. */
const isProbe = (
  { openUntilUs, probeUs }: BreakerState,
  nowUs: EpochMicros,
  admitted: "closed" | "probe" | undefined
): boolean =>
  admitted === undefined ? probeUs !== null || (openUntilUs !== null && nowUs >= openUntilUs) : admitted === "probe"

/** An attempt that began before the breaker opened changes nothing but the count when it fails. */
const fail = (
  settings: BreakerSettings,
  before: BreakerState,
  nowUs: EpochMicros,
  { admitted, reason }: Extract<BreakerInput, { readonly _tag: "failed" }>
): BreakerStep => {
  const consecutiveFailures = before.consecutiveFailures + 1
  const counted = { ...before, consecutiveFailures, lastReason: reason }
  const opens =
    before.openUntilUs === null ? consecutiveFailures >= settings.failureThreshold : isProbe(before, nowUs, admitted)
  if (!opens) return stepOf(counted, null)
  return stepOf({ ...counted, openUntilUs: nowUs + settings.cooldownUs, probeUs: null }, "open")
}

const next = (settings: BreakerSettings, before: BreakerState, nowUs: EpochMicros, input: BreakerInput): BreakerStep =>
  input._tag === "asked"
    ? ask(settings, before, nowUs)
    : input._tag === "succeeded"
      ? succeed(before)
      : fail(settings, before, nowUs, input)

/**
 * The breaker as a schedule over what became of attempts, from the state in which it was left. `failureThreshold` failures
 * in a row open it; the delay is then the cooldown, and the attempt after it is the probe: its success closes the breaker,
 * its failure opens it again at once. While it is closed there is no delay: how long to wait after a single failure is for
 * a schedule beside it to say. It never ends.
 *
 * One fiber that repeats or retries with it needs no more than that. Where several ask, they ask first: one gets the probe.
 */
export const breaker = (
  settings: BreakerSettings,
  resumed: BreakerState = closedBreaker
): Schedule.Schedule<BreakerStep, BreakerInput> =>
  Schedule.makeWithState(resumed, (nowMs, input: BreakerInput, before) =>
    Effect.sync(() => {
      const step = next(settings, before, Math.round(nowMs * MICROS_PER_MS), input)
      const goOnMs = step.admission._tag === "refused" ? Math.ceil(step.admission.openUntilUs / MICROS_PER_MS) : nowMs
      return [step.state, step, ScheduleDecision.continueWith(ScheduleInterval.after(goOnMs))] as const
    })
  )

/** One step of the schedule at a given moment, from a stored state: who stores its output steps it again from there. */
export const stepBreaker = (
  settings: BreakerSettings,
  stored: BreakerState,
  nowUs: EpochMicros,
  input: BreakerInput
): Effect.Effect<BreakerStep> =>
  Effect.map(breaker(settings, stored).step(nowUs / MICROS_PER_MS, input, stored), ([, step]) => step)

/** Runs an attempt if the breaker lets it, and lets the breaker know how it ended. */
export type Guard = <A, E, E2, R>(
  attempt: Effect.Effect<A, E, R>,
  on: {
    /** The failure in place of an attempt that was not made. */
    readonly refused: (state: BreakerState, openUntilUs: EpochMicros) => E2
    /** Why the service failed; null: it is not what failed. */
    readonly reasonOf: (error: E) => string | null
  }
) => Effect.Effect<A, E | E2, R>

const nowUs = Effect.map(Clock.currentTimeMillis, (ms) => ms * MICROS_PER_MS)

/** A breaker that lives as long as the program, for a service whose failures need not be known to the next process. */
export const makeGuard = (settings: BreakerSettings): Effect.Effect<Guard> =>
  Effect.map(SynchronizedRef.make(closedBreaker), (ref): Guard => {
    const step = (input: BreakerInput) =>
      SynchronizedRef.modifyEffect(ref, (stored) =>
        Effect.map(
          Effect.flatMap(nowUs, (at) => stepBreaker(settings, stored, at, input)),
          (done) => [done, done.state] as const
        )
      )
    return (attempt, { reasonOf, refused }) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const { admission, state } = yield* step({ _tag: "asked" })
          if (admission._tag === "refused") return yield* Effect.fail(refused(state, admission.openUntilUs))
          const exit = yield* Effect.exit(restore(attempt))
          if (Exit.isSuccess(exit)) {
            yield* step({ _tag: "succeeded" })
            return exit.value
          }
          const reason = Option.getOrNull(Option.flatMapNullable(Cause.failureOption(exit.cause), reasonOf))
          // A probe of which nothing is known in the end would leave the breaker half open; it opens again instead.
          const unheard = admission._tag === "probe" ? "given up" : null
          const why = reason ?? unheard
          if (why !== null) yield* step({ _tag: "failed", reason: why, admitted: admission._tag })
          return yield* exit
        })
      )
  })
