import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  breakerMemoryUs,
  breakerPhase,
  closedBreaker,
  foldDecisions,
  isSettled,
  recentRejections,
  recordDecision
} from "../../src/risk/breaker.ts"

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

const rejectedAt = (...times: ReadonlyArray<number>) => times.map((atUs) => ({ atUs, rejected: true }))
const stateAfter = (
  ...decided: Parameters<typeof foldDecisions>[0] extends Iterable<infer A> ? ReadonlyArray<A> : never
) => foldDecisions(decided, limits)

describe("the edges of the breaker", () => {
  it("opens with the last of so many rejections within the window, and not with one that just left it", () => {
    expect(stateAfter(...rejectedAt(1, 50, 100))).toStrictEqual({ rejectedAtUs: [1, 50, 100], openUntilUs: 140 })
    expect(stateAfter(...rejectedAt(1, 50, 101))).toStrictEqual({ rejectedAtUs: [50, 101], openUntilUs: null })
    expect(stateAfter(...rejectedAt(1, 50)).openUntilUs).toBeNull()
  })

  it("counts a rejection for as long as the window, to the microsecond", () => {
    const state = stateAfter(...rejectedAt(1, 50))
    expect([50, 100, 101, 149, 150].map((nowUs) => recentRejections(state, nowUs, limits))).toStrictEqual([
      2, 2, 1, 1, 0
    ])
  })

  it("is open up to the end of its cooldown, lets one probe for a window, and is closed then", () => {
    const state = stateAfter(...rejectedAt(1, 2, 3))
    expect([3, 42, 43, 142, 143].map((nowUs) => breakerPhase(state, nowUs, limits))).toStrictEqual([
      ...["open", "open", "probe", "probe", "closed"]
    ])
    expect(breakerPhase(closedBreaker, 0, limits)).toBe("closed")
  })

  it("closes with an accepted probe, opens again with a rejected one, and hears nothing while it is open", () => {
    const open = stateAfter(...rejectedAt(1, 2, 3))
    expect(recordDecision(open, { atUs: 42, rejected: false }, limits)).toBe(open)
    expect(recordDecision(open, { atUs: 42, rejected: true }, limits)).toBe(open)
    expect(recordDecision(open, { atUs: 43, rejected: false }, limits)).toBe(closedBreaker)
    expect(recordDecision(open, { atUs: 120, rejected: true }, limits)).toStrictEqual({
      rejectedAtUs: [120],
      openUntilUs: 160
    })
    // Too late to be a probe: the first of a new row.
    expect(recordDecision(open, { atUs: 143, rejected: true }, limits)).toStrictEqual({
      rejectedAtUs: [143],
      openUntilUs: null
    })
  })

  it("forgets what was rejected before an accepted order", () => {
    expect(stateAfter(...rejectedAt(1, 2), { atUs: 3, rejected: false }, ...rejectedAt(4, 5)).openUntilUs).toBeNull()
    expect(recordDecision(closedBreaker, { atUs: 3, rejected: false }, limits)).toBe(closedBreaker)
    const one = stateAfter(...rejectedAt(1))
    expect(recordDecision(one, { atUs: 2, rejected: false }, limits)).toBe(closedBreaker)
  })

  it("keeps no more rejections than open it", () => {
    expect(
      recordDecision({ rejectedAtUs: [1, 2, 3], openUntilUs: null }, { atUs: 4, rejected: true }, limits)
    ).toStrictEqual({ rejectedAtUs: [2, 3, 4], openUntilUs: 44 })
  })

  it("reads back twice as far as anything can matter, and is settled after a quiet stretch that is longer", () => {
    expect(breakerMemoryUs(limits)).toBe(280)
    expect(isSettled([], 0, 140, limits)).toBe(false)
    expect(isSettled([], 0, 141, limits)).toBe(true)
    expect(isSettled(rejectedAt(140), 0, 200, limits)).toBe(false)
    expect(isSettled(rejectedAt(141), 0, 200, limits)).toBe(true)
    expect(isSettled([{ atUs: 100, rejected: false }], 0, 141, limits)).toBe(true)
    expect(isSettled(rejectedAt(100, 241), 0, 242, limits)).toBe(true)
    expect(isSettled(rejectedAt(100, 240), 0, 242, limits)).toBe(false)
  })
})
