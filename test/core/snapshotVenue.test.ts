import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fillModelOf } from "../../src/core/fillModel.ts"
import { takerFee } from "../../src/core/fees.ts"
import { LOT } from "../../src/core/matching.ts"
import { type VenueModel } from "../../src/core/simulatedVenue.ts"
import { assessOrders, estimateOf, executeOrders, updateOrder, type VenueMarket } from "../../src/core/snapshotVenue.ts"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { type FeeSchedule } from "../../src/domain/Market.ts"
import { type Order, type OrderRequest } from "../../src/domain/Order.ts"
import { MICRO } from "../../src/domain/units.ts"
import { noLiquidity } from "../../src/domain/rejection.ts"

const fee: FeeSchedule = { rate: 0.04, exponent: 1, takerOnly: true, rebateRate: 0 }
const partial: VenueModel = {
  fills: fillModelOf({ ...defaultConfig.execution, slippage_bps: 0, enable_partial_fill: true }),
  fees: { kind: "venue", bps: 0 }
}
const atUs = 1_000_000

/** A market at 0.49 to 0.50 with so much USDC of liquidity: of 1000 it fills whole, of less its share. */
const market = (liquidity: number, changes: Partial<VenueMarket> = {}): VenueMarket => ({
  quote: { atUs, yes: 495_000, no: 505_000, bid: 490_000, ask: 500_000, liquidity: liquidity * MICRO },
  shut: null,
  ended: false,
  fee,
  rules: { tickSize: null, minOrderSize: null },
  conditionId: null,
  endDateUs: null,
  ...changes
})
const order = (marketId: string, shares: number, changes: Partial<OrderRequest> = {}): OrderRequest => ({
  strategy: "s2",
  marketId,
  eventId: "e1",
  token: "YES",
  side: "buy",
  action: "open",
  limitPrice: 600_000,
  qty: Math.round(shares * MICRO),
  tif: "ioc",
  ...changes
})

const run = (orders: ReadonlyArray<OrderRequest>, liquidity: ReadonlyArray<number>) => {
  const markets = new Map(orders.map(({ marketId }, index) => [marketId, market(liquidity[index]!)]))
  const assessments = assessOrders(orders, (id) => markets.get(id), partial, false)
  return {
    shown: assessments.map((seen) => estimateOf(seen, atUs).shown!),
    estimates: assessments.map((seen) => estimateOf(seen, atUs)),
    results: executeOrders(assessments, atUs)
  }
}

describe("orders that trade together", () => {
  it("fill the share of the leg that fills least, in whole lots", () => {
    const { results, shown } = run([order("a", 30.07), order("b", 10)], [800, 250])
    expect(shown.map(({ qty }) => qty)).toStrictEqual([7_510_000, 2_500_000])
    expect(shown.map(({ fillRatio }) => fillRatio)).toStrictEqual([0.25, 0.25])
    expect(shown.map(({ fee: paid }) => paid)).toStrictEqual([75_100, 25_000])
    expect(results.map(({ fills }) => fills.map(({ fee: paid, qty }) => [qty, paid]))).toStrictEqual([
      [[7_510_000, 75_100]],
      [[2_500_000, 25_000]]
    ])
    expect(results.map(({ status }) => status)).toStrictEqual(["canceled", "canceled"])
  })

  it("fill to the last unit when all of them fill whole", () => {
    const closing = order("a", 3.123_456, { side: "sell", action: "close", limitPrice: 400_000 })
    expect(run([closing, order("b", 10)], [5_000, 1_000]).shown.map(({ qty }) => qty)).toStrictEqual([
      3_123_456, 10_000_000
    ])
  })

  it("do not trade when a leg's share is less than a lot", () => {
    const { estimates, results } = run([order("a", 2_000), order("b", 0.05)], [1_000, 150])
    expect(estimates.map(({ refusal }) => refusal)).toStrictEqual([
      null,
      { reason: noLiquidity, countsAsRejection: true }
    ])
    expect(results.flatMap(({ fills }) => fills)).toStrictEqual([])
  })

  it("leave an order that trades by itself alone", () => {
    expect(run([order("a", 10.01)], [333]).shown.map(({ qty }) => qty)).toStrictEqual([3_333_330])
  })

  it("keep their proportion within a lot, and never fill more than their market gives", () => {
    const leg = fc.record({ lots: fc.integer({ min: 1, max: 50_000 }), liquidity: fc.integer({ min: 0, max: 1_500 }) })
    fc.assert(
      fc.property(fc.array(leg, { minLength: 2, maxLength: 4 }), (legs) => {
        const orders = legs.map(({ lots }, index) => order(`m${index}`, (lots * LOT) / MICRO))
        const { shown } = run(
          orders,
          legs.map(({ liquidity }) => liquidity)
        )
        const alone = orders.map((one, index) => run([one], [legs[index]!.liquidity]).shown[0]!.qty)
        const share = Math.min(...alone.map((qty, index) => qty / orders[index]!.qty))
        for (const [index, { fee: paid, price, qty }] of shown.entries()) {
          expect(qty).toBeLessThanOrEqual(alone[index]!)
          expect(Math.abs(qty - orders[index]!.qty * share)).toBeLessThan(LOT + 1e-3)
          expect(share === 1 || qty % LOT === 0).toBe(true)
          expect(paid).toBe(takerFee(partial.fees, fee, price, qty))
        }
      })
    )
  })
})

describe("an order that rested", () => {
  const resting: Order = {
    ...order("a", 100, { tif: "gtc" }),
    id: 1,
    mode: "paper",
    status: "open",
    filledQty: 0,
    externalId: null,
    kind: "order",
    reason: null,
    signalId: null,
    createdAtUs: atUs - 1
  }
  const paid = (schedule: FeeSchedule | null): ReadonlyArray<number> =>
    updateOrder(resting, market(1_000, { fee: schedule }), partial, atUs)!.fills.map((fill) => fill.fee / MICRO)

  it("pays no fee where only takers do, and the market's own where makers do too", () => {
    expect(paid(fee)).toStrictEqual([0])
    expect(paid(null)).toStrictEqual([0])
    expect(paid({ ...fee, takerOnly: false })).toStrictEqual([1])
  })
})
