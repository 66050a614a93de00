import type * as Context from "effect/Context"
import * as Either from "effect/Either"
import { type AppConfigShape } from "../../config/AppConfig.ts"
import { type ConfigSources } from "../../config/ConfigSources.ts"
import { resolveSwitches } from "../../config/switches.ts"
import { type SwitchName, type SwitchState } from "../../domain/Switches.ts"
import { blockingLive, type Finding, ok, problem, warning } from "./finding.ts"

type Sources = Context.Tag.Service<ConfigSources>

/** Which configuration this is; that it could be read was proved before. */
export const configurationFinding = (config: AppConfigShape, { file }: Sources): Finding => {
  const { chain_id } = config.live
  const found = `${file ?? "no file, the defaults"}; mode ${config.trading.mode}, chain ${chain_id}`
  return chain_id === 137
    ? ok("configuration", found)
    : warning("configuration", `${found} (test chain)`, "set live.chain_id to 137 for the real exchange")
}

const off: { readonly [name in SwitchName]: string } = {
  KILL_SWITCH: "new orders allowed",
  ENABLE_LIVE_TRADING: "live orders are refused",
  REQUIRE_MANUAL_CONFIRM: "live orders go without a confirmation"
}
const on: { readonly [name in SwitchName]: string } = {
  KILL_SWITCH: "every new order is refused; sync and cancel still work",
  ENABLE_LIVE_TRADING: "live orders allowed",
  REQUIRE_MANUAL_CONFIRM: "a live order needs --confirm-live"
}

const keys: { readonly [name in SwitchName]: string } = {
  KILL_SWITCH: "trading.kill_switch",
  ENABLE_LIVE_TRADING: "trading.enable_live_trading",
  REQUIRE_MANUAL_CONFIRM: "trading.require_manual_confirm"
}

/** Where a switch has to be changed: the database has no say while the environment sets it. */
const howTo = ({ name, origin }: SwitchState, value: boolean): string =>
  origin === "environment"
    ? `set ${name}=${value} in the environment, or unset it there`
    : `\`monomarket set-switch ${name} ${value}\`, or ${keys[name]} in the configuration`

const switchFinding = (state: SwitchState): Finding => {
  const { name, origin, value } = state
  const check = name.toLowerCase()
  const found = `${value} (${origin}): ${(value ? on : off)[name]}`
  switch (name) {
    case "KILL_SWITCH":
      return value ? blockingLive(warning(check, found, howTo(state, false))) : ok(check, found)
    case "ENABLE_LIVE_TRADING":
      return value ? ok(check, found) : blockingLive(ok(check, found), howTo(state, true))
    case "REQUIRE_MANUAL_CONFIRM":
      return value ? ok(check, found) : warning(check, found, `${howTo(state, true)}, unless a program trades`)
  }
}

/** The switches as orders would meet them. `stored` null: the database cannot be read, so its values are unknown. */
export const switchFindings = (
  config: AppConfigShape,
  sources: Sources,
  stored: ReadonlyMap<SwitchName, string> | null
): ReadonlyArray<Finding> => {
  if (stored === null) {
    return [problem("switches", "unknown: the database cannot be read, so no order is taken", "see database")]
  }
  return Either.match(resolveSwitches(sources, stored, config), {
    onLeft: ({ message }) => [problem("switches", message, "set it anew with `monomarket set-switch`, or unset it")],
    onRight: (states) => states.map(switchFinding)
  })
}
