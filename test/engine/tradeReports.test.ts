import { describe, expect, it } from "@effect/vitest"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as fc from "fast-check"
import { MICRO, toMicros } from "../../src/domain/units.ts"
import { cancelOrder } from "../../src/engine/commands/cancelOrder.ts"
import { executeSignal } from "../../src/engine/commands/executeSignal.ts"
import { settleUp } from "../../src/engine/commands/settleUp.ts"
import { metricsReport } from "../../src/engine/commands/metricsReport.ts"
import { type PnlFigures, pnlReport } from "../../src/engine/commands/pnlReport.ts"
import { checkInvariants } from "../../src/store/invariants.ts"
import { allFills, allOrders, allPositions, insert, inWorld, place, quoted, see, signal } from "../execution/world.ts"

const sumOf = (rows: ReadonlyArray<PnlFigures>, field: keyof PnlFigures): number =>
  rows.reduce((sum, row) => sum + row[field], 0)

const fields = ["realized", "unrealized", "pnl", "fees", "turnover", "notional", "fills"] as const

describe("pnl-report", () => {
  it.effect("marks what is open at the newest prices and adds up by strategy and by event", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.4, 0.5), quoted("m2", 0.1, 0.2, { eventId: "e2" }))
        yield* place({ strategy: "a", price: 0.5, qty: 10 })
        yield* place({ strategy: "b", price: 0.5, qty: 20 })
        yield* place({ strategy: "b", marketId: "m2", token: "NO", price: 0.9, qty: 10 })
        yield* see(quoted("m1", 0.6, 0.62), quoted("m2", 0.2, 0.24, { eventId: "e2", noPrice: null }))
        yield* place({ strategy: "a", side: "sell", price: 0.6, qty: 4 })
        const report = yield* pnlReport
        expect(report.strategies).toMatchObject([
          { strategy: "a", realized: toMicros(0.4), unrealized: toMicros(0.66), fills: 2 },
          { strategy: "b", realized: 0, unrealized: toMicros(2.2 - 1.2), fills: 2 }
        ])
        expect(report.events).toMatchObject([
          { eventId: "e1", realized: toMicros(0.4), unrealized: toMicros(0.66 + 2.2) },
          { eventId: "e2", realized: 0, unrealized: toMicros(-1.2) }
        ])
        for (const field of fields) {
          expect(sumOf(report.strategies, field)).toBe(report.total[field])
          expect(sumOf(report.events, field)).toBe(report.total[field])
        }
        expect(report.total.pnl).toBe(toMicros(0.4 + 0.66 + 1))
        expect(report.cash + report.openCost).toBe(report.total.realized)
        expect(report.open).toMatchObject([
          { strategy: "a", token: "YES", qty: toMicros(6), mark: toMicros(0.61) },
          { strategy: "b", token: "YES", mark: toMicros(0.61) },
          { strategy: "b", token: "NO", mark: toMicros(0.78) }
        ])
        expect(report.mismatches).toEqual([])
      })
    )
  )

  it.effect("counts the fills and names stored positions that differ from them", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.4, 0.5))
        yield* place({ price: 0.5, qty: 10 })
        const sql = yield* SqlClient.SqlClient
        yield* sql`UPDATE positions SET net_qty = 99, realized_pnl = 1000`
        const report = yield* pnlReport
        expect(report.total.realized).toBe(0)
        expect(report.mismatches).toEqual([{ strategy: "manual", marketId: "m1", token: "YES" }])
      })
    )
  )

  it.effect("is empty over an empty database", () =>
    inWorld(
      Effect.gen(function* () {
        const report = yield* pnlReport
        expect(report).toMatchObject({ strategies: [], events: [], open: [], cash: 0, total: { pnl: 0, fills: 0 } })
        expect(yield* metricsReport).toMatchObject({ total: { orders: 0, fillRate: 0, winRate: null }, strategies: [] })
      })
    )
  )
})

describe("settlement", () => {
  it.effect("pays out what is held once its market resolves, once, and frees the exposure", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("won", 0.4, 0.5), quoted("lost", 0.4, 0.5), quoted("void", 0.4, 0.5))
        yield* place({ marketId: "won", qty: 10 })
        yield* place({ marketId: "lost", qty: 10 })
        yield* place({ marketId: "void", token: "NO", price: 0.6, qty: 10 })
        yield* see(
          quoted("won", 0.99, 1, { status: "closed", payout: { yes: 1, no: 0 } }),
          quoted("lost", 0, 0.01, { status: "closed", payout: { yes: 0, no: 1 } }),
          quoted("void", 0.5, 0.51, { status: "closed", payout: { yes: 0.5, no: 0.5 } })
        )
        const passes = yield* Effect.all([settleUp, settleUp], { concurrency: 2 })
        expect(passes.flatMap(({ settlements }) => settlements)).toHaveLength(3)
        expect((yield* settleUp).settlements).toEqual([])
        expect((yield* allPositions).every(({ cost, qty }) => qty === 0 && cost === 0)).toBe(true)
        const report = yield* pnlReport
        expect(report.total).toMatchObject({
          realized: toMicros(5 - 5 - 1),
          unrealized: 0,
          notional: 0,
          // Payouts are no trades.
          fills: 3
        })
        const { total } = yield* metricsReport
        expect(total).toMatchObject({ orders: 3, fills: 3, wins: 1, losses: 2, fillRate: 1 })
        expect(yield* checkInvariants).toEqual([])
      })
    )
  )
})

describe("metrics-report", () => {
  it.effect("counts orders by status, their rates and reasons, wins and the drawdown", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.4, 0.5))
        yield* place({ price: 0.5, qty: 10 })
        yield* place({ price: 0.5, qty: 10 })
        yield* place({ price: 0.3, qty: 20 })
        yield* place({ price: 0.5, qty: 1000 })
        yield* place({ price: 0.2, qty: 10, tif: "ioc", strategy: "other" })
        yield* see(quoted("m1", 0.7, 0.8))
        yield* place({ side: "sell", price: 0.7, qty: 10 })
        yield* see(quoted("m1", 0.31, 0.35))
        yield* place({ side: "sell", price: 0.31, qty: 5 })
        yield* cancelOrder(3)
        const { strategies, total } = yield* metricsReport
        expect(Object.fromEntries(total.byStatus)).toEqual({ filled: 4, canceled: 2, rejected: 1 })
        expect(total).toMatchObject({
          orders: 7,
          fillRate: 4 / 7,
          quantityFillRate: 35 / 65,
          rejectionRate: 1 / 7,
          fills: 4,
          wins: 1,
          losses: 1,
          winRate: null,
          realized: toMicros(2 - 0.95),
          // From +2.00 realized down to 1.05 realized and 5 shares marked 0.17 below cost.
          maxDrawdown: toMicros(0.95 + 0.85)
        })
        expect(Object.fromEntries(total.rejectionReasons)).toEqual({ "strategy notional limit exceeded": 1 })
        expect(Object.fromEntries(total.cancelReasons)).toEqual({ "canceled by hand": 1, "not marketable": 1 })
        expect(strategies.map(({ orders, strategy }) => [strategy, orders])).toEqual([
          ["manual", 6],
          ["other", 1]
        ])
      }),
      { risk: { max_strategy_notional: 100 } }
    )
  )
})

const market = fc.constantFrom("m1", "m2")
const token = fc.constantFrom("YES" as const, "NO" as const)
const step = fc.oneof(
  fc.record({
    _tag: fc.constant("place" as const),
    marketId: market,
    token,
    side: fc.constantFrom("buy" as const, "sell" as const),
    price: fc.integer({ min: 1, max: 99 }).map((cents) => cents / 100),
    qty: fc.integer({ min: 200, max: 20_000 }).map((hundredths) => hundredths / 100),
    tif: fc.constantFrom("gtc" as const, "ioc" as const),
    strategy: fc.constantFrom("a", "b")
  }),
  fc.record({
    _tag: fc.constant("see" as const),
    marketId: market,
    bid: fc.integer({ min: 2, max: 97 }),
    liquidity: fc.integer({ min: 10, max: 2_000 })
  }),
  fc.record({ _tag: fc.constant("cancel" as const), id: fc.integer({ min: 1, max: 20 }) }),
  fc.record({
    _tag: fc.constant("signal" as const),
    marketId: market,
    side: fc.constantFrom("buy" as const, "sell" as const),
    price: fc.integer({ min: 1, max: 99 }).map((cents) => cents / 100)
  }),
  fc.record({ _tag: fc.constant("work" as const) })
)
type Step = typeof step extends fc.Arbitrary<infer A> ? A : never

/** Refused input is part of the game; a failing store is not. */
const take = (one: Step) => {
  switch (one._tag) {
    case "place":
      return Effect.catchTags(place(one), { InputError: () => Effect.void })
    case "cancel":
      return Effect.catchTags(cancelOrder(one.id), { InputError: () => Effect.void, NotFound: () => Effect.void })
    case "see": {
      const quote = quoted(one.marketId, one.bid / 100, (one.bid + 2) / 100, {
        liquidity: one.liquidity,
        fee: { rate: 0.05, exponent: 1, takerOnly: true, rebateRate: 0 }
      })
      return see(quote)
    }
    case "signal":
      return Effect.gen(function* () {
        yield* insert(signal({ marketId: one.marketId, side: one.side, targetPrice: one.price, sizeHint: 12.3456 }))
        yield* executeSignal({ pick: { _tag: "next", count: 1 }, mode: "paper", confirmed: false })
      })
    case "work":
      return settleUp
  }
}

describe("after any sequence of orders", () => {
  it.effect("positions are the fold of fills, money adds up, nothing is short or over a limit", () =>
    Effect.gen(function* () {
      const sequences = fc.sample(fc.array(step, { minLength: 10, maxLength: 40 }), { numRuns: 12, seed: 7 })
      for (const steps of sequences) {
        yield* inWorld(
          Effect.gen(function* () {
            yield* see(quoted("m1", 0.4, 0.42), quoted("m2", 0.2, 0.22))
            for (const one of steps) {
              yield* take(one)
              yield* TestClock.adjust("1 second")
            }
            expect(yield* checkInvariants).toEqual([])
            const report = yield* pnlReport
            expect(report.cash + report.openCost).toBe(report.total.realized)
            expect(report.mismatches).toEqual([])
            for (const field of fields) expect(sumOf(report.strategies, field)).toBe(report.total[field])
            const positions = yield* allPositions
            expect(positions.filter(({ qty }) => qty < 0)).toEqual([])
            for (const strategy of ["a", "b", "s4"]) {
              const cost = positions
                .filter((held) => held.strategy === strategy)
                .reduce((sum, held) => sum + held.cost, 0)
              expect(cost).toBeLessThanOrEqual(60 * MICRO)
            }
            for (const order of yield* allOrders) {
              expect(order.filledQty).toBeLessThanOrEqual(order.qty)
              if (order.status === "filled") expect(order.filledQty).toBe(order.qty)
              if (order.status === "rejected" || order.status === "open") expect(order.filledQty).toBe(0)
            }
            const byOrder = new Map((yield* allOrders).map((order) => [order.id, order]))
            for (const fill of yield* allFills) {
              const order = byOrder.get(fill.orderId)
              if (order === undefined || order.strategy === "s4") continue
              if (fill.side === "buy") expect(fill.price).toBeLessThanOrEqual(order.limitPrice)
              else expect(fill.price).toBeGreaterThanOrEqual(order.limitPrice)
            }
          }),
          { execution: { enable_partial_fill: true, slippage_bps: 30 }, risk: { max_strategy_notional: 60 } }
        )
      }
    })
  )
})
