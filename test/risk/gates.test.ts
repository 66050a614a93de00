import { describe, expect, it } from "vitest"
import { type SwitchName, type SwitchState } from "../../src/domain/Switches.ts"
import { gateRefusal, noProtections } from "../../src/risk/gates.ts"

const open: Readonly<Record<SwitchName, boolean>> = {
  KILL_SWITCH: false,
  ENABLE_LIVE_TRADING: true,
  REQUIRE_MANUAL_CONFIRM: false
}
const names: ReadonlyArray<SwitchName> = ["KILL_SWITCH", "ENABLE_LIVE_TRADING", "REQUIRE_MANUAL_CONFIRM"]
const states = (values: Partial<Readonly<Record<SwitchName, boolean>>>): ReadonlyArray<SwitchState> =>
  names.flatMap((name): ReadonlyArray<SwitchState> => {
    const value = values[name]
    return value === undefined ? [] : [{ name, value, origin: "database" }]
  })

const without = (missing: SwitchName) => states(open).filter(({ name }) => name !== missing)
const live = { mode: "live", confirmed: false } as const
const confirmed = { mode: "live", confirmed: true } as const
const paper = { mode: "paper", confirmed: false } as const

describe("gates", () => {
  it("let an order through when all are open", () => {
    for (const order of [live, confirmed, paper]) expect(gateRefusal(order, states(open))).toBeNull()
  })

  it.each([
    ["KILL_SWITCH", true, "kill switch", live],
    ["KILL_SWITCH", true, "kill switch", paper],
    ["ENABLE_LIVE_TRADING", false, "live trading disabled", confirmed],
    ["REQUIRE_MANUAL_CONFIRM", true, "manual confirmation missing", live]
  ] as const)("%s %s refuses: %s", (name, value, code, order) => {
    expect(gateRefusal(order, states({ ...open, [name]: value }))).toStrictEqual({
      ...{ code, by: "gate", setting: name, origin: "database" }
    })
    // A switch that is not there counts as the protection on.
    expect(gateRefusal(order, without(name))).toStrictEqual({ code, by: "gate", setting: name, origin: "unknown" })
  })

  it("are all shut where no switch is known", () => {
    for (const order of [live, confirmed, paper]) {
      expect(gateRefusal(order, [])).toMatchObject({ setting: "KILL_SWITCH", origin: "unknown" })
    }
    expect(gateRefusal(live, states({ KILL_SWITCH: false }))).toMatchObject({ setting: "ENABLE_LIVE_TRADING" })
  })

  it("ask nothing of paper but the kill switch, and take a confirmation for one", () => {
    expect(gateRefusal(paper, states({ KILL_SWITCH: false }))).toBeNull()
    expect(gateRefusal(confirmed, without("REQUIRE_MANUAL_CONFIRM"))).toBeNull()
    expect(gateRefusal(confirmed, states({ ...open, REQUIRE_MANUAL_CONFIRM: true }))).toBeNull()
  })

  it("of a backtest let paper orders through, and no live one", () => {
    expect(gateRefusal(paper, noProtections)).toBeNull()
    expect(gateRefusal(confirmed, noProtections)).toMatchObject({ setting: "ENABLE_LIVE_TRADING", origin: "default" })
    const enabled = noProtections.map((one) => (one.name === "ENABLE_LIVE_TRADING" ? { ...one, value: true } : one))
    expect(gateRefusal(live, enabled)).toMatchObject({ setting: "REQUIRE_MANUAL_CONFIRM", origin: "default" })
  })
})
