import { describe, expect, it } from "vitest"
import { legsOf } from "../../src/core/legs.ts"
import { type JsonObject } from "../../src/domain/json.ts"

const signal = (payload: JsonObject) => ({
  strategy: "s10",
  marketId: "a",
  side: "buy" as const,
  targetPrice: 0.5,
  sizeHint: 10,
  payload
})
const legs = [
  { market_id: "a", token: "NO", side: "buy", price: 0.6, qty: 12.5 },
  { market_id: "b", token: "YES", side: "sell", price: 0.3, qty: 12.5 }
]

describe("a signal that lists its legs", () => {
  it("asks for exactly these orders", () => {
    expect(legsOf(signal({ legs }))).toStrictEqual([
      { role: "leg", marketId: "a", token: "NO", side: "buy", limitPrice: 600_000, qty: 12_500_000 },
      { role: "leg", marketId: "b", token: "YES", side: "sell", limitPrice: 300_000, qty: 12_500_000 }
    ])
  })

  it("keeps a leg that cannot be read as an order that nobody takes, so that no half of it trades", () => {
    const impossible = { role: "leg", marketId: "", token: "YES", side: "buy", limitPrice: 0, qty: 0 }
    expect(legsOf(signal({ legs: [...legs, "b", { market_id: 7, price: "much" }] })).slice(2)).toStrictEqual([
      impossible,
      impossible
    ])
  })

  it("is an ordinary signal when the list is empty or no list", () => {
    for (const none of [[], "a", null]) {
      expect(legsOf(signal({ legs: none }))).toMatchObject([{ role: "primary", token: "YES", qty: 10_000_000 }])
    }
  })
})
