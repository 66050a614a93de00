import { describe, expect, it } from "vitest"
import { expectOrders } from "../../../src/core/venue/expectOrders.ts"
import { type Market } from "../../../src/domain/Market.ts"
import { type OrderRequest } from "../../../src/domain/Order.ts"
import { noLiquidity, noMarketDataYet } from "../../../src/domain/rejection.ts"
import { MICRO, price } from "../../../src/domain/units.ts"
import { atUs, boardOf, market, order, partial } from "./markets.ts"

const expected = (orders: ReadonlyArray<OrderRequest>, markets: ReadonlyArray<Market>, strict = false) =>
  expectOrders(orders, boardOf(...markets).find, partial, strict, atUs + 7)

describe("what the engine expects of an order", () => {
  it("is what its market gives it now: price, size, fee; the middle, the age of the quote and the end are for risk", () => {
    const [seen] = expected([order("a", 30.07)], [market("a", 250, { endDateUs: 99 })])
    expect(seen).toMatchObject({
      price: 500_000,
      midPrice: 495_000,
      quoteAgeUs: 7,
      resolvesAtUs: 99,
      noMatch: null,
      refusal: null,
      shown: { qty: 7_517_500, fillRatio: 0.25, fee: 75_170 }
    })
  })

  it("of legs is what each market gives its own leg: legs are sized when they are sent", () => {
    const seen = expected([order("a", 30.07), order("b", 10)], [market("a", 800), market("b", 250)])
    expect(seen.map(({ shown }) => shown?.qty)).toStrictEqual([24_056_000, 2_500_000])
    expect(seen.map(({ refusal }) => refusal)).toStrictEqual([null, null])
  })

  it("of one that rests is its limit, and of one that takes nothing what it would have had to pay", () => {
    expect(expected([order("a", 10, { tif: "gtc" })], [market("a", 1_000)])[0]?.price).toBe(600_000)
    const [missed] = expected([order("a", 10, { limitPrice: price(400_000) })], [market("a", 1_000)])
    expect(missed).toMatchObject({
      price: 500_000,
      noMatch: { status: "canceled", reason: { code: "not marketable" } }
    })
  })

  it("that gets not one unit is a refusal that counts", () => {
    expect(expected([order("a", 0.000_005)], [market("a", 150)])[0]).toMatchObject({
      refusal: { reason: noLiquidity, countsAsRejection: true }
    })
  })

  it("in a market that was never seen is that there are no data, and no quote for risk", () => {
    const [taking, resting] = ["ioc" as const, "gtc" as const].map((tif) => expected([order("x", 10, { tif })], [])[0])
    expect(taking).toMatchObject({
      midPrice: null,
      quoteAgeUs: null,
      resolvesAtUs: null,
      noMatch: { reason: noMarketDataYet }
    })
    expect(resting).toMatchObject({ noMatch: null, refusal: { reason: noMarketDataYet, countsAsRejection: false } })
  })

  it("is no fill beside an order for the same contract: two sources show one order book", () => {
    const markets = [market("a", 1_000, { conditionId: "0x1" }), market("0x1", 1_000, { conditionId: "0x1" })]
    const seen = expected([order("a", 10), order("0x1", 10, { token: "NO" })], markets)
    expect(seen.map(({ noMatch }) => noMatch?.reason ?? null)).toStrictEqual([
      null,
      { code: "same contract", by: "venue", market: "0x1", other: "a" }
    ])
  })

  it("is never worse than the limit where that is strict", () => {
    const slipping = { ...partial, fills: { ...partial.fills, slippageBps: 10_000 } }
    const { find } = boardOf(market("a", 5_000))
    const priceOf = (strict: boolean) => expectOrders([order("a", 10)], find, slipping, strict, atUs)[0]?.price
    expect(priceOf(true)).toBe(0.6 * MICRO)
    expect(priceOf(false)).toBeGreaterThan(0.6 * MICRO)
  })
})
