import { describe, expect, it } from "vitest"
import { type Market } from "../../src/domain/Market.ts"
import { compareText, freshestContracts, groupBy, openMarkets } from "../../src/strategies/select.ts"
import { market } from "./market.ts"

const names = (rows: ReadonlyArray<Pick<Market, "marketId" | "source">>) =>
  rows.map(({ marketId, source }) => `${source}/${marketId}`)

describe("the markets that strategies look at", () => {
  it("are the open ones, by market id and then by source", () => {
    const rows = [
      market({ marketId: "b" }),
      market({ marketId: "a", source: "gamma" }),
      market({ marketId: "c", status: "closed" }),
      market({ marketId: "a", source: "clob" })
    ]
    expect(names(openMarkets(rows))).toStrictEqual(["clob/a", "gamma/a", "gamma/b"])
    expect([compareText("a", "b"), compareText("b", "a"), compareText("a", "a")]).toStrictEqual([-1, 1, 0])
  })

  it("are worked out once for a view that cannot change, and anew for one that can", () => {
    const frozen = Object.freeze([market({ marketId: "b" }), market({ marketId: "a" })])
    expect(openMarkets(frozen)).toBe(openMarkets(frozen))
    const open = [market({ marketId: "b" })]
    expect(names(openMarkets(open))).toStrictEqual(["gamma/b"])
    open.push(market({ marketId: "a" }))
    expect(names(openMarkets(open))).toStrictEqual(["gamma/a", "gamma/b"])
  })

  it("are grouped in the order of their first members", () => {
    const groups = groupBy(["b1", "a1", "b2"], (text) => text.slice(0, 1))
    expect([...groups]).toStrictEqual([
      ["b", ["b1", "b2"]],
      ["a", ["a1"]]
    ])
  })
})

describe("one row for each contract", () => {
  const row = (marketId: string, fields: Partial<Market>) =>
    market({ marketId, conditionId: "0x1", updatedAtUs: 1, bestBid: 0.4, ...fields })

  it("is the one with a book, then the one seen last, then the first", () => {
    const [first, second] = [row("1", {}), row("2", {})]
    expect(names(freshestContracts([first, second]))).toStrictEqual(["gamma/1"])
    expect(names(freshestContracts([first, row("2", { updatedAtUs: 2 })]))).toStrictEqual(["gamma/2"])
    expect(names(freshestContracts([row("1", { bestBid: null }), second]))).toStrictEqual(["gamma/2"])
    expect(names(freshestContracts([first, row("2", { bestBid: null, updatedAtUs: 9 })]))).toStrictEqual(["gamma/1"])
  })

  it("counts rows of two sources with one market id once, and rows without a condition id each", () => {
    const unnamed = { conditionId: null }
    expect(
      names(freshestContracts([row("1", unnamed), row("1", { ...unnamed, source: "clob", updatedAtUs: 2 })]))
    ).toStrictEqual(["clob/1"])
    expect(names(freshestContracts([row("1", unnamed), row("2", unnamed)]))).toStrictEqual(["gamma/1", "gamma/2"])
    expect(freshestContracts([])).toStrictEqual([])
  })
})
