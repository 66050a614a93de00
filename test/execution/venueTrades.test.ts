import { describe, expect, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { type ReportedTrade } from "../../src/domain/LiveOrder.ts"
import { reportedTrades } from "../../src/execution/venueTrades.ts"
import { VenueTrade } from "../../src/polymarket/tradingWire.ts"

const own = { apiKey: "our-key", clockSkewSec: 0 }
const decode = Schema.decodeUnknownSync(VenueTrade)

interface Maker {
  readonly order_id?: string
  readonly owner?: string
  readonly price: string
  readonly matched_amount: string
  readonly asset_id?: string
}

/** A trade as the exchange tells it: somebody's order took 10 YES at 0.40 from the given makers. */
const trade = (fields: Readonly<Record<string, unknown>>, makers: ReadonlyArray<Maker> = []) =>
  decode({
    ...{ id: "t1", taker_order_id: "0xTAKER", market: "0xc0", asset_id: "11", side: "BUY", size: "10", price: "0.4" },
    ...{ status: "MATCHED", match_time: "1700000000", owner: "their-key", trader_side: "MAKER" },
    ...fields,
    maker_orders: makers.map((maker) => ({ order_id: "0xM1", owner: "their-key", asset_id: "11", ...maker }))
  })

const partsOf = (trades: ReadonlyArray<ReportedTrade>) =>
  trades.map(({ orderHash, parts, role }) => [
    role,
    orderHash,
    parts.map(({ key, price, qty }) => [key, price / 1e6, qty / 1e6])
  ])

const asTaker = { owner: "our-key", trader_side: "TAKER" }

describe("what a trade did for the account's own orders", () => {
  it("as taker: each maker's own price", () => {
    const makers: ReadonlyArray<Maker> = [
      { order_id: "0xA", price: "0.38", matched_amount: "4" },
      { order_id: "0xB", price: "0.4", matched_amount: "6" }
    ]
    expect(partsOf(reportedTrades(trade(asTaker, makers), own))).toStrictEqual([
      [
        "taker",
        "0xtaker",
        [
          ["0xa", 0.38, 4],
          ["0xb", 0.4, 6]
        ]
      ]
    ])
  })

  it("as taker of newly made pairs: who buys the other outcome at p gives this one at 1 - p", () => {
    const makers: ReadonlyArray<Maker> = [
      { order_id: "0xA", price: "0.61", matched_amount: "4", asset_id: "22" },
      { order_id: "0xB", price: "0.4", matched_amount: "6" }
    ]
    const [found] = reportedTrades(trade(asTaker, makers), own)
    expect(found?.parts.map(({ price }) => price)).toStrictEqual([390_000, 400_000])
  })

  it("as taker where the makers do not add up: the trade's own price and size", () => {
    const makers: ReadonlyArray<Maker> = [{ price: "0.38", matched_amount: "4" }]
    const parts = [["taker", "0xtaker", [["taker", 0.4, 10]]]]
    expect(partsOf(reportedTrades(trade(asTaker, makers), own))).toStrictEqual(parts)
    expect(partsOf(reportedTrades(trade(asTaker), own))).toStrictEqual(parts)
  })

  it("as maker: only its own row, at its own price, on its own token, whatever stands at the top", () => {
    const makers: ReadonlyArray<Maker> = [
      { order_id: "0xA", price: "0.38", matched_amount: "4" },
      { order_id: "0xB", owner: "our-key", price: "0.61", matched_amount: "6", asset_id: "22" }
    ]
    expect(partsOf(reportedTrades(trade({}, makers), own))).toStrictEqual([["maker", "0xb", [["maker", 0.61, 6]]]])
  })

  it("as both in one trade, when one of its orders meets another", () => {
    const makers: ReadonlyArray<Maker> = [{ order_id: "0xB", owner: "our-key", price: "0.4", matched_amount: "10" }]
    expect(partsOf(reportedTrades(trade(asTaker, makers), own))).toStrictEqual([
      ["taker", "0xtaker", [["0xb", 0.4, 10]]],
      ["maker", "0xb", [["maker", 0.4, 10]]]
    ])
  })

  it("tells apart two parts of one order in one trade", () => {
    const makers: ReadonlyArray<Maker> = [
      { order_id: "0xB", owner: "our-key", price: "0.4", matched_amount: "3" },
      { order_id: "0xB", owner: "our-key", price: "0.4", matched_amount: "7" }
    ]
    expect(partsOf(reportedTrades(trade({}, makers), own))).toStrictEqual([
      [
        "maker",
        "0xb",
        [
          ["maker", 0.4, 3],
          ["maker#2", 0.4, 7]
        ]
      ]
    ])
  })

  it("goes by the owner where it does not say on which side the account was", () => {
    expect(reportedTrades(trade({ owner: "our-key", trader_side: null }), own)).toHaveLength(1)
    expect(reportedTrades(trade({ owner: "their-key", trader_side: undefined }), own)).toHaveLength(0)
    // It was the maker: that the taker has the same key is another order's business.
    expect(reportedTrades(trade({ owner: "our-key", trader_side: "MAKER" }), own)).toHaveLength(0)
  })

  it.each([
    ["MATCHED", "provisional"],
    ["TRADE_STATUS_MATCHED_NOT_BROADCASTED", "provisional"],
    ["TRADE_STATUS_MINED", "provisional"],
    ["RETRYING", "provisional"],
    ["TRADE_STATUS_CONFIRMED", "final"],
    ["failed", "failed"],
    ["REORGANIZED_BY_MARTIANS", "provisional"]
  ])("takes %s for %s", (status, state) => {
    expect(reportedTrades(trade({ ...asTaker, status }), own)).toMatchObject([{ state }])
  })

  it("dates it by this machine's clock", () => {
    const [found] = reportedTrades(trade(asTaker), { ...own, clockSkewSec: 90 })
    expect(found?.atUs).toBe((1_700_000_000 - 90) * 1_000_000)
  })
})
