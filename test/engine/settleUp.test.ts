import { describe, expect, it } from "@effect/vitest"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { type Market } from "../../src/domain/Market.ts"
import { toMicros } from "../../src/domain/units.ts"
import { settleUp } from "../../src/engine/commands/settleUp.ts"
import { metricsReport } from "../../src/engine/commands/metricsReport.ts"
import { nowUs } from "../../src/engine/now.ts"
import { pnlReport } from "../../src/engine/commands/pnlReport.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { checkInvariants } from "../../src/store/invariants.ts"
import { allFills, allOrders, allPositions, inWorld, place, quoted, see } from "../execution/world.ts"
import { fill, request, result } from "../store/support.ts"

const closed = (yes: number, fields: Partial<Market>) =>
  quoted("m1", yes, yes, { status: "closed", yesPrice: yes, noPrice: 1 - yes, ...fields })

const said = { proposedAtUs: null, disputedAtUs: null, finalAtUs: null, contradiction: null }

describe("settleUp", () => {
  it.effect("pays on the final word only: what is proposed or disputed is shown at its price", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.4, 0.5))
        yield* place({ qty: 10 })
        for (const state of ["proposed", "disputed", "proposed"] as const) {
          yield* see(closed(1, { resolution: { ...said, state } }))
          expect((yield* settleUp).settlements).toEqual([])
          expect((yield* pnlReport).total).toMatchObject({ realized: 0, unrealized: toMicros(5) })
        }
        const final = { payout: { yes: 1, no: 1 }, resolution: { ...said, state: "final" as const } }
        yield* see(closed(1, final))
        expect((yield* settleUp).settlements).toMatchObject([{ payout: toMicros(0.5), received: toMicros(5) }])
        expect(yield* pnlReport).toMatchObject({ equity: 0, open: [], total: { realized: 0, unrealized: 0 } })
      })
    )
  )

  it.effect("pays nothing again when a later report disagrees, and says so", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.4, 0.5))
        yield* place({ qty: 10 })
        yield* see(closed(1, { payout: { yes: 1, no: 0 } }))
        expect((yield* settleUp).settlements).toHaveLength(1)
        const paid = yield* allFills
        for (const later of [
          { payout: { yes: 0, no: 1 } },
          { resolution: { ...said, state: "disputed" as const } },
          { payout: { yes: 1, no: 0 } }
        ]) {
          yield* see(closed(0, later))
          expect((yield* settleUp).settlements).toEqual([])
        }
        expect(yield* allFills).toEqual(paid)
        const report = yield* pnlReport
        expect(report.total).toMatchObject({ realized: toMicros(5), unrealized: 0 })
        expect(report.contradictions).toEqual([{ marketId: "m1", report: "gamma later: disputed" }])
        expect(yield* checkInvariants).toEqual([])
      })
    )
  )

  it.effect("pays a fill that came in after the payout, once, and leaves no orders behind", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.4, 0.5))
        yield* place({ qty: 10 })
        yield* see(closed(1, { payout: { yes: 1, no: 0 } }))
        yield* settleUp
        const late = { strategy: "manual", qty: toMicros(4) }
        for (const externalFillId of ["late-1", "late-2"]) {
          const atUs = yield* nowUs
          const fills = [fill({ ...late, atUs, externalFillId })]
          const repo = yield* TradeRepo
          yield* repo.record({ results: [result({ request: { ...request, ...late }, fills })], signals: [], atUs })
          const passes = yield* Effect.all([settleUp, settleUp], { concurrency: 2 })
          expect(passes.flatMap(({ settlements }) => settlements)).toMatchObject([{ received: toMicros(4) }])
          expect((yield* settleUp).settlements).toEqual([])
        }
        expect((yield* allFills).map(({ externalFillId, qty }) => [externalFillId, qty])).toEqual([
          [null, toMicros(10)],
          ["settlement:manual:m1:YES", toMicros(10)],
          ["late-1", toMicros(4)],
          ["settlement:manual:m1:YES:2", toMicros(4)],
          ["late-2", toMicros(4)],
          ["settlement:manual:m1:YES:3", toMicros(4)]
        ])
        expect((yield* allPositions).every(({ qty }) => qty === 0)).toBe(true)
        expect((yield* pnlReport).total).toMatchObject({ realized: toMicros(5 + 2 + 2), fills: 3 })
        expect((yield* metricsReport).total).toMatchObject({ orders: 3, wins: 3 })
        expect((yield* allOrders).filter(({ filledQty }) => filledQty === 0)).toHaveLength(0)
      })
    )
  )
})

describe("reports over rows that were changed afterwards", () => {
  for (const [what, change] of [
    ["a fill's price", "UPDATE fills SET price = price + 0.000001 WHERE id = 2"],
    ["a fill's quantity", "UPDATE fills SET qty = qty - 1 WHERE id = 2"],
    ["a fill's fee", "UPDATE fills SET fee = 0.01 WHERE id = 1"],
    ["a fill's side", "UPDATE fills SET side = 'buy' WHERE id = 2"],
    ["a recorded profit", "UPDATE fills SET realized_change = realized_change + 0.000001 WHERE id = 2"],
    ["a payout", "UPDATE fills SET price = 0.5 WHERE external_fill_id LIKE 'settlement:%'"],
    ["an amount beyond exact sums", "UPDATE fills SET qty = 1e12 WHERE id = 1"]
  ] as const) {
    it.effect(`are refused with the amounts: ${what}`, () =>
      inWorld(
        Effect.gen(function* () {
          yield* see(quoted("m1", 0.4, 0.5))
          yield* place({ qty: 10 })
          yield* see(quoted("m1", 0.6, 0.7))
          yield* place({ side: "sell", price: 0.6, qty: 4 })
          yield* see(closed(1, { payout: { yes: 1, no: 0 } }))
          yield* settleUp
          expect((yield* pnlReport).total.realized).toBe(toMicros(0.4 + 3))
          const sql = yield* SqlClient.SqlClient
          yield* sql.unsafe(change)
          for (const error of [yield* Effect.flip(pnlReport), yield* Effect.flip(metricsReport)]) {
            expect(error._tag).toBe("UnbalancedBooks")
            expect(error.message).toMatch(/^the books do not balance: .*-?\d[\d.]* USDC.*; nothing is reported$/)
          }
        })
      )
    )
  }
})
