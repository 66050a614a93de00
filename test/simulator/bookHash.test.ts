import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { type Book } from "../../src/simulator/Backend.ts"
import { bookHash, bookJson } from "../../src/simulator/bookHash.ts"
import { describeShared } from "../shared.ts"

describe("book hash", () => {
  it("meets the exchange's own vector", () => {
    const level = (price: string) => ({ price, size: "100" })
    const book: Book = {
      market: "0xaabbcc",
      asset_id: "100",
      timestamp: "123456789",
      bids: [level("0.3"), level("0.4")],
      asks: [level("0.6"), level("0.7")],
      min_order_size: "100",
      tick_size: "0.01",
      neg_risk: false,
      last_trade_price: "0.5"
    }
    expect(bookHash(book)).toBe("0458ea5755c9f73d64a14636fa5c36ed460ec394")
    expect(JSON.parse(bookJson(book)).hash).toBe("0458ea5755c9f73d64a14636fa5c36ed460ec394")
  })
})

it("is the sha1 of the book's JSON with an empty hash, its fields in the exchange's order", () => {
  const book: Book = {
    market: "0x01",
    asset_id: "7",
    timestamp: "1767225600000",
    bids: [],
    asks: [
      { price: "0.999", size: "5.01" },
      { price: "0.52", size: "1000000" }
    ],
    min_order_size: "5",
    tick_size: "0.001",
    neg_risk: true,
    last_trade_price: ""
  }
  const text =
    '{"market":"0x01","asset_id":"7","timestamp":"1767225600000","hash":"","bids":[],' +
    '"asks":[{"price":"0.999","size":"5.01"},{"price":"0.52","size":"1000000"}],' +
    '"min_order_size":"5","tick_size":"0.001","neg_risk":true,"last_trade_price":""}'
  expect(bookHash(book)).toBe(createHash("sha1").update(text).digest("hex"))
})

describeShared("data/ci/clob_book_raw.json", "book hash of a recorded book", (path) => {
  it("is the recorded one", () => {
    const book = JSON.parse(readFileSync(path, "utf8")) as Book & { hash: string }
    expect(bookHash(book)).toBe(book.hash)
  })
})
