import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { toMicros } from "../../src/domain/units.ts"
import { metricsReport } from "../../src/engine/commands/metricsReport.ts"
import { pnlReport } from "../../src/engine/commands/pnlReport.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { checkInvariants } from "../../src/store/invariants.ts"
import { advance, looked, signed, stage, trade } from "../store/liveSupport.ts"
import { inStore, market, noon, result, run } from "../store/support.ts"

const see = (marketId: string, yesPrice: number) =>
  Effect.flatMap(IngestRepo, (repo) =>
    repo.commitRun({
      run: run(),
      markets: [market({ marketId, yesPrice, bestBid: null, bestAsk: null, midPrice: yesPrice })],
      capturedAtUs: noon,
      confirmed: [],
      checkpointUs: null
    })
  )

describe("pnl-report of live trading", () => {
  it.effect("tells what is final from what the chain may still reverse", () =>
    inStore(
      Effect.gen(function* () {
        yield* see("m1", 0.7)
        // 10 bought at 0.5 are final; 4 of them sold at 0.8 are not, nor are 6 more that were bought at 0.6.
        yield* stage(signed(1))
        yield* advance(1, looked(1, [trade(1, "t1", 10, { state: "final" })]))
        yield* stage(signed(2, { side: "sell", action: "close", qty: toMicros(4) }))
        yield* advance(2, looked(2, [trade(2, "t2", 4, { price: 0.8, fee: 1_000 })]))
        yield* stage(signed(3, { qty: toMicros(6) }))
        yield* advance(3, looked(3, [trade(3, "t3", 6, { price: 0.6 })]))
        const report = yield* pnlReport
        const total = { realized: toMicros(1.2) - 1_000, unrealized: toMicros(6 * 0.2 + 6 * 0.1) }
        expect(report.total).toMatchObject(total)
        expect(report.finality).toEqual({
          final: { realized: 0, unrealized: toMicros(2) },
          provisional: { realized: total.realized, unrealized: total.unrealized - toMicros(2) },
          provisionalFills: 2,
          provisionalTurnover: toMicros(3.2 + 3.6)
        })
        // The sale fails: what it realized never was.
        yield* advance(2, looked(4, [trade(2, "t2", 4, { state: "failed" })]))
        yield* advance(3, looked(4, [trade(3, "t3", 6, { state: "final" })]))
        const later = yield* pnlReport
        const left = { realized: 0, unrealized: toMicros(10 * 0.2 + 6 * 0.1) }
        expect(later.total).toMatchObject({ ...left, fills: 2 })
        expect(later.finality).toEqual({
          final: left,
          provisional: { realized: 0, unrealized: 0 },
          provisionalFills: 0,
          provisionalTurnover: 0
        })
        expect(later.mismatches).toEqual([])
        expect(yield* checkInvariants).toEqual([])
        const metrics = yield* metricsReport
        expect(metrics.total).toMatchObject({ orders: 3, fills: 2, wins: 0, fees: 0 })
        expect([...metrics.total.cancelReasons]).toEqual([["trade reversed", 1]])
      })
    )
  )

  it.effect("has nothing to tell apart where all was on paper", () =>
    inStore(
      Effect.gen(function* () {
        yield* (yield* TradeRepo).record({ results: [result()], signals: [], atUs: noon })
        expect((yield* pnlReport).finality).toBeNull()
      })
    )
  )
})
