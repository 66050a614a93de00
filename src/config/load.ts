import * as FileSystem from "@effect/platform/FileSystem"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { FileError, InputError } from "../domain/errors.ts"
import { switchNames } from "../domain/Switches.ts"
import { type AppConfigShape, defaultConfig } from "./AppConfig.ts"
import { type ConfigSources } from "./ConfigSources.ts"
import { parseConfigText, type ParsedConfig } from "./parse.ts"
import { baseUrlProblem } from "./schema.ts"

/** Options of the command line that overrule environment and file; null: not given. */
export interface ConfigOptions {
  readonly configPath: string | null
  readonly dbPath: string | null
  /** `--bankroll`, USDC: overrules `risk.buying_power`. */
  readonly bankroll: number | null
}

export interface LoadedConfig {
  readonly config: AppConfigShape
  readonly sources: Context.Tag.Service<ConfigSources>
}

/** Read when it exists and no other file was named. */
export const defaultConfigPath = "configs/config.yaml"

const fromEnvironment = (name: string): Effect.Effect<Option.Option<string>, InputError> =>
  Config.option(Config.string(name)).pipe(
    Effect.mapError(
      (error: ConfigError.ConfigError) =>
        new InputError({ field: `environment variable ${name}`, problem: `cannot be read: ${error._op}` })
    )
  )

const nonEmpty = (field: string, value: string): Effect.Effect<string, InputError> =>
  value.trim() === "" ? Effect.fail(new InputError({ field, problem: "must not be empty" })) : Effect.succeed(value)

interface Choice {
  readonly path: string
  /** What errors call it. */
  readonly field: string
}

const chooseFile = Effect.fnUntraced(function* (options: ConfigOptions) {
  if (options.configPath !== null) return { path: options.configPath, field: "--config" }
  const named = yield* fromEnvironment("MONOMARKET_CONFIG")
  if (Option.isSome(named)) return { path: named.value, field: "environment variable MONOMARKET_CONFIG" }
  const fs = yield* FileSystem.FileSystem
  const exists = yield* Effect.mapError(
    fs.exists(defaultConfigPath),
    (error) => new FileError({ path: defaultConfigPath, operation: "look up", detail: error.message })
  )
  return exists ? { path: defaultConfigPath, field: defaultConfigPath } : null
})

const readChoice = Effect.fnUntraced(function* ({ field, path }: Choice) {
  const fs = yield* FileSystem.FileSystem
  yield* nonEmpty(field, path)
  const text = yield* Effect.mapError(fs.readFileString(path), (error) => {
    const reason = error._tag === "SystemError" ? error.reason : error.message
    return new InputError({
      field,
      problem: reason === "NotFound" ? `file "${path}" does not exist` : `file "${path}" cannot be read (${reason})`
    })
  })
  return yield* parseConfigText(text.startsWith("\uFEFF") ? text.slice(1) : text, path)
})

type TradingMode = AppConfigShape["trading"]["mode"]

const modeFrom = (value: Option.Option<string>, fallback: TradingMode): Effect.Effect<TradingMode, InputError> => {
  if (Option.isNone(value)) return Effect.succeed(fallback)
  const word = value.value.trim().toLowerCase()
  return word === "paper" || word === "live"
    ? Effect.succeed(word)
    : Effect.fail(
        new InputError({
          field: "environment variable MONOMARKET_MODE",
          problem: `must be paper or live, not "${value.value}"`
        })
      )
}

const urlFrom = Effect.fnUntraced(function* (name: string, fallback: string) {
  const value = yield* fromEnvironment(name)
  if (Option.isNone(value)) return fallback
  const problem = baseUrlProblem(value.value)
  return problem === undefined ? value.value : yield* new InputError({ field: `environment variable ${name}`, problem })
})

const dbPathFrom = Effect.fnUntraced(function* (options: ConfigOptions, fallback: string) {
  if (options.dbPath !== null) return yield* nonEmpty("--db", options.dbPath)
  const named = yield* fromEnvironment("MONOMARKET_DB")
  return Option.isSome(named) ? yield* nonEmpty("environment variable MONOMARKET_DB", named.value) : fallback
})

const switchesFromEnvironment = Effect.gen(function* () {
  const found = new Map<(typeof switchNames)[number], string>()
  for (const name of switchNames) {
    const value = yield* fromEnvironment(name)
    if (Option.isSome(value)) found.set(name, value.value)
  }
  return found
})

/**
 * The configuration of this run. An option wins over the environment, the environment over the file, the file over the
 * defaults. The file is `--config`, else MONOMARKET_CONFIG, else configs/config.yaml where it exists, else none.
 */
export const loadConfig = Effect.fnUntraced(function* (options: ConfigOptions) {
  const choice = yield* chooseFile(options)
  const parsed: ParsedConfig =
    choice === null ? { config: defaultConfig, setKeys: new Set() } : yield* readChoice(choice)
  const { app, data, live, risk, trading } = parsed.config
  const config: AppConfigShape = {
    ...parsed.config,
    app: { ...app, db_path: yield* dbPathFrom(options, app.db_path) },
    risk: options.bankroll === null ? risk : { ...risk, buying_power: options.bankroll },
    trading: { ...trading, mode: yield* modeFrom(yield* fromEnvironment("MONOMARKET_MODE"), trading.mode) },
    data: {
      ...data,
      gamma_base_url: yield* urlFrom("MONOMARKET_GAMMA_URL", data.gamma_base_url),
      data_base_url: yield* urlFrom("MONOMARKET_DATA_URL", data.data_base_url),
      clob_base_url: yield* urlFrom("MONOMARKET_CLOB_URL", data.clob_base_url)
    },
    live: { ...live, geoblock_url: yield* urlFrom("MONOMARKET_GEOBLOCK_URL", live.geoblock_url) }
  }
  const loaded: LoadedConfig = {
    config,
    sources: {
      file: choice === null ? null : choice.path,
      setKeys: parsed.setKeys,
      environmentSwitches: yield* switchesFromEnvironment
    }
  }
  return loaded
})
