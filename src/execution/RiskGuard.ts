import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AppConfig } from "../config/AppConfig.ts"
import { RiskGuard } from "../ports/RiskGuard.ts"
import { decidePackageOrders } from "../risk/bundle.ts"
import { limitsOf } from "../risk/limits.ts"

/** The configured limits over risk/bundle.ts. */
export const layer: Layer.Layer<RiskGuard, never, AppConfig> = Layer.effect(
  RiskGuard,
  Effect.map(AppConfig, ({ risk }) => {
    const limits = limitsOf(risk)
    return RiskGuard.of({ limits, decide: (estimates, exposure) => decidePackageOrders(estimates, exposure, limits) })
  })
)
