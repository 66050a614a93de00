import { describe, expect, it } from "@effect/vitest"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { displayedSize } from "../../src/core/venue/displayedSize.ts"
import { simulateFill, venueModelOf } from "../../src/core/venue/simulateFill.ts"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { MICRO, price, shares, toMicros } from "../../src/domain/units.ts"
import { settleUp } from "../../src/engine/commands/settleUp.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { allFills, allOrders, allPositions, inWorld, place, quoted, see } from "./world.ts"
import { outcomeOf } from "./outcome.ts"
import { orderMessage } from "../../src/domain/Order.ts"

const lastOrder = Effect.map(allOrders, (orders) => orders.at(-1))

describe("paper orders", () => {
  it.effect("fill at the market's price with slippage, never at the wish", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.39, 0.41))
        yield* place({ price: 0.9, qty: 10 })
        expect(yield* allFills).toMatchObject([{ price: toMicros(0.4141), qty: toMicros(10), side: "buy" }])
        yield* place({ side: "sell", price: 0.01, qty: 4 })
        expect((yield* allFills).at(-1)).toMatchObject({ price: toMicros(0.3861), qty: toMicros(4), side: "sell" })
        yield* place({ token: "NO", price: 0.9, qty: 10 })
        // NO's ask is the mirror of YES's bid.
        expect((yield* allFills).at(-1)).toMatchObject({ price: toMicros(0.6161), token: "NO" })
      }),
      { execution: { slippage_bps: 100 } }
    )
  )

  it.effect("are never worse than their limit, even by slippage", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.39, 0.41))
        yield* place({ price: 0.41 })
        yield* place({ side: "sell", price: 0.39 })
        expect((yield* allFills).map(({ price }) => price)).toEqual([toMicros(0.41), toMicros(0.39)])
      }),
      { execution: { slippage_bps: 100 } }
    )
  )

  it.effect("say in their fill what was seen: model, quote, age, slippage", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.39, 0.41))
        yield* place({ price: 0.5 })
        const sql = yield* SqlClient.SqlClient
        const [row] = yield* sql`SELECT raw_report_json AS report FROM fills`
        expect(JSON.parse(String(row?.["report"]))).toEqual({
          model: "snapshot",
          rule: "taken",
          quote_age_sec: 0,
          bid: 0.39,
          ask: 0.41,
          yes_price: 0.4,
          no_price: 0.6,
          reference_price: 0.41,
          slippage_bps: 5,
          slippage: 0.000205,
          fill_ratio: 1,
          fill_probability: 1,
          liquidity: 1200
        })
      }),
      { execution: { slippage_bps: 5 } }
    )
  )

  it.effect("pay the market's own taker fee, else the configured bps", () =>
    inWorld(
      Effect.gen(function* () {
        const fee = { rate: 0.07, exponent: 1, takerOnly: true, rebateRate: 0 }
        const free = { rate: 0, exponent: 1, takerOnly: true, rebateRate: 0 }
        yield* see(
          quoted("own", 0.49, 0.5, { fee }),
          quoted("none", 0.49, 0.5, { fee: free }),
          quoted("unknown", 0.49, 0.5)
        )
        for (const marketId of ["own", "none", "unknown"]) yield* place({ marketId, qty: 100 })
        // 100 shares * 0.07 * 0.5 * 0.5; nothing; 50 USDC * 20 bps.
        expect((yield* allFills).map((fill) => fill.fee / MICRO)).toEqual([1.75, 0, 0.1])
        expect((yield* allPositions).map(({ realized }) => realized / MICRO)).toEqual([0, -1.75, -0.1])
      }),
      { execution: { fee_bps: 20, fees: "venue" } }
    )
  )

  it.effect("rest until later data goes beyond their limit, then fill at that limit", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.49, 0.51))
        yield* place({ price: 0.45 })
        expect(yield* lastOrder).toMatchObject({ status: "open", filledQty: 0 })
        // The same data again, and later data that does not cross: nothing.
        expect((yield* settleUp).orders).toEqual([])
        yield* see(quoted("m1", 0.44, 0.46))
        expect((yield* settleUp).orders).toEqual([])
        // An ask at the limit would have served the orders that stood before this one.
        yield* see(quoted("m1", 0.43, 0.45))
        expect((yield* settleUp).orders).toEqual([])
        yield* see(quoted("m1", 0.4, 0.42))
        expect((yield* settleUp).orders).toMatchObject([{ filled: toMicros(10), order: { status: "filled" } }])
        expect(yield* allFills).toMatchObject([{ price: toMicros(0.45), qty: toMicros(10) }])
        expect((yield* settleUp).orders).toEqual([])
        expect(yield* allFills).toHaveLength(1)
      })
    )
  )

  it.effect("fill in part and go on with newer data only, each quote once", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.39, 0.41, { liquidity: 500 }))
        yield* place({ price: 0.45, qty: 100 })
        expect(yield* lastOrder).toMatchObject({ status: "partially_filled", filledQty: toMicros(50) })
        yield* settleUp
        expect(yield* allFills).toHaveLength(1)
        yield* see(quoted("m1", 0.39, 0.41, { liquidity: 500 }))
        yield* Effect.all([settleUp, settleUp], { concurrency: 2 })
        yield* settleUp
        expect(yield* lastOrder).toMatchObject({ status: "partially_filled", filledQty: toMicros(75) })
        yield* see(quoted("m1", 0.39, 0.41, { liquidity: 2000 }))
        yield* settleUp
        expect(yield* lastOrder).toMatchObject({ status: "filled", filledQty: toMicros(100) })
        expect((yield* allFills).map(({ qty }) => qty / MICRO)).toEqual([50, 25, 25])
      }),
      { execution: { enable_partial_fill: true } }
    )
  )

  it.effect("of the immediate kind cancel what is left", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.39, 0.41, { liquidity: 500 }))
        yield* place({ price: 0.45, qty: 100, tif: "ioc" })
        expect(yield* lastOrder).toMatchObject({
          status: "canceled",
          filledQty: toMicros(50),
          reason: { code: "immediate or cancel", value: toMicros(50), limit: toMicros(100) }
        })
        expect(outcomeOf(yield* place({ price: 0.4, tif: "ioc" }))).toMatchObject({ _tag: "Refused", by: "market" })
        expect(yield* lastOrder).toMatchObject({ status: "canceled", filledQty: 0 })
      }),
      { execution: { enable_partial_fill: true } }
    )
  )

  it.effect("are refused by a market that is closed, resolved or not accepting orders; resting ones expire", () =>
    inWorld(
      Effect.gen(function* () {
        const trades = yield* TradeRepo
        yield* see(quoted("m1", 0.49, 0.51), quoted("m2", 0.49, 0.51), quoted("m3", 0.49, 0.51))
        for (const marketId of ["m1", "m2", "m3"]) yield* place({ marketId, price: 0.4 })
        yield* see(
          quoted("m1", 0.3, 0.31, { status: "closed" }),
          quoted("m2", 0.3, 0.31, { payout: { yes: 1, no: 0 } }),
          quoted("m3", 0.3, 0.31, { acceptingOrders: false })
        )
        for (const [marketId, reason] of [
          ["m1", "market closed"],
          ["m2", "market resolved"],
          ["m3", "market not accepting orders"]
        ] as const) {
          for (const tif of ["gtc", "ioc"] as const) {
            expect(outcomeOf(yield* place({ marketId, tif }))).toMatchObject({
              _tag: "Refused",
              by: "venue",
              reason: { code: reason }
            })
          }
        }
        yield* settleUp
        const working = yield* trades.orders({ limit: 10, status: "working", strategy: null })
        expect(working.map(({ marketId }) => marketId)).toEqual(["m3"])
        const expired = yield* trades.orders({ limit: 10, status: "expired", strategy: null })
        expect(expired.map(orderMessage)).toEqual(["market resolved", "market closed"])
        expect(yield* allFills).toEqual([])
      })
    )
  )

  it.effect("that rest in a market which resolved are not filled by its last look, whoever looks first", () =>
    Effect.forEach(
      [Effect.asVoid(settleUp), Effect.asVoid(place({ price: 0.3 }))],
      (look) =>
        inWorld(
          Effect.gen(function* () {
            yield* see(quoted("m1", 0.49, 0.51))
            yield* place({ price: 0.4 })
            yield* see(quoted("m1", 0.3, 0.31, { payout: { yes: 1, no: 0 } }))
            yield* look
            expect((yield* allOrders)[0]).toMatchObject({ status: "expired", filledQty: 0 })
            expect(yield* allPositions).toEqual([])
          })
        ),
      { discard: true }
    )
  )
})

describe("simulateFill", () => {
  const model = venueModelOf({ ...defaultConfig.execution, fees: "none" })
  const anyPrice = fc.integer({ min: 1, max: 999 }).map((thousandths) => price(thousandths * 1000))

  it("never gives more than asked, a better price than the quote, or a worse one than the limit", () => {
    let filled = 0
    fc.assert(
      fc.property(
        fc.record({
          token: fc.constantFrom("YES" as const, "NO" as const),
          side: fc.constantFrom("buy" as const, "sell" as const),
          limitPrice: anyPrice,
          qty: fc.integer({ min: 10_000, max: 1_000_000_000 }),
          bid: anyPrice,
          spread: fc.integer({ min: 1, max: 100 }),
          slippageBps: fc.integer({ min: 0, max: 500 }),
          liquidity: fc.integer({ min: 0, max: 2_000 }),
          partialFill: fc.boolean()
        }),
        ({ bid, liquidity, limitPrice, partialFill, qty, side, slippageBps, spread, token }) => {
          const ask = price(Math.min(999_000, bid + spread * 1000))
          const quote = { atUs: 0, yes: bid, no: price(MICRO - bid), bid, ask, liquidity: liquidity * MICRO }
          const fills = { ...model.fills, slippageBps, partialFill }
          const fill = simulateFill(
            { token, side, limitPrice, qty: shares(qty) },
            quote,
            { fee: null },
            { ...model, fills },
            true
          )
          const [best, within] =
            side === "buy"
              ? [token === "YES" ? ask : MICRO - bid, fill.price <= limitPrice]
              : [token === "YES" ? bid : MICRO - ask, fill.price >= limitPrice]
          expect(fill.qty).toBeLessThanOrEqual(qty)
          expect(Number.isInteger(fill.qty) && Number.isInteger(fill.price)).toBe(true)
          const crosses = side === "buy" ? best <= limitPrice : best >= limitPrice
          const displayed = displayedSize(model.displayedShare, quote.liquidity, price(best))
          expect(fill.qty > 0).toBe(crosses && displayed > 0)
          expect(fill.qty).toBeLessThanOrEqual(displayed)
          if (fill.qty === 0) return
          filled += 1
          expect(within).toBe(true)
          expect(side === "buy" ? fill.price >= best : fill.price <= best).toBe(true)
        }
      )
    )
    expect(filled).toBeGreaterThan(20)
  })
})
