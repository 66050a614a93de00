import { describe, expect, it } from "vitest"
import { lastConfirmed, medianSpacing, newestAt } from "../../src/domain/looks.ts"

describe("looks", () => {
  it("finds the newest time that is not after a moment", () => {
    expect([5, 10, 19, 20, 31].map((at) => newestAt([10, 20, 30], at))).toEqual([null, 10, 10, 20, 30])
    expect(newestAt([], 10)).toBeNull()
  })

  it("confirms a market by what was known at the moment, not by what came later", () => {
    const times = [10, 20, 30, 40, 50, 60]
    const intervals = [
      { fromUs: 10, toUs: 30 },
      { fromUs: 50, toUs: 60 }
    ]
    const at = (us: number) => lastConfirmed(intervals, times, us)
    expect([9, 10, 19, 20, 35, 45, 50, 59, 60, 99].map(at)).toEqual([null, 10, 10, 20, 30, 30, 50, 50, 60, 60])
  })

  it("says how far apart looks usually are", () => {
    expect(medianSpacing([])).toBeNull()
    expect(medianSpacing([7])).toBeNull()
    expect(medianSpacing([0, 60, 120, 700])).toBe(60)
    expect(medianSpacing([0, 60, 160])).toBe(60)
  })
})
