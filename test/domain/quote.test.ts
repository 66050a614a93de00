import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { visibleOf } from "../../src/core/marketView.ts"
import { blankMarket } from "../../src/domain/blankMarket.ts"
import { instrumentOf } from "../../src/domain/instrument.ts"
import { quoteOf } from "../../src/domain/quote.ts"

describe("a quote", () => {
  it("has whole micro-units as prices, and liquidity and volume as they were stored", () => {
    const market = blankMarket({
      ...{ marketId: "m", status: "closed", acceptingOrders: false, updatedAtUs: 7 },
      ...{ yesPrice: 0.1234565, noPrice: 0.8765, bestBid: 0.29, bestAsk: 0.57, midPrice: 0.43 },
      ...{ liquidity: 1234.56789012, volume: 99.5 }
    })
    expect(quoteOf(market)).toStrictEqual({
      ...{ atUs: 7, status: "closed", acceptingOrders: false },
      ...{ yes: 123_457, no: 876_500, bid: 290_000, ask: 570_000, mid: 430_000 },
      ...{ liquidity: 1234.56789012 * 1_000_000, liquidityUsdc: 1234.56789012, volumeUsdc: 99.5 },
      disputed: null
    })
  })

  it("says nothing where the source said nothing", () => {
    const { ask, bid, mid, no, yes } = quoteOf(blankMarket({ marketId: "m" }))
    expect([yes, no, bid, ask, mid]).toStrictEqual([null, null, null, null, null])
  })

  it("goes back to the very prices that were read, as long as they have six decimals at most", () => {
    const price = fc.option(
      fc.integer({ min: 0, max: 1_000_000 }).map((micros) => Number((micros / 1_000_000).toFixed(6))),
      { nil: null }
    )
    const instrument = instrumentOf(blankMarket({ marketId: "m" }))
    const figure = fc.double({ min: 0, max: 1e9, noNaN: true })
    const seen = fc.record({
      status: fc.constantFrom("open" as const, "closed" as const),
      acceptingOrders: fc.option(fc.boolean(), { nil: null }),
      ...{ yesPrice: price, noPrice: price, bestBid: price, bestAsk: price, midPrice: price },
      ...{ liquidity: figure, volume: figure, updatedAtUs: fc.nat() }
    })
    const back = fc.property(seen, (observed) => {
      expect(visibleOf(instrument, quoteOf(observed))).toEqual({ ...instrument, ...observed })
    })
    fc.assert(back, { seed: 10 })
  })
})
