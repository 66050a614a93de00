import { describe, expect, it } from "vitest"
import { planOrders } from "../../src/core/planOrders.ts"
import { type PackageLeg } from "../../src/domain/OrderPackage.ts"
import { MICRO, price, shares } from "../../src/domain/units.ts"

const leg = (fields: Partial<PackageLeg>): PackageLeg => ({
  strategy: "s1",
  marketId: "m1",
  eventId: "e1",
  token: "YES",
  side: "sell",
  limitPrice: price(400_000),
  qty: shares(10 * MICRO),
  tif: "ioc",
  role: "leg",
  signalId: 1,
  ...fields
})
const planned = (legs: ReadonlyArray<PackageLeg>, held: number, shortage: "buy_other" | "refuse" = "buy_other") =>
  planOrders({ legs, shortage }, (_, marketId, token) =>
    shares(marketId === "m1" && token === "YES" ? held * MICRO : 0)
  ).map(
    ({ request: { action, limitPrice, qty, side, token }, short }) =>
      `${action} ${side} ${qty / MICRO} ${token} at ${limitPrice / MICRO}${short ? " short" : ""}`
  )

describe("two sales in one package", () => {
  it("sell what is held once, and buy the other outcome for the rest", () => {
    expect(planned([leg({}), leg({})], 10)).toStrictEqual(["close sell 10 YES at 0.4", "open buy 10 NO at 0.6"])
    expect(planned([leg({}), leg({})], 14)).toStrictEqual([
      "close sell 10 YES at 0.4",
      "close sell 4 YES at 0.4",
      "open buy 6 NO at 0.6"
    ])
    expect(planned([leg({}), leg({}), leg({ qty: shares(5 * MICRO) })], 0)).toStrictEqual([
      "open buy 10 NO at 0.6",
      "open buy 10 NO at 0.6",
      "open buy 5 NO at 0.6"
    ])
  })

  it("are refused where a person may not sell more than is held", () => {
    expect(planned([leg({}), leg({})], 10, "refuse")).toStrictEqual([
      "close sell 10 YES at 0.4",
      "close sell 10 YES at 0.4 short"
    ])
    expect(planned([leg({})], 10, "refuse")).toStrictEqual(["close sell 10 YES at 0.4"])
  })

  it("of different strategies, markets or tokens share nothing", () => {
    const others = [leg({ marketId: "m2" }), leg({ token: "NO" })]
    expect(planned([leg({}), ...others], 10)).toStrictEqual([
      "close sell 10 YES at 0.4",
      "open buy 10 NO at 0.6",
      "open buy 10 YES at 0.6"
    ])
  })
})

describe("a purchase", () => {
  it("closes a short as far as one is held, also the second one of a package", () => {
    const buy = leg({ side: "buy" })
    expect(planned([buy], -10)).toStrictEqual(["close buy 10 YES at 0.4"])
    expect(planned([buy, buy], -15)).toStrictEqual(["close buy 10 YES at 0.4", "open buy 10 YES at 0.4"])
  })

  it("of the other outcome is in whole lots; what is held is given back to the last unit", () => {
    expect(planned([leg({ qty: shares(10_123_456) })], 3.000_001)).toStrictEqual([
      "close sell 3.000001 YES at 0.4",
      "open buy 7.12 NO at 0.6"
    ])
    expect(planned([leg({ side: "buy", qty: shares(10_123_456) })], 0)).toStrictEqual(["open buy 10.12 YES at 0.4"])
  })
})
