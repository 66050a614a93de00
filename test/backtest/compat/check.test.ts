import { describe, expect, it } from "vitest"
import { originalLimits, refusalOf } from "../../../src/backtest/compat/check.ts"
import { orderOf } from "../../../src/backtest/compat/order.ts"
import { defaultConfig } from "../../../src/config/AppConfig.ts"
import { reasonText } from "../../../src/domain/rejection.ts"
import { MICRO } from "../../../src/domain/units.ts"
import { signal, snapshot } from "../memoryHistory.ts"
import { replay } from "../run.ts"

const order = orderOf(signal({ at: "2026-02-20T12:00:00Z", sizeHint: 10 }))
const limits = originalLimits({
  ...defaultConfig.risk,
  max_daily_loss: -100,
  max_strategy_notional: 50,
  max_event_notional: 20,
  circuit_breaker_rejections: 3
})
const calm = {
  notional: 5 * MICRO,
  realizedBefore: 0,
  strategyNotionalBefore: 0,
  eventNotionalBefore: 0,
  rejectionsBefore: 0
}
const said = (changes: Partial<typeof calm>, price = 500_000, qty = order.qty) =>
  reasonText(refusalOf({ ...order, qty }, price, { ...calm, ...changes }, limits))

describe("the original's check", () => {
  it("lets an order go up to each limit, and not beyond", () => {
    const edge = { realizedBefore: -99 * MICRO, strategyNotionalBefore: 45 * MICRO, eventNotionalBefore: 15 * MICRO }
    expect(said({ ...edge, rejectionsBefore: 2 })).toBe("")
    expect(said({ realizedBefore: -100 * MICRO })).toBe("global stop-loss triggered: realized=-100.00")
    expect(said({ strategyNotionalBefore: 45.01 * MICRO })).toBe("strategy notional limit exceeded: 50.01 > 50.00")
    expect(said({ eventNotionalBefore: 15.01 * MICRO })).toBe("event notional limit exceeded: 20.01 > 20.00")
    expect(said({ rejectionsBefore: 3 })).toBe("circuit breaker open: rejected=3, threshold=3")
  })

  it("asks for a valid order first, then for the loss, the strategy, the event and the breaker", () => {
    const all = {
      realizedBefore: -1e9,
      strategyNotionalBefore: 1e9,
      eventNotionalBefore: 1e9,
      rejectionsBefore: 9
    }
    for (const [price, qty] of [
      [0, 1],
      [MICRO, 1],
      [500_000, 0],
      [500_000, -1],
      [500_000, Number.NaN],
      [500_000, Number.POSITIVE_INFINITY]
    ] as const) {
      expect(said(all, price, qty)).toBe("invalid order qty/price")
    }
    expect(said(all)).toMatch(/^global stop-loss triggered/)
    expect(said({ ...all, realizedBefore: 0 })).toMatch(/^strategy notional/)
    expect(said({ ...all, realizedBefore: 0, strategyNotionalBefore: 0 })).toMatch(/^event notional/)
  })

  it("knows none of the limits that this project added", async () => {
    const history = {
      signals: [signal({ at: "2026-02-20T12:00:00Z", targetPrice: 0.5, sizeHint: 10 })],
      snapshots: [snapshot({ at: "2026-02-20T01:00:00Z", yes: 0.2 })]
    }
    const risk = {
      max_order_notional: 0.01,
      max_open_orders: 0,
      price_collar: 0.001,
      max_quote_age_sec: 1,
      max_resolution_date_notional: 0.01,
      max_scenario_loss: 0.01,
      max_event_scenario_loss: 0.01
    }
    expect((await replay(history, { risk, compat: "original" })).rows.map((row) => row.risk_reason)).toEqual(["ok"])
    expect((await replay(history, { risk })).report.executed_signals).toBe(0)
  })
})
