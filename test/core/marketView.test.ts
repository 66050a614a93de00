import { describe, expect, it } from "vitest"
import { marketView, visibleMarket } from "../../src/core/marketView.ts"
import { type Market } from "../../src/domain/Market.ts"
import { type MarketView, type VisibleMarket } from "../../src/domain/MarketView.ts"
import { market } from "../strategies/market.ts"

const knowsAll: Market = market({
  marketId: "m",
  yesPrice: 0.4,
  updatedAtUs: 10,
  payout: { yes: 1, no: 0 },
  resolvedAtUs: 99,
  sourceUpdatedUs: 98,
  fee: { rate: 0.02, exponent: 1, takerOnly: true, rebateRate: 0 }
})
const later = ["payout", "resolution", "resolvedAtUs", "sourceUpdatedUs"]

describe("what a strategy can see", () => {
  it("has no field that tells the outcome: such code does not compile", () => {
    const read = (seen: VisibleMarket) => [
      // @ts-expect-error: what it pays is the outcome
      seen.payout,
      // @ts-expect-error: what the venue says about the outcome
      seen.resolution,
      // @ts-expect-error: when it was decided
      seen.resolvedAtUs,
      // @ts-expect-error: rewritten by the source, maybe later
      seen.sourceUpdatedUs
    ]
    expect(read(visibleMarket(knowsAll))).toStrictEqual([undefined, undefined, undefined, undefined])
  })

  it("has no way to anything but the present: neither time travel nor more data compiles", () => {
    const read = (view: MarketView) => [
      // @ts-expect-error: there is no later view to ask for
      view.next,
      // @ts-expect-error: nor any history
      view.snapshots
    ]
    expect(read(marketView([knowsAll], 20))).toStrictEqual([undefined, undefined])
  })

  it("lacks those fields at run time too, however it is looked at", () => {
    const [seen] = marketView([knowsAll], 20).markets
    expect(Object.keys(seen!).filter((name) => later.includes(name))).toStrictEqual([])
    expect(Reflect.ownKeys(seen!).filter((name) => later.includes(String(name)))).toStrictEqual([])
    expect(Object.getPrototypeOf(seen)).toBe(Object.prototype)
    expect(JSON.stringify(seen)).not.toMatch(/payout|resol|sourceUpdated/)
  })

  it("leaves out what was seen later, and what is closed", () => {
    const markets = [
      market({ marketId: "now", updatedAtUs: 20 }),
      market({ marketId: "later", updatedAtUs: 21 }),
      market({ marketId: "closed", updatedAtUs: 5, status: "closed" })
    ]
    expect(marketView(markets, 20).markets.map(({ marketId }) => marketId)).toStrictEqual(["now"])
  })

  it("is frozen all the way down", () => {
    const view = marketView([knowsAll], 20)
    const open = (value: unknown): ReadonlyArray<unknown> =>
      typeof value !== "object" || value === null
        ? []
        : [...(Object.isFrozen(value) ? [] : [value]), ...Object.values(value).flatMap(open)]
    expect(open(view)).toStrictEqual([])
    // @ts-expect-error: does not compile either
    expect(() => (view.markets[0]!.yesPrice = 1)).toThrow(TypeError)
    // @ts-expect-error: nor does this
    expect(() => view.markets.push(knowsAll)).toThrow(TypeError)
    expect(view.markets[0]!.yesPrice).toBe(0.4)
  })
})
