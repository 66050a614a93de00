import * as Effect from "effect/Effect"
import { AppConfig } from "../config/AppConfig.ts"
import { freshnessOf } from "../core/freshness.ts"
import { type StoreError } from "../domain/errors.ts"
import { type Freshness } from "../domain/Freshness.ts"
import { MICROS_PER_SECOND } from "../domain/time.ts"
import { defaultIntervalSec } from "../policy/run.ts"
import { LookRepo } from "../ports/LookRepo.ts"

/** How old quotes may be now: as configured, `auto` by the looks that are recorded and by how often this run asks. */
export const storedFreshness = (
  intervalSec: number = defaultIntervalSec
): Effect.Effect<Freshness, StoreError, AppConfig | LookRepo> =>
  Effect.gen(function* () {
    const { risk } = yield* AppConfig
    const { spacings } = yield* LookRepo
    return freshnessOf(risk.max_quote_age_sec, intervalSec * MICROS_PER_SECOND, yield* spacings)
  })
