import * as Effect from "effect/Effect"
import { AppConfig } from "../../config/AppConfig.ts"
import { venueModelOf } from "../../core/venue/simulateFill.ts"
import { type Freshness } from "../../domain/Freshness.ts"
import { type Order } from "../../domain/Order.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { type VenueCapabilities } from "../../ports/Executor.ts"
import { RiskGuard } from "../../ports/RiskGuard.ts"
import { type Strategy } from "../../ports/StrategyRegistry.ts"
import { type EngineSettings } from "../EngineSettings.ts"
import { packagePolicyOf } from "../packages/packagePolicy.ts"

/** The engine's settings from the configuration and the risk service. */
export const engineSettings = (request: {
  readonly mode: Order["mode"]
  readonly capabilities: VenueCapabilities
  readonly confirmed: boolean
  readonly strategies: ReadonlyArray<Strategy>
  readonly maxSignals: number
  readonly cooldownUs: EpochMicros
  readonly freshness: Freshness
}): Effect.Effect<EngineSettings, never, AppConfig | RiskGuard> =>
  Effect.gen(function* () {
    const { execution } = yield* AppConfig
    const { decide, limits } = yield* RiskGuard
    const { capabilities, confirmed, cooldownUs, freshness, maxSignals, mode, strategies } = request
    return {
      model: venueModelOf(execution),
      ...packagePolicyOf(execution),
      ...{ mode, confirmed, strategies, maxSignals, cooldownUs, freshness, limits, decide },
      venue: capabilities
    }
  })
