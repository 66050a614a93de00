import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AppConfig } from "../config/AppConfig.ts"
import { ConfigSources } from "../config/ConfigSources.ts"

/**
 * The configuration with paper mode and ENABLE_LIVE_TRADING=false forced upon it, whatever the environment, the database
 * and the file say: for work that runs unattended.
 */
export const paperOnly: Layer.Layer<AppConfig | ConfigSources, never, AppConfig | ConfigSources> = Layer.effectContext(
  Effect.gen(function* () {
    const config = yield* AppConfig
    const sources = yield* ConfigSources
    return Context.make(AppConfig, {
      ...config,
      trading: { ...config.trading, mode: "paper", enable_live_trading: false }
    }).pipe(
      Context.add(ConfigSources, {
        ...sources,
        environmentSwitches: new Map(sources.environmentSwitches).set("ENABLE_LIVE_TRADING", "false")
      })
    )
  })
)
