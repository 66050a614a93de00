import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { breakerPhase, foldDecisions, isSettled, recentRejections } from "../../src/risk/breaker.ts"

const limits = { circuitBreakerRejections: 3, circuitBreakerWindowUs: 100, circuitBreakerCooldownUs: 40 }

const decisions = fc
  .array(fc.record({ after: fc.integer({ min: 1, max: 300 }), rejected: fc.boolean() }), { maxLength: 60 })
  .map((steps) => {
    let atUs = 0
    return steps.map(({ after, rejected }) => ({ atUs: (atUs += after), rejected }))
  })

describe("isSettled", () => {
  it("says that a part of the history gives the exact state only where it does", () => {
    let settled = 0
    fc.assert(
      fc.property(
        decisions,
        fc.integer({ min: 0, max: 400 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (all, after, cut) => {
          const nowUs = (all.at(-1)?.atUs ?? 0) + after
          const sinceUs = Math.floor(nowUs * cut)
          const part = all.filter(({ atUs }) => atUs >= sinceUs)
          if (!isSettled(part, sinceUs, nowUs, limits)) return
          settled += 1
          const whole = foldDecisions(all, limits)
          const partial = foldDecisions(part, limits)
          expect(breakerPhase(partial, nowUs, limits)).toBe(breakerPhase(whole, nowUs, limits))
          expect(recentRejections(partial, nowUs, limits)).toBe(recentRejections(whole, nowUs, limits))
        }
      ),
      { numRuns: 2_000 }
    )
    expect(settled).toBeGreaterThan(500)
  })

  it("is not content with a fixed memory while probes keep failing", () => {
    const opening = [1, 2, 3].map((atUs) => ({ atUs, rejected: true }))
    const probes = Array.from({ length: 10 }, (_, index) => ({ atUs: 3 + (index + 1) * 120, rejected: true }))
    const nowUs = 1_210
    expect(breakerPhase(foldDecisions([...opening, ...probes], limits), nowUs, limits)).toBe("open")
    const part = probes.filter(({ atUs }) => atUs >= nowUs - 280)
    expect(breakerPhase(foldDecisions(part, limits), nowUs, limits)).toBe("closed")
    expect(isSettled(part, nowUs - 280, nowUs, limits)).toBe(false)
  })
})
