import fc from "fast-check"
import { expect, it } from "vitest"
import { ceilMulDiv, floorMulDiv } from "../../src/core/mulDiv.ts"

it("rounds down and up towards the infinities", () => {
  expect([floorMulDiv(7, 1, 2), ceilMulDiv(7, 1, 2)]).toStrictEqual([3, 4])
  expect([floorMulDiv(-7, 1, 2), ceilMulDiv(-7, 1, 2)]).toStrictEqual([-4, -3])
  expect([floorMulDiv(8, 1, 2), ceilMulDiv(8, 1, 2)]).toStrictEqual([4, 4])
  expect([floorMulDiv(0, 5, 3), ceilMulDiv(0, 5, 3)]).toStrictEqual([0, 0])
})

it("is exact where the product does not fit into a double", () => {
  let exact = 0
  const whole = fc.integer({ min: -1e12, max: 1e12 })
  fc.assert(
    fc.property(whole, whole, fc.integer({ min: 1, max: 1e12 }), (a, b, c) => {
      const product = BigInt(a) * BigInt(b)
      const low = BigInt(floorMulDiv(a, b, c))
      const high = BigInt(ceilMulDiv(a, b, c))
      if (low > 2n ** 53n || low < -(2n ** 53n)) return
      exact += 1
      expect(low * BigInt(c) <= product && (low + 1n) * BigInt(c) > product).toBe(true)
      expect(high - low).toBe(low * BigInt(c) === product ? 0n : 1n)
    })
  )
  // What does not fit into a double is left out: that must not be most of it.
  expect(exact).toBeGreaterThan(70)
})
