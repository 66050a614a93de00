import { describe, expect, it } from "vitest"
import { Coverage } from "../../src/backtest/Coverage.ts"
import { noLooks, type RecordedLooks, regularSpacing } from "../../src/domain/looks.ts"
import { MICROS_PER_HOUR } from "../../src/domain/time.ts"
import { at, signal, snapshot } from "./memoryHistory.ts"
import { replay } from "./run.ts"

const hour = (hours: number): number => Math.round(hours * MICROS_PER_HOUR)
const window = { fromUs: hour(0), toUs: hour(10) }

const covered = (hours: ReadonlyArray<number>, spacing: number | null, looks: RecordedLooks = noLooks) => {
  const coverage = new Coverage(window, spacing === null ? null : hour(spacing))
  for (const each of hours) coverage.see("m1", hour(each))
  return coverage.figures(["m1", "m2"], looks)
}

describe("covered time", () => {
  it("is that within one and a half regular spacings of an observation", () => {
    const every = Array.from({ length: 11 }, (_, index) => index)
    expect(covered(every, 1)).toMatchObject({
      observations: 11,
      covered_hours: 10,
      coverage_ratio: 1,
      spacing_sec: 3600
    })
    // Half a spacing late is in time; later leaves a gap.
    expect(covered([0, 1, 2.5, 4, 5, 6, 7, 8, 9, 10], 1).covered_hours).toBe(10)
    expect(covered([0, 1, 3, 4, 5, 6, 7, 8, 9, 10], 1).covered_hours).toBe(9.5)
    expect(covered([0, 1, 9, 10], 1).covered_hours).toBe(3.5)
  })

  it("reaches in from before the window, and not beyond its end", () => {
    expect(covered([-1, 1, 2], 1)).toMatchObject({ observations: 2, covered_hours: 0.5 + 1 + 1.5 })
    expect(covered([9, 9.5], 1).covered_hours).toBe(1)
  })

  it("counts each market by itself", () => {
    const coverage = new Coverage(window, hour(1))
    for (let each = 0; each <= 10; each += 1) {
      coverage.see("m1", hour(each))
      if (each < 2) coverage.see("m2", hour(each))
    }
    expect(coverage.figures(["m2", "m1"], noLooks)).toMatchObject({
      coverage_ratio: 1,
      markets: [
        { market_id: "m1", observations: 11, coverage_ratio: 1 },
        { market_id: "m2", observations: 2, covered_hours: 2.5, coverage_ratio: 0.25 }
      ]
    })
  })

  it("counts looks that showed a market unchanged", () => {
    const every = Array.from({ length: 11 }, (_, index) => hour(index))
    const looks: RecordedLooks = {
      times: new Map([["gamma", every]]),
      intervals: [
        { source: "gamma", marketId: "m1", fromUs: hour(0), toUs: hour(3) },
        { source: "gamma", marketId: "m1", fromUs: hour(6), toUs: hour(7) }
      ]
    }
    const figures = covered([0], 1, looks)
    expect(figures).toMatchObject({ observations: 11, coverage_ratio: 1 })
    expect(figures.markets[0]).toEqual({ market_id: "m1", observations: 6, covered_hours: 7, coverage_ratio: 0.7 })
    expect(figures.markets[1]).toMatchObject({ market_id: "m2", observations: 0, covered_hours: 0 })
  })

  it("is none where too few observations tell how far one reaches", () => {
    expect(regularSpacing([0, 7])).toBeNull()
    expect(regularSpacing([0, 1, 2, 3, 70])).toBe(1)
    expect(covered([0, 9], null)).toMatchObject({ spacing_sec: null, observations: 2, covered_hours: 0 })
  })
})

describe("a backtest's coverage", () => {
  it("does not call seven hours without data covered", async () => {
    const minutes = ["00:00", "00:02", "00:04", "07:04", "07:06"]
    const { report } = await replay(
      {
        signals: [signal({ at: "2026-02-20T07:05:00Z", targetPrice: 0.6 })],
        snapshots: minutes.map((minute) => snapshot({ at: `2026-02-20T${minute}:00Z`, yes: 0.5 }))
      },
      { toUs: at("2026-02-20T07:06:00Z") }
    )
    const { coverage_ratio, covered_hours, history_limited, markets, note } = report.sample_coverage
    expect(covered_hours).toBeCloseTo(9 / 60, 9)
    expect(coverage_ratio).toBeCloseTo(9 / 426, 9)
    expect(history_limited).toBe(true)
    expect(note).toContain("nothing from 2026-02-20T00:04:00Z to 2026-02-20T07:04:00Z")
    expect(markets).toEqual([{ market_id: "m1", observations: 5, covered_hours, coverage_ratio }])
  })
})
