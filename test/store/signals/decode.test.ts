import { describe, expect, it } from "vitest"
import { type JsonObject } from "../../../src/domain/json.ts"
import { decodePayload } from "../../../src/store/signals/decode.ts"
import { legsOf, legsText } from "../../../src/store/signals/legsColumn.ts"

const columns = {
  id: 7,
  strategy: "S8",
  marketId: "a",
  eventId: "e:1",
  side: "buy" as const,
  targetPrice: 0.5,
  sizeHint: 10,
  createdAtUs: 1_700_000_000_000_000
}
const read = (payload: JsonObject | string) =>
  decodePayload(columns, typeof payload === "string" ? payload : JSON.stringify(payload))

const plain = { role: "primary", marketId: "a", token: "YES", side: "buy", limitPrice: 500_000, qty: 10_000_000 }
const impossible = { role: "leg", marketId: "", token: "YES", side: "buy", limitPrice: 0, qty: 0 }
const primary_leg = { token: "no", market_id: "a", qty: "12.5", price: 0.93 }
const carry = { ...plain, token: "NO", limitPrice: 930_000, qty: 12_500_000 }
const tail_hedge = { token: "YES", market_id: "b", qty: 3, price: 0.04 }
const hedge = { role: "hedge", marketId: "b", token: "YES", side: "buy", limitPrice: 40_000, qty: 3_000_000 }
const listed = [
  { market_id: "a", token: "NO", side: "buy", price: 0.6, qty: 12.5 },
  { market_id: "b", token: "YES", side: "SELL", price: 0.3, qty: 12.5 }
]
const legs = [
  { role: "leg", marketId: "a", token: "NO", side: "buy", limitPrice: 600_000, qty: 12_500_000 },
  { role: "leg", marketId: "b", token: "YES", side: "sell", limitPrice: 300_000, qty: 12_500_000 }
]
const sale = (limitPrice: number, qty = 10_000_000) => ({
  ...{ role: "sell_leg", marketId: "dear", token: "YES", side: "sell" },
  ...{ limitPrice, qty }
})

const table: ReadonlyArray<readonly [what: string, payload: JsonObject | string, legs: ReadonlyArray<object>]> = [
  ["no payload", {}, [plain]],
  ["a payload without orders", { tier: "A", ladder_prices: [0.5, 0.49] }, [plain]],
  ["a primary leg", { primary_leg }, [carry]],
  ["a primary leg that says nothing", { primary_leg: {} }, [plain]],
  ["a primary leg that is none", { primary_leg: ["NO", 0.9] }, [plain]],
  ["figures that are no numbers", { primary_leg: { token: 7, price: "much", qty: null } }, [plain]],
  ["a hedge", { primary_leg, tail_hedge }, [carry, hedge]],
  ["no hedge", { primary_leg, tail_hedge: null }, [carry]],
  ["a hedge without figures", { tail_hedge: {} }, [plain, { ...hedge, marketId: "a", limitPrice: 0, qty: 0 }]],
  ["a sale half a cent below its mid", { sell_leg: { market_id: "dear", mid: 0.56 } }, [plain, sale(555_000)]],
  ["a sale at the edge", { sell_leg: { market_id: "dear", mid: 0.001 } }, [plain, sale(10_000)]],
  [
    "a sale of what the primary leg buys",
    { primary_leg, sell_leg: { market_id: "dear", mid: 2 } },
    [carry, sale(990_000, 12_500_000)]
  ],
  ["a sale without a mid", { sell_leg: { market_id: "dear", mid: "?" } }, [plain]],
  ["a list of legs", { legs: listed, primary_leg }, legs],
  [
    "legs that cannot be read",
    { legs: [...listed, "b", { market_id: 7, price: "much" }] },
    [...legs, impossible, impossible]
  ],
  ["an empty list", { legs: [], primary_leg }, [carry]],
  ["legs that are no list", { legs: "a" }, [plain]],
  ["legs that are null", { legs: null }, [plain]],
  ["text that is not JSON", '{"primary_leg": {"token": "NO", "price": NaN}}', [plain]],
  ["text that is no object", '["primary_leg", "legs"]', [plain]],
  ["no text", "", [plain]]
]

describe("the payload of a signal", () => {
  it.each(table)("%s", (_, payload, wanted) => {
    expect(read(payload).legs).toStrictEqual(wanted)
  })

  it("makes a package of all signals of a strategy, event and moment where it lists their markets", () => {
    expect(read({ basket_markets: ["a", "b"] })).toStrictEqual({
      legs: [plain],
      packageId: "s8:e:1:1700000000000000"
    })
    for (const payload of [{}, { basket_markets: "a" }, { basket_markets: null }, { basket_family: "low_prob_yes" }]) {
      expect(read(payload).packageId).toBeNull()
    }
  })
})

describe("legs_json", () => {
  it.each(table)("is read as it was written: %s", (_, payload, wanted) => {
    const text = legsText(read(payload).legs, columns)
    expect(text === null).toBe(JSON.stringify(wanted) === JSON.stringify([plain]))
    expect(legsOf(text, columns)).toStrictEqual(wanted)
  })

  it.each([
    "",
    "{}",
    "[]",
    "[1]",
    '[["leg","a","YES","buy",1]]',
    '[["leg","a","YES","buy",1,2],["x","a","YES","buy",1,2]]'
  ])("is refused, and not traded in part, where it is no list of orders: %s", (text) => {
    expect(() => legsOf(text, columns)).toThrow("legs_json of signal 7 is no list of orders")
  })
})
