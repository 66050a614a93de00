import { describe, expect, it } from "vitest"
import {
  makeRng,
  mix32,
  nextFloat,
  nextInt,
  nextNormal,
  nextU32,
  pick,
  restoreRng,
  saveRng,
  unit
} from "../../src/core/rng.ts"

/** sfc32 as published, on BigInt, to hold the 32-bit arithmetic of the real one to it. */
const reference = (state: readonly [number, number, number, number]) => {
  const mask = 0xffffffffn
  let [a, b, c, d] = state.map(BigInt) as [bigint, bigint, bigint, bigint]
  return () => {
    const t = (a + b + d) & mask
    d = (d + 1n) & mask
    a = b ^ (b >> 9n)
    b = (c + (c << 3n)) & mask
    c = ((((c << 21n) | (c >> 11n)) & mask) + t) & mask
    return Number(t)
  }
}

describe("rng", () => {
  it("is sfc32", () => {
    const rng = makeRng(42)
    const expected = reference(saveRng(rng))
    for (let i = 0; i < 1_000; i++) expect(nextU32(rng)).toBe(expected())
  })

  it("keeps its sequence for ever: recorded runs depend on it", () => {
    const rng = makeRng(7)
    expect([nextU32(rng), nextU32(rng), nextU32(rng)]).toMatchInlineSnapshot(`
      [
        1953209201,
        274027627,
        1787915724,
      ]
    `)
    expect(mix32(7, 1, 2, 3)).toMatchInlineSnapshot(`3989113886`)
  })

  it("gives other numbers for another seed, also above 2^32 and for names", () => {
    const firsts = [1, 2, 2 ** 32 + 1, 2 ** 33 + 1, "a", "b"].map((seed) => nextU32(makeRng(seed)))
    expect(new Set(firsts).size).toBe(firsts.length)
  })

  it("goes on exactly from a stored state", () => {
    const rng = makeRng("soak")
    for (let i = 0; i < 50; i++) nextFloat(rng)
    const copy = restoreRng(JSON.parse(JSON.stringify(saveRng(rng))) as ReturnType<typeof saveRng>)
    for (let i = 0; i < 50; i++) expect(nextFloat(copy)).toBe(nextFloat(rng))
  })

  it("is uniform and normal enough", () => {
    const rng = makeRng(3)
    const n = 40_000
    const bins = new Array<number>(10).fill(0)
    let sum = 0
    let squares = 0
    for (let i = 0; i < n; i++) {
      bins[nextInt(rng, 10)]! += 1
      const z = nextNormal(rng)
      sum += z
      squares += z * z
    }
    for (const bin of bins) expect(Math.abs(bin - n / 10)).toBeLessThan(250)
    expect(Math.abs(sum / n)).toBeLessThan(0.02)
    expect(Math.abs(squares / n - 1)).toBeLessThan(0.02)
    const counters = Array.from({ length: n }, (_, i) => unit(mix32(1, i, 5)))
    expect(Math.abs(counters.reduce((a, b) => a + b, 0) / n - 0.5)).toBeLessThan(0.01)
    expect(["x", "y"]).toContain(pick(rng, ["x", "y"]))
  })
})
