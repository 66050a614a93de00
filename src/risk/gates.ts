import { type Order } from "../domain/Order.ts"
import { type Rejection } from "../domain/rejection.ts"
import { type SwitchName, type SwitchState } from "../domain/Switches.ts"

const stateOf = (switches: ReadonlyArray<SwitchState>, name: SwitchName): SwitchState | undefined =>
  switches.find((state) => state.name === name)

const shut = (
  code: "kill switch" | "live trading disabled" | "manual confirmation missing",
  setting: SwitchName,
  state: SwitchState | undefined
): Rejection => ({ code, by: "gate", setting, origin: state?.origin ?? "unknown" })

/**
 * The gates before risk, in order: kill switch, then for live orders ENABLE_LIVE_TRADING, then confirmation. Gives the
 * first that is shut; null when all are open. A switch that is not there counts as the protection on.
 */
export const gateRefusal = (
  order: { readonly mode: Order["mode"]; readonly confirmed: boolean },
  switches: ReadonlyArray<SwitchState>
): Rejection | null => {
  const kill = stateOf(switches, "KILL_SWITCH")
  if (kill?.value !== false) return shut("kill switch", "KILL_SWITCH", kill)
  if (order.mode === "paper") return null
  const enabled = stateOf(switches, "ENABLE_LIVE_TRADING")
  if (enabled?.value !== true) return shut("live trading disabled", "ENABLE_LIVE_TRADING", enabled)
  const confirm = stateOf(switches, "REQUIRE_MANUAL_CONFIRM")
  return confirm?.value !== false && !order.confirmed
    ? shut("manual confirmation missing", "REQUIRE_MANUAL_CONFIRM", confirm)
    : null
}

/** The switches of a backtest: no kill switch, nothing live. */
export const noProtections: ReadonlyArray<SwitchState> = [
  { name: "KILL_SWITCH", value: false, origin: "default" },
  { name: "ENABLE_LIVE_TRADING", value: false, origin: "default" },
  { name: "REQUIRE_MANUAL_CONFIRM", value: true, origin: "default" }
]
