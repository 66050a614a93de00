import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { paperOnly } from "../../src/app/paperOnly.ts"
import { AppConfig, defaultConfig } from "../../src/config/AppConfig.ts"
import { ConfigSources } from "../../src/config/ConfigSources.ts"
import { resolveSwitches } from "../../src/config/switches.ts"

describe("paperOnly", () => {
  it.effect("wins over environment, database and file, and leaves the other switches alone", () =>
    Effect.gen(function* () {
      const config = yield* AppConfig
      const sources = yield* ConfigSources
      expect(config.trading).toMatchObject({ mode: "paper", enable_live_trading: false })
      const switches = yield* resolveSwitches(sources, new Map([["ENABLE_LIVE_TRADING", "true"]]), config)
      expect(switches.find(({ name }) => name === "ENABLE_LIVE_TRADING")).toMatchObject({ value: false })
      expect(switches.find(({ name }) => name === "KILL_SWITCH")).toMatchObject({ value: true, origin: "environment" })
    }).pipe(
      Effect.provide(
        paperOnly.pipe(
          Layer.provide(
            Layer.merge(
              Layer.succeed(AppConfig, {
                ...defaultConfig,
                trading: { ...defaultConfig.trading, mode: "live", enable_live_trading: true }
              }),
              Layer.succeed(ConfigSources, {
                file: null,
                setKeys: new Set(["trading.enable_live_trading"]),
                environmentSwitches: new Map([
                  ["ENABLE_LIVE_TRADING", "yes"],
                  ["KILL_SWITCH", "on"]
                ] as const)
              })
            )
          )
        )
      )
    )
  )
})
