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

describe("configured limits", () => {
  it("are those of the configuration in micro-units, each under its own name", () => {
    const all = {
      ...{ max_daily_loss: -1, max_strategy_notional: 2, max_event_notional: 3, circuit_breaker_rejections: 4 },
      ...{ circuit_breaker_window_sec: 5, circuit_breaker_cooldown_sec: 6, max_order_notional: 7, max_open_orders: 8 },
      ...{ price_collar: 0.09, max_quote_age_sec: 10, max_resolution_date_notional: 11, max_scenario_loss: 12 },
      ...{ max_event_scenario_loss: 13, buying_power: 14, max_market_notional: 15, max_total_notional: 16 },
      ...{ max_drawdown: 17, allow_disputed: true }
    }
    expect(limitsOf(all)).toStrictEqual({
      ...{ maxDailyLoss: 1e6, maxStrategyNotional: 2e6, maxEventNotional: 3e6, circuitBreakerRejections: 4 },
      ...{ circuitBreakerWindowUs: 5e6, circuitBreakerCooldownUs: 6e6, maxOrderNotional: 7e6, maxOpenOrders: 8 },
      ...{ priceCollar: 90_000, maxResolutionDateNotional: 11e6, maxScenarioLoss: 12e6 },
      ...{ maxEventScenarioLoss: 13e6, buyingPower: 14e6, maxMarketNotional: 15e6, maxTotalNotional: 16e6 },
      ...{ maxDrawdown: 17e6, allowDisputed: true }
    })
  })

  it("that are off are none, and a disputed market is refused by default", () => {
    const { allowDisputed, buyingPower, maxDrawdown, maxMarketNotional, maxTotalNotional } = limitsOf(risk)
    expect([buyingPower, maxMarketNotional, maxTotalNotional, maxDrawdown, allowDisputed]).toStrictEqual([
      ...[null, null, null, null, false]
    ])
    const { maxOpenOrders, maxOrderNotional, maxResolutionDateNotional, priceCollar } = limitsOf(risk)
    expect([maxOrderNotional, maxOpenOrders, priceCollar, maxResolutionDateNotional]).toStrictEqual([
      ...[null, null, null, null]
    ])
  })

  it("are the whole micro-units that they are written as, and finer ones stay as they are", () => {
    for (let micros = 1; micros <= 2_000_000; micros += 1) {
      const text = (micros / 1e6).toFixed(6)
      const { maxTotalNotional, priceCollar } = limitsOf({
        ...risk,
        max_total_notional: Number(`31${text.slice(1)}`),
        price_collar: Number(text)
      })
      if (priceCollar !== micros) expect(priceCollar, text).toBe(micros)
      const total = 31_000_000 + (micros % 1_000_000)
      if (maxTotalNotional !== total) expect(maxTotalNotional, text).toBe(total)
    }
    expect(limitsOf({ ...risk, max_daily_loss: 0.00000025 }).maxDailyLoss).toBe(0.25)
    expect(limitsOf({ ...risk, max_strategy_notional: 1e18 }).maxStrategyNotional).toBe(1e24)
  })

  it("that came later stand in an artifact only where they are on", () => {
    const later = ["buying_power", "max_market_notional", "max_total_notional", "max_drawdown", "allow_disputed"]
    expect(Object.keys(riskConfigOf({ risk })).filter((name) => later.includes(name))).toStrictEqual([])
    const on = {
      ...{ buying_power: 1, max_market_notional: 2, max_total_notional: 3, max_drawdown: 4, allow_disputed: true }
    }
    expect(riskConfigOf({ risk: { ...risk, ...on } })).toMatchObject(on)
    // The others always do.
    expect(riskConfigOf({ risk })).toMatchObject({ max_order_notional: null, max_open_orders: null })
  })
})
