import * as Either from "effect/Either"
import { describe, expect, it } from "vitest"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { parseSwitchName, resolveSwitches } from "../../src/config/switches.ts"
import { type SwitchName } from "../../src/domain/Switches.ts"

type Values = Partial<Record<SwitchName, string>>
const mapOf = (values: Values) =>
  new Map(
    Object.entries(values).flatMap(([name, value]) =>
      Either.getOrElse(
        Either.map(parseSwitchName(name), (known): ReadonlyArray<readonly [SwitchName, string]> => [[known, value]]),
        () => []
      )
    )
  )

const resolve = (environment: Values, database: Values, setKeys: ReadonlyArray<string> = [], killSwitch = false) =>
  resolveSwitches({ file: null, setKeys: new Set(setKeys), environmentSwitches: mapOf(environment) }, mapOf(database), {
    ...defaultConfig,
    trading: { ...defaultConfig.trading, kill_switch: killSwitch }
  })

const killSwitch = (result: ReturnType<typeof resolve>) =>
  Either.getOrThrow(result).find(({ name }) => name === "KILL_SWITCH")

describe("resolveSwitches", () => {
  it("takes environment over database over configuration over default, and says which", () => {
    const name = "KILL_SWITCH"
    const set = ["trading.kill_switch"]
    expect(killSwitch(resolve({ [name]: "off" }, { [name]: "on" }, set, true))).toStrictEqual({
      name,
      value: false,
      origin: "environment"
    })
    expect(killSwitch(resolve({}, { [name]: "1" }, set))).toStrictEqual({ name, value: true, origin: "database" })
    expect(killSwitch(resolve({}, {}, set, true))).toStrictEqual({ name, value: true, origin: "config" })
    expect(killSwitch(resolve({}, {}))).toStrictEqual({ name, value: false, origin: "default" })
  })

  it("is safe when nothing is set", () => {
    const values = Either.getOrThrow(resolve({}, {})).map(({ name, value }) => [name, value])
    expect(Object.fromEntries(values)).toStrictEqual({
      KILL_SWITCH: false,
      ENABLE_LIVE_TRADING: false,
      REQUIRE_MANUAL_CONFIRM: true
    })
  })

  it.each(["", "flase", "2", "nope", "null"])("refuses %j instead of guessing", (text) => {
    const environment = resolve({ REQUIRE_MANUAL_CONFIRM: text }, {})
    const database = resolve({}, { REQUIRE_MANUAL_CONFIRM: text })
    for (const [result, where] of [
      [environment, "environment variable REQUIRE_MANUAL_CONFIRM"],
      [database, "REQUIRE_MANUAL_CONFIRM in the database"]
    ] as const) {
      expect(Either.isLeft(result) && result.left._tag === "InputError" && result.left.field).toBe(where)
    }
  })
})

describe("parseSwitchName", () => {
  it("takes any case and suggests the nearest for a misspelt one", () => {
    expect(parseSwitchName("kill_switch")).toStrictEqual(Either.right("KILL_SWITCH"))
    const result = parseSwitchName("KILL_SWICH")
    expect(Either.isLeft(result) && result.left.message).toContain("did you mean KILL_SWITCH?")
  })
})
