import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AppConfig } from "../config/AppConfig.ts"
import { RiskGuard } from "../ports/RiskGuard.ts"
import { guardOf } from "../risk/guard.ts"
import { limitsOf } from "../risk/limits.ts"

/** The configured limits over risk/guard.ts. */
export const layer: Layer.Layer<RiskGuard, never, AppConfig> = Layer.effect(
  RiskGuard,
  Effect.map(AppConfig, ({ risk }) => RiskGuard.of(guardOf(limitsOf(risk))))
)
