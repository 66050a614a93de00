import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type CurvePoint, downsample, valueAt } from "../../src/reports/curves.ts"
import { timeTicks, valueTicks } from "../../src/reports/axes.ts"

const curve = fc
  .array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 2_000 })
  .map((values) => values.map((value, atUs): CurvePoint => ({ atUs, value })))

describe("downsample", () => {
  it("keeps the ends, both extremes and the order, within the limit", () =>
    fc.assert(
      fc.property(curve, fc.integer({ min: 4, max: 500 }), (points, limit) => {
        const kept = downsample(points, limit)
        expect(kept.length).toBeLessThanOrEqual(Math.max(limit, Math.min(points.length, limit)))
        expect(kept[0]).toBe(points[0])
        expect(kept.at(-1)).toBe(points.at(-1))
        const extremes = (of: ReadonlyArray<CurvePoint>) => [
          Math.min(...of.map(({ value }) => value)),
          Math.max(...of.map(({ value }) => value))
        ]
        expect(extremes(kept)).toStrictEqual(extremes(points))
        expect(kept.map(({ atUs }) => atUs)).toStrictEqual(kept.map(({ atUs }) => atUs).sort((a, b) => a - b))
      })
    ))

  it("leaves a short curve as it is", () => {
    const points = [1, 2, 3].map((atUs) => ({ atUs, value: atUs }))
    expect(downsample(points, 3)).toBe(points)
  })
})

it("a step holds until the next point", () => {
  const points = [
    { atUs: 10, value: 1 },
    { atUs: 20, value: 2 }
  ]
  expect([9, 10, 19, 20, 99].map((us) => valueAt(points, us))).toStrictEqual([null, 1, 1, 2, 2])
})

describe("ticks", () => {
  it("are round and span the values", () => {
    expect(valueTicks(-13, 38, 5).map(({ text }) => text)).toStrictEqual(["-20", "0", "20", "40"])
    expect(valueTicks(0, 0.0123, 5).map(({ text }) => text)[1]).toBe("0.0025")
    expect(valueTicks(0, 0, 5).length).toBeGreaterThan(1)
  })

  it("fall on whole hours and say the date at midnight", () => {
    const hour = 3_600_000_000
    const start = Date.UTC(2026, 1, 20, 20, 10) * 1000
    expect(timeTicks(start, start + 8 * hour, 5).map(({ text }) => text)).toStrictEqual([
      "22:00",
      "Feb 21",
      "02:00",
      "04:00"
    ])
  })
})
