import fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import { type ApprovedOrder } from "../../src/domain/ApprovedOrder.ts"
import { type Market } from "../../src/domain/Market.ts"
import { type OrderRequest } from "../../src/domain/Order.ts"
import { MICRO, price, shares } from "../../src/domain/units.ts"
import { type Exchange } from "../../src/ports/Executor.ts"
import { approve } from "../../src/risk/approve.ts"
import { market } from "../strategies/market.ts"

const request: OrderRequest = {
  strategy: "s4",
  marketId: "m1",
  eventId: "e1",
  token: "YES",
  side: "buy",
  action: "open",
  limitPrice: price(500_000),
  qty: shares(10 * MICRO),
  tif: "ioc"
}
const approved = approve(request)
const submit = (order: ApprovedOrder): ApprovedOrder => order

describe("an approved order", () => {
  it("does not compile as anything that did not come from risk", () => {
    const seen: Market = market({ yesPrice: 0.4, updatedAtUs: 1e15 })
    // @ts-expect-error a copy with another quantity was not approved
    submit({ ...approved, qty: 1e15 })
    // @ts-expect-error a plain copy was not approved either
    submit({ ...approved })
    // @ts-expect-error a copy of what it asks for, with a price as a float
    submit({ ...approved.request, limitPrice: seen.yesPrice ?? 0 })
    // @ts-expect-error a copy of what it asks for, with a time as its quantity
    submit({ ...approved.request, qty: seen.updatedAtUs })
    // @ts-expect-error an order as a strategy or a person asks for it
    submit(request)
    // @ts-expect-error an object that looks the same
    submit({ ...request, request, shrinkTo: () => approved })
    // @ts-expect-error nothing of it can be set
    expect(() => (approved.qty = 1e15)).toThrow(TypeError)
    expectTypeOf<Parameters<Exchange["submit"]>[0]>().toEqualTypeOf<ReadonlyArray<ApprovedOrder>>()
  })

  it("keeps nothing that a copy could take along, and no copy carries the class", () => {
    expect(Object.keys(approved)).toStrictEqual([])
    expect({ ...approved }).toStrictEqual({})
    expect(approved).toMatchObject(request)
    expect(approved.request).toBe(request)
  })

  it("never grows", () => {
    const qty = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
    fc.assert(
      fc.property(qty, fc.array(qty, { minLength: 1, maxLength: 5 }), (start, sizes) => {
        let order = approve({ ...request, qty: shares(start) })
        for (const size of sizes) {
          const before = order.qty
          order = order.shrinkTo(shares(size))
          expect(order.qty).toBe(Math.min(before, size))
          expect(order.request).toStrictEqual({ ...request, qty: order.qty })
        }
      })
    )
    expect(approved.shrinkTo(shares(1e15))).toBe(approved)
    expect(approved.shrinkTo(shares(3)).shrinkTo(shares(7)).qty).toBe(3)
    expect(approved.shrinkTo(shares(3))).toMatchObject({ ...request, qty: 3 })
    expect(approved.qty).toBe(10 * MICRO)
  })
})
