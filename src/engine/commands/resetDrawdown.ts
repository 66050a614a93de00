import * as Effect from "effect/Effect"
import { type StoreError } from "../../domain/errors.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { type Usdc } from "../../domain/units.ts"
import { VERSION } from "../../domain/version.ts"
import { DrawdownRepo } from "../../ports/DrawdownRepo.ts"
import { Journal } from "../../ports/Journal.ts"
import { nowUs } from "../now.ts"
import { JOURNAL_FORMAT } from "../session/journal/encode.ts"

/** What was forgotten. */
export interface DrawdownReset {
  readonly atUs: EpochMicros
  /** The peak from which the stop counted, micro-USDC; null: none was stored. */
  readonly peak: Usdc | null
  /** How often the stop has been reset, this time included. */
  readonly resets: number
}

/**
 * Lets the drawdown stop count anew, from the equity at the next look. The journal has it before the store does; sessions
 * that run read their portfolio, and with it the peak, again.
 */
export const resetDrawdown: Effect.Effect<DrawdownReset, StoreError, DrawdownRepo | Journal> = Effect.gen(function* () {
  const repo = yield* DrawdownRepo
  const journal = yield* Journal
  const atUs = yield* nowUs
  const before = yield* repo.read
  const resets = before.resets + 1
  yield* journal.append(() => [
    { kind: "session", atUs, body: { version: VERSION, format: JOURNAL_FORMAT, command: "risk-reset-drawdown" } },
    { kind: "reset", atUs, body: { stop: "drawdown", equity_peak: before.peak, resets } },
    { kind: "end", atUs, body: {} }
  ])
  yield* repo.reset(atUs)
  return { atUs, peak: before.peak, resets }
})
