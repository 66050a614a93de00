import { type EpochMicros } from "./time.ts"

/** A breaker keeps a service that failed again and again from being asked for a while: policy/breaker.ts has the rules. */
export interface BreakerSettings {
  /** Failed attempts in a row that open it. */
  readonly failureThreshold: number
  readonly cooldownUs: EpochMicros
}

/** All that a breaker remembers: where it is stored, another process goes on from there. */
export interface BreakerState {
  readonly consecutiveFailures: number
  /** null: closed. In the past: one probe may go out. */
  readonly openUntilUs: EpochMicros | null
  /** When the probe that is out was let go; null: none is. */
  readonly probeUs: EpochMicros | null
  /** Why the last failed attempt failed; empty: none did. */
  readonly lastReason: string
}

export const closedBreaker: BreakerState = {
  consecutiveFailures: 0,
  openUntilUs: null,
  probeUs: null,
  lastReason: ""
}

/** `half_open`: a probe is out. */
export type BreakerPhase = "closed" | "open" | "half_open"

/** What a breaker hears of: that one asks before an attempt, and how attempts end. */
export type BreakerInput =
  | { readonly _tag: "asked" }
  | { readonly _tag: "succeeded" }
  | {
      readonly _tag: "failed"
      readonly reason: string
      /** The answer that this attempt had got. Left out by one who never asks, and waits as the schedule says. */
      readonly admitted?: "closed" | "probe"
    }

/** `closed`: go on. `probe`: this caller, and only this one, may try. `refused`: not before `openUntilUs`. */
export type Admission =
  | { readonly _tag: "closed" }
  | { readonly _tag: "probe" }
  | { readonly _tag: "refused"; readonly openUntilUs: EpochMicros }

/** What an input made of a breaker. */
export interface BreakerStep {
  readonly state: BreakerState
  readonly phase: BreakerPhase
  /** The answer to whoever asked; after an attempt, the one that the next attempt would get at this moment. */
  readonly admission: Admission
  /** The phase that began with this input; null: it goes on as before. */
  readonly entered: BreakerPhase | null
}
