import { describe, expect, it } from "vitest"
import { s2 } from "../../src/strategies/s2.ts"
import { market } from "./market.ts"

const run = (rows: ReadonlyArray<Parameters<typeof market>[0]>) =>
  s2(
    rows.map((row) => market({ negRisk: true, ...row })),
    { prob_sum_tolerance: 0.04 }
  )

describe("s2", () => {
  it("sells every leg of a basket that costs more than it can pay", () => {
    const signals = run([
      { marketId: "a", yesPrice: 0.7 },
      { marketId: "b", yesPrice: 0.5 }
    ])
    expect(signals.map(({ marketId, side }) => [marketId, side])).toStrictEqual([
      ["a", "sell"],
      ["b", "sell"]
    ])
    expect(signals[0]?.targetPrice).toBeCloseTo(0.695, 12)
    expect(signals[0]?.payload["leg_weight"]).toBe(0.5)
  })

  it("buys every leg of a basket that costs less than it must pay, within the tradable prices", () => {
    const signals = run([
      { marketId: "a", yesPrice: 0.001 },
      { marketId: "b", yesPrice: 0.5 }
    ])
    expect(signals.map(({ side }) => side)).toStrictEqual(["buy", "buy"])
    expect(signals[0]?.targetPrice).toBe(0.01)
  })

  it("counts a contract that two sources list only once", () => {
    const signals = run([
      { source: "clob", marketId: "0x1", conditionId: "0x1", yesPrice: 0.5 },
      { source: "gamma", marketId: "1", conditionId: "0x1", yesPrice: 0.5 },
      { source: "gamma", marketId: "2", conditionId: "0x2", yesPrice: 0.5 }
    ])
    expect(signals).toStrictEqual([])
  })

  it("makes no basket of markets whose event is unknown", () => {
    const rows = ["a", "b", "c"].map((marketId) => ({ marketId, eventId: "unknown", yesPrice: 0.9 }))
    expect(run(rows)).toStrictEqual([])
  })

  it("leaves alone a small deviation, a single leg and ordinary markets", () => {
    expect(
      run([
        { marketId: "a", yesPrice: 0.5 },
        { marketId: "b", yesPrice: 0.53 }
      ])
    ).toStrictEqual([])
    expect(run([{ marketId: "a", yesPrice: 0.5 }])).toStrictEqual([])
    expect(
      run([
        { marketId: "a", yesPrice: 0.9 },
        { marketId: "b", yesPrice: 0.9, negRisk: false }
      ])
    ).toStrictEqual([])
  })
})
