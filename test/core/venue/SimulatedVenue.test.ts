import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { takerFee } from "../../../src/core/venue/fees.ts"
import { LOT } from "../../../src/core/venue/matching.ts"
import { PackageMachine } from "../../../src/core/packages/PackageMachine.ts"
import { tradedIn } from "../../../src/core/packages/traded.ts"
import { SimulatedVenue } from "../../../src/core/venue/SimulatedVenue.ts"
import { type Market } from "../../../src/domain/Market.ts"
import { type Order, type OrderRequest } from "../../../src/domain/Order.ts"
import { type FeeSchedule } from "../../../src/domain/instrument.ts"
import {
  immediateOrCancel,
  marketClosed,
  marketResolved,
  noLiquidity,
  noMarketDataYet,
  notAcceptingOrders
} from "../../../src/domain/rejection.ts"
import { MICRO, price, shares, usdc } from "../../../src/domain/units.ts"
import { approve } from "../../../src/risk/approve.ts"
import { lotTolerance, trulyUnmatched } from "../packages/packageTruth.ts"
import { atUs, boardOf, fee, market, order, partial } from "./markets.ts"

const venueOf = (...markets: ReadonlyArray<Market>) => new SimulatedVenue(boardOf(...markets).find, partial, true)

/** An order that was planned for `planned` shares, as the package sends it. */
const send = (venue: SimulatedVenue, request: OrderRequest, planned = request.qty, tookUs = 0) =>
  venue.execute({ order: approve(request), plannedQty: planned, strictLimit: false }, atUs, tookUs)

describe("an order that arrives", () => {
  it("fills the share that its market gives, to the unit, and says how long it was on its way", () => {
    const report = send(venueOf(market("a", 333)), order("a", 10.01), shares(10_010_000), 250_000)
    expect(report).toMatchObject({
      status: "canceled",
      reason: immediateOrCancel(shares(3_333_330), shares(10_010_000)),
      lost: false,
      nothingSent: false,
      countsAsRejection: false,
      quoteAtUs: null,
      tookUs: 250_000,
      shown: { qty: 3_333_330, fillRatio: 0.333, price: 500_000 }
    })
    expect(report.fills).toMatchObject([{ qty: 3_333_330, price: 500_000, fee: 33_330, atUs, externalFillId: null }])
  })

  it("fills to the last unit where the market gives all of it", () => {
    const closing = order("a", 3.123_456, { side: "sell", action: "close", limitPrice: price(400_000) })
    expect(send(venueOf(market("a", 5_000)), closing)).toMatchObject({
      status: "filled",
      reason: null,
      fills: [{ qty: 3_123_456, price: 490_000 }]
    })
  })

  it("gets, when it was sized to fewer shares, what the market gives for the whole leg, and its own fee", () => {
    const venue = venueOf(market("a", 500))
    // Half of 40 is 20: 10 of them are there for an order that was sized to 10, and 20 of one for 30.
    expect(send(venue, order("a", 10), shares(40 * MICRO))).toMatchObject({
      status: "filled",
      fills: [{ qty: 10 * MICRO, fee: 100_000 }]
    })
    expect(send(venue, order("a", 30), shares(40 * MICRO))).toMatchObject({
      status: "canceled",
      reason: immediateOrCancel(shares(20 * MICRO), shares(30 * MICRO)),
      fills: [{ qty: 20 * MICRO, fee: 200_000 }]
    })
  })

  it("rests with what the market does not give now when it may", () => {
    const venue = venueOf(market("a", 500))
    expect(send(venue, order("a", 10, { tif: "gtc" }))).toMatchObject({
      status: "partially_filled",
      reason: null,
      fills: [{ qty: 5 * MICRO }]
    })
    expect(send(venue, order("a", 10, { tif: "gtc", limitPrice: price(400_000) }))).toMatchObject({
      status: "open",
      reason: null,
      fills: []
    })
    expect(send(venue, order("a", 10, { limitPrice: price(400_000) }))).toMatchObject({
      status: "canceled",
      reason: { code: "not marketable", by: "market" },
      fills: []
    })
  })

  it.each([
    ["a market that resolved", market("a", 5_000, { payout: { yes: 1, no: 0 } }), marketResolved],
    ["a market that closed", market("a", 5_000, { status: "closed" }), marketClosed],
    ["a market that takes no orders", market("a", 5_000, { acceptingOrders: false }), notAcceptingOrders],
    ["a market that was never seen", market("b", 5_000), noMarketDataYet]
  ])("is refused by %s, whether it takes or rests", (_, seen, reason) => {
    for (const tif of ["ioc", "gtc"] as const) {
      expect(send(venueOf(seen), order("a", 10, { tif }))).toMatchObject({
        status: tif === "ioc" && reason === noMarketDataYet ? "canceled" : "rejected",
        reason,
        fills: [],
        countsAsRejection: false
      })
    }
  })

  it("is refused where it gets not one unit, which counts for the circuit breaker", () => {
    expect(send(venueOf(market("a", 150)), order("a", 0.000_005))).toMatchObject({
      status: "rejected",
      reason: noLiquidity,
      countsAsRejection: true,
      fills: []
    })
  })
})

describe("legs that are sized to each other", () => {
  it("keep their proportion within a lot, and never fill more than their market gives", () => {
    const leg = fc.record({ lots: fc.integer({ min: 1, max: 50_000 }), liquidity: fc.integer({ min: 0, max: 1_500 }) })
    const ends = new Map<string, number>()
    fc.assert(
      fc.property(fc.array(leg, { minLength: 2, maxLength: 4 }), (legs) => {
        const orders = legs.map(({ lots }, index) => order(`m${index}`, (lots * LOT) / MICRO))
        const venue = venueOf(...legs.map(({ liquidity }, index) => market(`m${index}`, liquidity)))
        const alone = orders.map((one) => send(venue, one).fills.reduce((sum, { qty }) => sum + qty, 0))
        const policy = {
          deadlineUs: MICRO,
          unwind: "sell_back" as const,
          maxUnwindLoss: usdc(1e12),
          unwindAttempts: 40
        }
        const machine = new PackageMachine(
          orders,
          orders.map((_, index) => index),
          policy
        )
        const net = orders.map(() => 0)
        let action = machine.next()
        for (; action.kind !== "end"; action = machine.next()) {
          const { leg: at, qty } = action
          const entry = action.kind === "submit"
          const back = action.kind === "unwind" ? action.limitPrice : 0
          const wanted = orders[at]!
          machine.sent(entry ? "entry" : "unwind", at, qty)
          const report = entry
            ? venue.execute(
                { order: approve(wanted).shrinkTo(qty), plannedQty: wanted.qty, strictLimit: false },
                atUs,
                0
              )
            : send(venue, { ...wanted, side: "sell", action: "close", limitPrice: price(back), qty })
          machine.answered(entry ? "entry" : "unwind", at, tradedIn(report.fills))
          for (const { fee: paid, price, qty: filled } of report.fills) {
            expect(filled).toBeLessThanOrEqual(entry ? alone[at]! : net[at]!)
            expect(paid).toBe(takerFee(partial.fees, fee, price, filled))
            net[at]! += entry ? filled : -filled
          }
        }
        ends.set(action.outcome, (ends.get(action.outcome) ?? 0) + 1)
        const truth = net.map((held, index) => ({ wanted: orders[index]!.qty, net: held }))
        const tolerance = lotTolerance(truth)
        const stranded = machine.stranded()
        for (const [index, unmatched] of trulyUnmatched(truth).entries()) {
          const reported = stranded.find(({ leg: at }) => at === index)?.qty ?? 0
          expect(unmatched).toBeLessThanOrEqual(reported + tolerance[index]!)
        }
      })
    )
    expect(ends.get("complete")).toBeGreaterThan(20)
  })
})

describe("an order that rested", () => {
  const resting: Order = {
    ...order("a", 100, { tif: "gtc" }),
    id: 1,
    mode: "paper",
    status: "open",
    filledQty: shares(0),
    externalId: null,
    kind: "order",
    reason: null,
    signalId: null,
    createdAtUs: atUs - 1
  }
  const matched = (seen: Market, changes: Partial<Order> = {}, metUntilUs = atUs - 1) =>
    venueOf(seen).match({ ...resting, ...changes }, metUntilUs, atUs)
  const paid = (schedule: FeeSchedule | null): ReadonlyArray<number> =>
    matched(market("a", 1_000, { fee: schedule }))!.fills.map((fill) => fill.fee / MICRO)

  it("pays no fee where only takers do, and the market's own where makers do too", () => {
    expect(paid(fee)).toStrictEqual([0])
    expect(paid(null)).toStrictEqual([0])
    // 100 shares at its own limit of 0.60: 100 * 0.04 * 0.60 * 0.40.
    expect(paid({ ...fee, takerOnly: false })).toStrictEqual([0.96])
  })

  it("fills by a quote that came after it, never by one that it has met", () => {
    expect(matched(market("a", 1_000))).toMatchObject({
      status: "filled",
      quoteAtUs: atUs,
      fills: [{ qty: 100 * MICRO }]
    })
    expect(matched(market("a", 1_000), {}, atUs)).toBeNull()
    expect(matched(market("a", 1_000), { limitPrice: price(400_000) })).toBeNull()
    expect(matched(market("a", 1_000), { status: "filled" })).toBeNull()
  })

  it("fills in part, with what is left of it", () => {
    expect(matched(market("a", 500), { status: "partially_filled", filledQty: shares(60 * MICRO) })).toMatchObject({
      status: "partially_filled",
      fills: [{ qty: 20 * MICRO }]
    })
  })

  it("expires when its market closes or resolves, and waits while it takes no orders", () => {
    expect(matched(market("a", 1_000, { status: "closed" }))).toMatchObject({
      status: "expired",
      reason: marketClosed,
      fills: []
    })
    expect(matched(market("a", 1_000, { payout: { yes: 1, no: 0 } }))).toMatchObject({
      status: "expired",
      reason: marketResolved
    })
    expect(matched(market("a", 1_000, { acceptingOrders: false }))).toBeNull()
    expect(venueOf(market("b", 1_000)).match(resting, atUs - 1, atUs)).toBeNull()
  })
})
