import { describe, expect, it } from "vitest"
import { orderOf } from "../../../src/backtest/compat/order.ts"
import { signal } from "../memoryHistory.ts"

const order = (payload: unknown) =>
  orderOf(
    signal({
      at: "2026-02-20T12:00:00Z",
      strategy: "S8",
      targetPrice: 0.3,
      sizeHint: 10,
      payloadJson: typeof payload === "string" ? payload : JSON.stringify(payload)
    })
  )
const plain = { strategy: "s8", marketId: "m1", token: "YES", limitPrice: 300_000, qty: 10_000_000, targetPrice: 0.3 }

describe("the original's order of a signal", () => {
  it.each([
    ["an empty payload", {}],
    ["one that is not JSON", `{"primary_leg": `],
    ["one that is no object", `["legs", {"legs": 1}]`],
    ["legs that are no list", { legs: "all" }],
    ["an empty list", { legs: [] }],
    ["a primary leg further inside", { inner: { primary_leg: { token: "NO", price: 0.9, qty: 1 } } }]
  ])("is YES at the target price with %s", (_, payload) => {
    expect(order(payload)).toMatchObject(plain)
  })

  it("is the primary leg where there is one, always in the signal's own market", () => {
    const primary_leg = { token: "no", market_id: "m2", price: "0.9", qty: 2.5 }
    expect(order({ primary_leg, tail_hedge: { market_id: "m3" }, legs: [{ price: 0.1 }] })).toMatchObject({
      ...{ marketId: "m1", token: "NO", targetPrice: 0.9, limitPrice: 900_000, qty: 2_500_000 }
    })
  })

  it("is the first of the listed legs otherwise, and what that does not say is the signal's", () => {
    const legs = [{ token: "NO", price: 0.6 }, { price: 0.3 }]
    expect(order({ legs })).toMatchObject({ token: "NO", targetPrice: 0.6, qty: 10_000_000 })
    expect(order({ legs: ["a", { price: 0.9 }] })).toMatchObject(plain)
    expect(order({ primary_leg: { price: "much", qty: null, token: 7 } })).toMatchObject(plain)
  })

  it("keeps fractions of a micro-unit", () => {
    expect(order({ primary_leg: { price: 1 / 3, qty: 2.5e-7 } })).toMatchObject({ limitPrice: 1e6 / 3, qty: 0.25 })
  })
})
