import vm from "node:vm"
import { describe, expect, it } from "vitest"
import { frozenJson } from "../../src/strategies/frozenJson.ts"

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) })

describe("frozenJson", () => {
  it.each([null, true, false, 0, -1.5, "", "text", [], {}, [1, [true, null]], { a: { b: [1, "x"] } }])(
    "keeps %j as it is, in a copy that cannot be changed",
    (value) => {
      const copied = frozenJson(value)
      expect(copied).toStrictEqual({ value })
      if ("value" in copied) expect(Object.isFrozen(copied.value)).toBe(true)
    }
  )

  it("leaves out what is not defined, and takes objects without a prototype or of another realm", () => {
    expect(frozenJson({ a: 1, b: undefined })).toStrictEqual({ value: { a: 1 } })
    expect(frozenJson(Object.assign(Object.create(null), { a: 1 }))).toStrictEqual({ value: { a: 1 } })
    expect(frozenJson(vm.runInNewContext("({ a: [1] })"))).toStrictEqual({ value: { a: [1] } })
  })

  it.each([
    [Number.NaN, "", "must be a finite number, not NaN"],
    [{ a: [1, Number.POSITIVE_INFINITY] }, ".a[1]", "must be a finite number, not Infinity"],
    [undefined, "", "must be JSON (null, true, false, number, text, list, object), not a undefined"],
    [[undefined], "[0]", "must be JSON (null, true, false, number, text, list, object), not a undefined"],
    [{ a: () => 1 }, ".a", "must be JSON (null, true, false, number, text, list, object), not a function"],
    [{ a: 1n }, ".a", "must be JSON (null, true, false, number, text, list, object), not a bigint"],
    [new Date(0), "", "must be JSON (null, true, false, number, text, list, object), not a object"],
    [Promise.resolve(1), "", "must be JSON (null, true, false, number, text, list, object), not a promise"]
  ])("says where and why there is none of %o", (value, at, problem) => {
    expect(frozenJson(value)).toMatchObject({ at, problem })
  })

  it("holds at most 32 levels, so that a value that holds itself comes to an end", () => {
    expect(frozenJson(nested(32))).toStrictEqual({ value: nested(32) })
    expect(frozenJson(nested(33))).toMatchObject({ at: ".a".repeat(33), problem: "must not be deeper than 32 levels" })
    const circle: Array<unknown> = []
    circle.push(circle)
    expect(frozenJson(circle)).toMatchObject({ problem: "must not be deeper than 32 levels" })
  })

  it("passes on what the value itself throws", () => {
    const broken = Object.defineProperty({}, "a", {
      enumerable: true,
      get: () => {
        throw new RangeError("not now")
      }
    })
    expect(() => frozenJson(broken)).toThrow(new RangeError("not now"))
  })
})
