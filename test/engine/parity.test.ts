import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as fc from "fast-check"
import { LedgerTable } from "../../src/backtest/LedgerTable.ts"
import { printedLimits } from "../../src/backtest/options.ts"
import { runBacktest } from "../../src/backtest/runBacktest.ts"
import { AppConfig } from "../../src/config/AppConfig.ts"
import { fromMicros } from "../../src/domain/units.ts"
import { executeSignal } from "../../src/engine/commands/executeSignal.ts"
import { nowUs } from "../../src/engine/now.ts"
import { type RoutedOrder } from "../../src/engine/session/runPackages.ts"
import { insert, inWorld, noon, quoted, see, signal } from "../execution/world.ts"
import { orderMessage } from "../../src/domain/Order.ts"

const marketId = fc.constantFrom("m1", "m2", "m3")
const cents = (min: number, max: number) => fc.integer({ min, max }).map((value) => value / 100)

const plainSignal = fc
  .record({
    marketId,
    side: fc.constantFrom("buy" as const, "sell" as const),
    targetPrice: cents(5, 95),
    sizeHint: fc.double({ min: 0.001, max: 60, noNaN: true }),
    strategy: fc.constantFrom("s1", "s4")
  })
  .map(signal)
const hedged = fc
  .record({ carry: cents(50, 95), tail: cents(5, 60), qty: cents(100, 4_000) })
  .map(({ carry, qty, tail }) =>
    signal({
      strategy: "s8",
      targetPrice: carry,
      sizeHint: qty,
      payload: {
        primary_leg: { token: "NO", market_id: "m1", qty, price: carry },
        tail_hedge: { token: "YES", market_id: "m3", qty: qty / 2, price: tail }
      }
    })
  )
const basket = fc
  .record({ side: fc.constantFrom("buy" as const, "sell" as const), price: cents(5, 95) })
  .map(({ price, side }) =>
    ["m1", "m2"].map((id) =>
      signal({ strategy: "s2", marketId: id, side, targetPrice: price, payload: { basket_markets: ["m1", "m2"] } })
    )
  )
/** Two sales of one token, which may exceed what is held together, and a purchase that arrives after them. */
const twoSales = fc
  .record({ qty: cents(200, 2_000), price: cents(5, 60), hedge: cents(40, 95), strategy: fc.constantFrom("s1", "s4") })
  .map(({ hedge, price, qty, strategy }) => {
    const sale = { token: "YES", side: "sell", price, qty, market_id: "m1" }
    const legs = [sale, { ...sale, qty: qty / 2 }, { token: "YES", side: "buy", price: hedge, qty, market_id: "m3" }]
    return signal({ strategy, targetPrice: price, sizeHint: qty, payload: { legs } })
  })
const quote = fc.record({ bid: cents(3, 95), liquidity: fc.integer({ min: 0, max: 1_500 }) })
const moment = fc.record({
  quotes: fc.tuple(quote, quote, quote),
  signals: fc.array(
    fc.oneof(
      plainSignal.map((one) => [one]),
      hedged.map((one) => [one]),
      twoSales.map((one) => [one]),
      basket
    ),
    { minLength: 1, maxLength: 3 }
  )
})

const fee = { rate: 0.04, exponent: 1, takerOnly: true, rebateRate: 0.25 }

/** Why an order that filled is not filled whole; a ledger row shows the quantities instead. */
const fillsInPart: ReadonlySet<string> = new Set(["immediate or cancel", "sized to the bundle"])

/** The part of an order that a ledger row must repeat. */
const ofOrder = ({ decision, fills, order }: RoutedOrder) => ({
  signal: order.signalId,
  order: `${order.marketId} ${order.token} ${order.side} ${fromMicros(order.qty)} at ${fromMicros(order.limitPrice)}`,
  reason: order.reason !== null && fillsInPart.has(order.reason.code) ? "" : orderMessage(order),
  filled: fills.map((fill) => [fill.price, fill.qty, fill.fee].map(fromMicros)),
  risk: decision === null ? null : fromMicros(decision.strategyNotionalBefore),
  realized: decision === null ? null : fromMicros(decision.realizedBefore),
  rejections: decision?.rejectionsBefore
})

const key = (row: { readonly signal: number | null; readonly order: string }) => `${row.signal} ${row.order}`
const sorted = <A extends { readonly signal: number | null; readonly order: string }>(rows: ReadonlyArray<A>) =>
  rows.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))

const caps = {
  max_daily_loss: 8,
  max_strategy_notional: 45,
  max_event_notional: 70,
  circuit_breaker_rejections: 2,
  circuit_breaker_window_sec: 1_000,
  circuit_breaker_cooldown_sec: 700
}
const worlds = [
  { title: "to the last unit", negRisk: false, numRuns: 10, least: 50, risk: caps },
  {
    title: "also held to the worst joint outcome",
    negRisk: true,
    numRuns: 6,
    least: 20,
    risk: {
      max_strategy_notional: 1_000,
      max_event_notional: 1_000,
      circuit_breaker_rejections: 1_000,
      max_scenario_loss: 14,
      max_event_scenario_loss: 9
    }
  }
]

describe("paper and backtest", () => {
  it.effect.each(worlds)(
    "decide and fill the same signals alike, $title",
    ({ least, negRisk, numRuns, risk: limits }) =>
      Effect.gen(function* () {
        const days = fc.sample(fc.array(moment, { minLength: 5, maxLength: 14 }), { numRuns, seed: 11 })
        let filled = 0
        let refused = 0
        let byScenario = 0
        for (const day of days) {
          const { paper, replayed } = yield* inWorld(
            Effect.gen(function* () {
              const orders: Array<RoutedOrder> = []
              for (const { quotes, signals } of day) {
                yield* see(
                  ...quotes.map(({ bid, liquidity }, index) =>
                    quoted(`m${index + 1}`, bid, bid + 0.02, {
                      liquidity,
                      fee,
                      eventId: index === 2 ? "e2" : "e1",
                      negRisk
                    })
                  )
                )
                yield* insert(...signals.flat())
                const report = yield* executeSignal({
                  pick: { _tag: "next", count: 50 },
                  mode: "paper",
                  confirmed: false
                })
                for (const execution of report.executions) orders.push(...execution.orders)
                yield* TestClock.adjust("7 minutes")
              }
              const { execution, risk } = yield* AppConfig
              const options = {
                fromUs: noon,
                toUs: yield* nowUs,
                strategies: [],
                compat: "market" as const,
                settlement: true,
                execution,
                risk
              }
              const ledger = new LedgerTable(printedLimits(options))
              yield* TestClock.adjust("1 second")
              const run = yield* Effect.fork(runBacktest(options, { ledger, onProgress: null }))
              for (let i = 0; i < 20; i++) yield* TestClock.adjust("1 second")
              yield* run
              return { paper: orders, replayed: [...ledger.rows()] }
            }),
            {
              execution: {
                slippage_bps: 20,
                enable_partial_fill: true,
                enable_dynamic_slippage: true,
                leg_delay_ms: 400
              },
              risk: limits
            }
          )
          const rows = replayed.map((row) => ({
            signal: row.signal_id,
            order: `${row.market_id} ${row.token_id} ${row.side} ${row.qty} at ${row.target_price}`,
            reason: row.risk_allowed ? "" : row.risk_reason,
            filled: row.risk_allowed ? [[row.fill_price, row.executed_qty, row.fee]] : [],
            risk: row.risk_strategy_notional_before,
            realized: row.risk_realized_pnl_before,
            rejections: row.risk_rejections_before
          }))
          expect(sorted(paper.map(ofOrder))).toEqual(sorted(rows))
          filled += rows.filter((row) => row.filled.length > 0).length
          refused += rows.filter((row) => row.filled.length === 0).length
          byScenario += rows.filter((row) => row.reason.startsWith("scenario loss limit exceeded")).length
        }
        // The days hold both, or they would prove nothing.
        expect(filled).toBeGreaterThan(least)
        expect(refused).toBeGreaterThan(least)
        if (negRisk) expect(byScenario).toBeGreaterThan(10)
      })
  )
})
