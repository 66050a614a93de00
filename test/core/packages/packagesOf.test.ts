import { describe, expect, it } from "vitest"
import { packagesOf } from "../../../src/core/packages/packagesOf.ts"

const signals = (...ids: ReadonlyArray<string | null>) => ids.map((packageId, index) => ({ packageId, index }))
const grouped = (...ids: ReadonlyArray<string | null>) =>
  packagesOf(signals(...ids)).map((one) => one.map(({ index }) => index))

describe("packagesOf", () => {
  it("puts signals of one id together, in the order of the first of them, and leaves every other by itself", () => {
    expect(grouped(null, "a", null, "b", "a", "b", "a")).toStrictEqual([[0], [1, 4, 6], [2], [3, 5]])
    expect(grouped(null, null)).toStrictEqual([[0], [1]])
    expect(grouped()).toStrictEqual([])
  })

  it("gives a single signal in the list that it came in", () => {
    const one = signals("a")
    expect(packagesOf(one)[0]).toBe(one)
  })
})
