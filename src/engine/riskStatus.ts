import * as Effect from "effect/Effect"
import { type StoreError } from "../domain/errors.ts"
import { RiskGuard, type RiskStatus } from "../ports/RiskGuard.ts"
import { nowUs } from "./now.ts"

/** The limits, what counts against them now, and the breaker: what the next order will be held to. */
export const riskStatus: Effect.Effect<RiskStatus, StoreError, RiskGuard> = Effect.gen(function* () {
  const guard = yield* RiskGuard
  return yield* guard.status(yield* nowUs)
})
