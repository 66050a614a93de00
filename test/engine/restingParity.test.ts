import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as fc from "fast-check"
import { LedgerTable } from "../../src/backtest/LedgerTable.ts"
import { printedLimits } from "../../src/backtest/options.ts"
import { runBacktest } from "../../src/backtest/runBacktest.ts"
import { AppConfig } from "../../src/config/AppConfig.ts"
import { type NewSignal } from "../../src/domain/Signal.ts"
import { formatTime } from "../../src/domain/time.ts"
import { fromMicros } from "../../src/domain/units.ts"
import { executeSignal } from "../../src/engine/commands/executeSignal.ts"
import { settleUp } from "../../src/engine/commands/settleUp.ts"
import { nowUs } from "../../src/engine/now.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { allFills, insert, inWorld, noon, quoted, see, signal } from "../execution/world.ts"

const cents = (min: number, max: number) => fc.integer({ min, max }).map((value) => value / 100)
const style = fc.constantFrom("aggressive" as const, "passive" as const, "passive_then_aggressive" as const)
/** Minutes: some end between two looks, some at the very moment of one. */
const timeToLiveSec = fc.constantFrom(2, 5, 8, 11, 16).map((minutes) => minutes * 60)
const terms = fc.record({ style, timeToLiveSec })

const plain = fc
  .record({
    marketId: fc.constantFrom("m1", "m2"),
    side: fc.constantFrom("buy" as const, "sell" as const),
    targetPrice: cents(20, 80),
    sizeHint: fc.integer({ min: 5, max: 400 })
  })
  .chain((fields) => terms.map((how): NewSignal => ({ ...signal(fields), ...how })))
const hedged = fc
  .record({ carry: cents(30, 80), tail: cents(20, 60), qty: fc.integer({ min: 10, max: 200 }) })
  .chain(({ carry, qty, tail }) =>
    terms.map((how): NewSignal => ({
      ...signal({
        strategy: "s8",
        targetPrice: carry,
        sizeHint: qty,
        payload: {
          primary_leg: { token: "NO", market_id: "m1", qty, price: carry },
          tail_hedge: { token: "YES", market_id: "m3", qty: qty / 2, price: tail }
        }
      }),
      ...how
    }))
  )
const quote = fc.record({ bid: cents(20, 80), liquidity: fc.integer({ min: 20, max: 400 }) })
const moment = fc.record({
  quotes: fc.tuple(quote, quote, quote),
  signals: fc.array(fc.oneof(plain, hedged), { minLength: 1, maxLength: 4 })
})

/** A fill as both worlds must show it. */
type Shown = readonly [ts: string, market: string, token: string, side: string, price: number, qty: number, fee: number]
const sorted = (rows: ReadonlyArray<Shown>) => rows.toSorted((a, b) => (String(a) < String(b) ? -1 : 1))

describe("orders that rest, on paper and in a replay", () => {
  it.effect("fill alike: styles, times to live, hedges, displayed sizes", () =>
    Effect.gen(function* () {
      const days = fc.sample(fc.array(moment, { minLength: 6, maxLength: 12 }), { numRuns: 8, seed: 5 })
      const seen = { fills: 0, resting: 0, hedges: 0, expired: 0 }
      for (const day of days) {
        const { expired, hedges, paper, replayed, resting } = yield* inWorld(
          Effect.gen(function* () {
            for (const { quotes, signals } of day) {
              yield* see(
                ...quotes.map(({ bid, liquidity }, index) =>
                  quoted(`m${index + 1}`, bid, bid + 0.02, { liquidity, eventId: index === 2 ? "e2" : "e1" })
                )
              )
              yield* settleUp
              yield* insert(...signals)
              yield* executeSignal({ pick: { _tag: "next", count: 50 }, mode: "paper", confirmed: false })
              for (let minute = 0; minute < 7; minute += 1) {
                yield* TestClock.adjust("1 minute")
                yield* settleUp
              }
            }
            const { execution, risk } = yield* AppConfig
            const options = {
              ...{ fromUs: noon, toUs: yield* nowUs, strategies: [], compat: "market" as const, settlement: true },
              ...{ execution, risk }
            }
            const ledger = new LedgerTable(printedLimits(options))
            yield* TestClock.adjust("1 second")
            const run = yield* Effect.fork(runBacktest(options, { ledger, onProgress: null }))
            for (let i = 0; i < 20; i++) yield* TestClock.adjust("1 second")
            yield* run
            const orders = yield* (yield* TradeRepo).orders({ limit: 10_000, status: "all", strategy: null })
            const byId = new Map(orders.map((order) => [order.id, order]))
            const fills = yield* allFills
            return {
              paper: fills.map((fill): Shown => [
                ...([formatTime(fill.atUs), fill.marketId, fill.token, fill.side] as const),
                ...([fromMicros(fill.price), fromMicros(fill.qty), fromMicros(fill.fee)] as const)
              ]),
              replayed: [...ledger.rows()]
                .filter((row) => row.risk_allowed)
                .map((row): Shown => [
                  ...([row.ts, row.market_id, row.token_id, row.side] as const),
                  ...([row.fill_price, row.executed_qty, row.fee] as const)
                ]),
              resting: fills.filter(({ atUs, orderId }) => atUs > (byId.get(orderId)?.createdAtUs ?? atUs)).length,
              hedges: orders.filter(({ rest }) => rest?.hedges === true && rest.timeToLiveUs !== null).length,
              expired: orders.filter(({ status }) => status === "expired").length
            }
          }),
          { risk: { max_strategy_notional: 600, max_event_notional: 900, circuit_breaker_rejections: 1_000 } }
        )
        expect(sorted(paper)).toEqual(sorted(replayed))
        seen.fills += paper.length
        seen.resting += resting
        seen.hedges += hedges
        seen.expired += expired
      }
      // The days hold what they are about, or they would prove nothing.
      expect(seen.fills).toBeGreaterThan(60)
      expect(seen.resting).toBeGreaterThan(8)
      expect(seen.hedges).toBeGreaterThan(5)
      expect(seen.expired).toBeGreaterThan(8)
    })
  )
})
