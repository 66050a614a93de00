import * as Either from "effect/Either"
import type * as Context from "effect/Context"
import { InputError } from "../domain/errors.ts"
import { booleanWords, parseBoolean, type SwitchName, switchNames, type SwitchState } from "../domain/Switches.ts"
import { type AppConfigShape } from "./AppConfig.ts"
import { type ConfigSources } from "./ConfigSources.ts"
import { suggestion } from "./nearest.ts"

const configKeys = {
  KILL_SWITCH: "kill_switch",
  ENABLE_LIVE_TRADING: "enable_live_trading",
  REQUIRE_MANUAL_CONFIRM: "require_manual_confirm"
} as const

/** A switch by the name a person typed, in any case. */
export const parseSwitchName = (text: string): Either.Either<SwitchName, InputError> => {
  const wanted = text.trim().toUpperCase()
  const name = switchNames.find((candidate) => candidate === wanted)
  return name === undefined
    ? Either.left(
        new InputError({ field: "NAME", problem: `"${text}" is not a switch${suggestion(wanted, switchNames)}` })
      )
    : Either.right(name)
}

/** Yes or no in any of the accepted words. */
export const parseSwitchValue = (field: string, text: string): Either.Either<boolean, InputError> => {
  const value = parseBoolean(text)
  return value === undefined
    ? Either.left(new InputError({ field, problem: `must be ${booleanWords}, not "${text}"` }))
    : Either.right(value)
}

const resolveOne = (
  name: SwitchName,
  sources: Context.Tag.Service<ConfigSources>,
  stored: ReadonlyMap<SwitchName, string>,
  trading: AppConfigShape["trading"]
): Either.Either<SwitchState, InputError> => {
  const fromEnvironment = sources.environmentSwitches.get(name)
  if (fromEnvironment !== undefined) {
    return Either.map(parseSwitchValue(`environment variable ${name}`, fromEnvironment), (value): SwitchState => ({
      name,
      value,
      origin: "environment"
    }))
  }
  const fromDatabase = stored.get(name)
  if (fromDatabase !== undefined) {
    return Either.map(parseSwitchValue(`${name} in the database`, fromDatabase), (value): SwitchState => ({
      name,
      value,
      origin: "database"
    }))
  }
  const key = configKeys[name]
  return Either.right({
    name,
    value: trading[key],
    origin: sources.setKeys.has(`trading.${key}`) ? "config" : "default"
  })
}

/**
 * Every switch with its value and where it came from: environment, then database, then configuration. A value that
 * cannot be read is an error, never a guess: a misspelt word must not turn a protection off.
 */
export const resolveSwitches = (
  sources: Context.Tag.Service<ConfigSources>,
  stored: ReadonlyMap<SwitchName, string>,
  config: AppConfigShape
): Either.Either<ReadonlyArray<SwitchState>, InputError> =>
  Either.all(switchNames.map((name) => resolveOne(name, sources, stored, config.trading)))
