import { type Order } from "../domain/Order.ts"
import { type SwitchName, type SwitchState } from "../domain/Switches.ts"

/** Stable codes of what the switches refuse, up to the colon. */
export const gateCodes = ["kill switch", "live trading disabled", "manual confirmation missing"] as const

const stateOf = (switches: ReadonlyArray<SwitchState>, name: SwitchName): SwitchState | undefined =>
  switches.find((state) => state.name === name)

/**
 * The gates before risk, in order: kill switch, then for live orders ENABLE_LIVE_TRADING, then confirmation. Gives the
 * reason of the first that is shut; null when all are open. A switch that is not there counts as the protection on.
 */
export const gateRefusal = (
  order: { readonly mode: Order["mode"]; readonly confirmed: boolean },
  switches: ReadonlyArray<SwitchState>
): string | null => {
  const kill = stateOf(switches, "KILL_SWITCH")
  if (kill?.value !== false) return `kill switch: KILL_SWITCH is on (${kill?.origin ?? "unknown"}), no new orders`
  if (order.mode === "paper") return null
  const enabled = stateOf(switches, "ENABLE_LIVE_TRADING")
  if (enabled?.value !== true) {
    return `live trading disabled: ENABLE_LIVE_TRADING is off (${enabled?.origin ?? "unknown"})`
  }
  const confirm = stateOf(switches, "REQUIRE_MANUAL_CONFIRM")
  if (confirm?.value !== false && !order.confirmed) {
    return `manual confirmation missing: REQUIRE_MANUAL_CONFIRM is on (${confirm?.origin ?? "unknown"}), use --confirm-live`
  }
  return null
}
