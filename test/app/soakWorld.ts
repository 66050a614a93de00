import { join } from "node:path"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { wholeJob } from "../../src/app/unattended.ts"
import { onVirtualTime, type VirtualClock } from "../../src/app/virtualClock.ts"
import { AppConfig, type AppConfigShape, defaultConfig } from "../../src/config/AppConfig.ts"
import { ConfigSources } from "../../src/config/ConfigSources.ts"
import { type InProcessExchange, makeInProcessExchange } from "../../src/simulator/inProcessClient.ts"
import { makeUniverse } from "../../src/simulator/universe.ts"
import { storeLayer } from "../../src/store/layer.ts"
import { temporaryFolder } from "../store/support.ts"

export interface SoakWorld {
  readonly clock: VirtualClock
  readonly exchange: InProcessExchange
  readonly folder: string
}

const layerOf = (database: string, exchange: InProcessExchange) => {
  const config: AppConfigShape = {
    ...defaultConfig,
    app: { ...defaultConfig.app, db_path: database },
    data: {
      ...defaultConfig.data,
      gamma_base_url: exchange.urls.gamma,
      data_base_url: exchange.urls.data,
      clob_base_url: exchange.urls.clob,
      max_body_mb: 4
    }
  }
  return wholeJob.pipe(
    Layer.provide(Layer.succeed(HttpClient.HttpClient, exchange.client)),
    Layer.provideMerge(storeLayer(database, { create: true })),
    Layer.provideMerge(Layer.succeed(AppConfig, config)),
    Layer.provideMerge(
      Layer.succeed(ConfigSources, { file: null, setKeys: new Set<string>(), environmentSwitches: new Map() })
    )
  )
}

type WorldServices = Layer.Layer.Success<ReturnType<typeof layerOf>>

/** The whole program over a new database and a generated exchange, without sockets and on virtual time. */
export const inSoakWorld = <A, E>(
  seed: number,
  body: (world: SoakWorld) => Effect.Effect<A, E, WorldServices>
): Effect.Effect<A, E | Layer.Layer.Error<ReturnType<typeof layerOf>>> =>
  Effect.scoped(
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const backend = makeUniverse({ seed, markets: 60 })
      const exchange = makeInProcessExchange({ backend, faultSeed: seed, tuning: { hugeBytes: 5_000_000 } })
      return yield* onVirtualTime(backend.startUs, (clock) =>
        body({ clock, exchange, folder }).pipe(Effect.provide(layerOf(join(folder, "soak.db"), exchange)))
      )
    })
  ).pipe(Logger.withMinimumLogLevel(LogLevel.None))

/** The world's configuration with another greatest age of a signal, seconds; null: none is too old. */
export const maxSignalAge = (seconds: number | null): Layer.Layer<AppConfig, never, AppConfig> =>
  Layer.effect(
    AppConfig,
    Effect.map(AppConfig, (config) => ({
      ...config,
      execution: { ...config.execution, max_signal_age_sec: seconds }
    }))
  )
