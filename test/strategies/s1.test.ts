import { describe, expect, it } from "vitest"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { s1 } from "../../src/strategies/s1.ts"
import { market } from "./market.ts"

const parameters = defaultConfig.strategies.s1
const quote = (source: string, marketId: string, midPrice: number, conditionId: string | null = null) =>
  market({ source, marketId, midPrice, conditionId, liquidity: 400 })

const pairs = (...markets: ReadonlyArray<ReturnType<typeof quote>>) =>
  s1(markets, parameters).map(({ payload }) => [payload["buy_leg"], payload["sell_leg"]])

const leg = (source: string, market_id: string, mid: number) => ({ source, market_id, mid })

describe("s1", () => {
  it("buys the cheaper quote of one contract", () => {
    const [signal] = s1([quote("clob", "b", 0.5), quote("gamma", "a", 0.4)], parameters)
    expect(signal).toMatchObject({ marketId: "a", side: "buy", targetPrice: 0.405 })
    expect(signal?.score).toBeCloseTo(0.1 * 1.2, 12)
    expect(signal?.sizeHint).toBe(8)
  })

  it("caps the size by the notional at the target", () => {
    const rows = [quote("clob", "b", 0.5), quote("gamma", "a", 0.4)].map((row) => ({ ...row, liquidity: 1e6 }))
    expect(s1(rows, parameters)[0]?.sizeHint).toBe(25 / 0.405)
    expect(s1(rows, { ...parameters, max_order_notional: 0 })[0]?.sizeHint).toBe(20_000)
  })

  it("leaves a spread below the minimum alone", () => {
    expect(pairs(quote("clob", "b", 0.42), quote("gamma", "a", 0.4))).toStrictEqual([])
  })

  it("never pairs rows whose condition ids are known and differ", () => {
    expect(pairs(quote("clob", "b", 0.9, "0x2"), quote("gamma", "a", 0.1, "0x1"))).toStrictEqual([])
  })

  it("pairs within each condition id of a canonical group", () => {
    expect(
      pairs(
        quote("gamma", "a1", 0.1, "0x1"),
        quote("clob", "a2", 0.2, "0x1"),
        quote("gamma", "b1", 0.7, "0x2"),
        quote("clob", "b2", 0.9, "0x2")
      )
    ).toStrictEqual([
      [leg("gamma", "a1", 0.1), leg("clob", "a2", 0.2)],
      [leg("gamma", "b1", 0.7), leg("clob", "b2", 0.9)]
    ])
  })

  it("lets a row without a condition id join each contract", () => {
    expect(
      pairs(quote("data", "x", 0.5), quote("gamma", "a", 0.1, "0x1"), quote("clob", "b", 0.9, "0x2"))
    ).toStrictEqual([
      [leg("gamma", "a", 0.1), leg("data", "x", 0.5)],
      [leg("data", "x", 0.5), leg("clob", "b", 0.9)]
    ])
  })

  it("ignores closed markets and markets without a mid", () => {
    const closed = { ...quote("clob", "b", 0.9), status: "closed" as const }
    const silent = { ...quote("clob", "c", 0.9), midPrice: null }
    expect(pairs(quote("gamma", "a", 0.1), closed, silent)).toStrictEqual([])
  })
})
