import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { AppConfig, type AppConfigShape } from "../config/AppConfig.ts"
import { ConfigSources } from "../config/ConfigSources.ts"
import { parseConfig } from "../config/parse.ts"
import { type ConfigFile } from "../config/schema.ts"
import { type EpochMicros } from "../domain/time.ts"
import { loggingLayer } from "./logging.ts"
import { errorOf } from "./MonomarketError.ts"
import { steppedClock } from "./steppedClock.ts"

/** What every operation takes. */
export interface Settings {
  /** SQLite file; default: `app.db_path` of the configuration. */
  readonly database?: string
  /** The sections of a configuration file, as far as they differ from the defaults. */
  readonly config?: ConfigFile
  /** A simulated exchange to talk to in place of the real one; what is recorded then carries its market time. */
  readonly exchange?: ExchangeAddress
  /** Gives up when it is aborted; the Promise rejects with code Interrupted. */
  readonly signal?: AbortSignal
}

export interface ExchangeAddress {
  readonly urls: { readonly gamma: string; readonly data: string; readonly clob: string }
  readonly now: () => EpochMicros
}

/** Runs a program that needs nothing; rejects with an Error whose message is one line. */
export const runPromise = async <A, E>(program: Effect.Effect<A, E>, signal?: AbortSignal): Promise<A> => {
  const exit = await Effect.runPromiseExit(program, signal === undefined ? {} : { signal })
  if (Exit.isSuccess(exit)) return exit.value
  throw errorOf(exit.cause)
}

const adapt = (config: AppConfigShape, { database, exchange }: Settings): AppConfigShape => ({
  ...config,
  app: database === undefined ? config.app : { ...config.app, db_path: database },
  data:
    exchange === undefined
      ? config.data
      : {
          ...config.data,
          gamma_base_url: exchange.urls.gamma,
          data_base_url: exchange.urls.data,
          clob_base_url: exchange.urls.clob,
          rate_limit_per_sec: 1_000
        }
})

/** A program that uses the library and sets no log level gets warnings and errors only. */
const quiet = (config: ConfigFile = {}): ConfigFile => ({ ...config, app: { log_level: "WARNING", ...config.app } })

const worldOf = (settings: Settings) =>
  Layer.unwrapEffect(
    Effect.map(parseConfig(quiet(settings.config)), ({ config, setKeys }) =>
      Layer.mergeAll(
        Layer.succeed(AppConfig, adapt(config, settings)),
        Layer.succeed(ConfigSources, { file: null, setKeys, environmentSwitches: new Map() }),
        loggingLayer(config.app.log_level)
      )
    )
  )

/** Runs a program over the configuration that the settings describe. */
export const runWith = <A, E>(
  settings: Settings,
  program: Effect.Effect<A, E, AppConfig | ConfigSources>
): Promise<A> => {
  const provided = Effect.provide(program, worldOf(settings))
  const { exchange, signal } = settings
  return runPromise(
    exchange === undefined
      ? provided
      : Effect.flatMap(Effect.clock, (live) => Effect.withClock(provided, steppedClock(live, exchange.now))),
    signal
  )
}
