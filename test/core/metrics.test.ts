import { describe, expect, it } from "vitest"
import { riskAdjusted } from "../../src/core/metrics.ts"

const year = Math.sqrt(365)

describe("risk-adjusted return", () => {
  it("is the mean daily change over its deviation, for a year", () => {
    const { sharpe, sortino } = riskAdjusted([2, -1, 2])
    expect(sharpe).toBeCloseTo((1 / Math.sqrt(3)) * year, 12)
    expect(sortino).toBeCloseTo((1 / Math.sqrt(1 / 3)) * year, 12)
  })

  it("is not claimed from fewer than three days of change, however long the quiet around them", () => {
    expect(riskAdjusted([5, -1])).toEqual({ sharpe: null, sortino: null })
    expect(riskAdjusted([0, 0, 5, ...new Array<number>(270).fill(0), -2])).toEqual({ sharpe: null, sortino: null })
    // Mean 0.8, squares of the distances 26.8 over four degrees of freedom; one losing day of 2 in five days.
    const { sharpe, sortino } = riskAdjusted([0, 5, 0, -2, 1])
    expect(sharpe).toBeCloseTo((0.8 / Math.sqrt(6.7)) * year, 12)
    expect(sortino).toBeCloseTo((0.8 / Math.sqrt(0.8)) * year, 12)
  })

  it("has no Sharpe without spread and no Sortino without a losing day", () => {
    expect(riskAdjusted([1, 1, 1])).toEqual({ sharpe: null, sortino: null })
    expect(riskAdjusted([1, 2, 3]).sortino).toBeNull()
  })
})
