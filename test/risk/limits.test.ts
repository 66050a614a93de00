import { describe, expect, it } from "vitest"
import { riskConfigOf } from "../../src/backtest/BacktestReport.ts"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { parseConfig } from "../../src/config/parse.ts"
import { limitsOf } from "../../src/risk/limits.ts"

const { risk } = defaultConfig
const set = { ...risk, max_scenario_loss: 100, max_event_scenario_loss: 12.5 }

describe("the scenario limits", () => {
  it("are off unless configured, and micro-USDC where they are", () => {
    expect(limitsOf(risk)).toMatchObject({ maxScenarioLoss: null, maxEventScenarioLoss: null })
    expect(limitsOf(set)).toMatchObject({ maxScenarioLoss: 100e6, maxEventScenarioLoss: 12.5e6 })
  })

  it("stand in an artifact only where they are on", () => {
    expect(Object.keys(riskConfigOf({ risk })).filter((name) => name.includes("scenario"))).toStrictEqual([])
    expect(riskConfigOf({ risk: set })).toMatchObject({ max_scenario_loss: 100, max_event_scenario_loss: 12.5 })
  })

  it.each(["max_scenario_loss", "max_event_scenario_loss"])("%s must be above 0, or null", (name) => {
    expect(parseConfig({ risk: { [name]: null } })._tag).toBe("Right")
    const wrong = parseConfig({ risk: { [name]: 0 } })
    expect(wrong._tag === "Left" ? wrong.left : null).toMatchObject({ field: `risk.${name}` })
  })
})
