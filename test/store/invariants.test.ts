import { describe, expect, it } from "@effect/vitest"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { shares, toMicros } from "../../src/domain/units.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { SignalRepo } from "../../src/ports/SignalRepo.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { checkInvariants } from "../../src/store/invariants.ts"
import { fill, inStore, market, noon, result, run } from "./support.ts"
import { withOrders } from "../signals.ts"

/** A database with one of everything; broken by one statement, it must be told. */
const found = (damage: string) =>
  inStore(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const ingest = yield* IngestRepo
      const buckets = [{ bucket: "timeout", count: 1, lastError: "" }] as const
      yield* ingest.commitRun({
        run: run({ buckets }),
        markets: [market({ marketId: "m1" })],
        capturedAtUs: noon,
        confirmed: [],
        checkpointUs: noon
      })
      for (let n = 0; n < 3; n++) {
        const failure = { _tag: "failed", reason: "timeout" } as const
        yield* ingest.stepBreaker("gamma", noon, { failureThreshold: 3, cooldownUs: 1 }, failure)
      }
      const signal = { strategy: "s1", marketId: "m1", eventId: "e1", side: "buy", score: 1, confidence: 1 } as const
      const wish = withOrders({ ...signal, targetPrice: 0.5, sizeHint: 1, rationale: "", payload: {} })
      yield* Effect.flatMap(SignalRepo, (repo) => repo.insertAll([wish, wish], noon))
      yield* Effect.flatMap(TradeRepo, (repo) =>
        repo.record({
          results: [
            result({
              signalId: 1,
              fills: [fill({ qty: toMicros(10.000001) }), fill({ side: "sell", qty: shares(3_333_333) })]
            })
          ],
          signals: [{ id: 1, status: "executed" }],
          atUs: noon
        })
      )
      expect(yield* checkInvariants).toEqual([])
      yield* sql`PRAGMA foreign_keys = OFF`
      yield* sql.unsafe(damage)
      const problems = yield* checkInvariants
      return problems.map(({ check, detail }) => `${check}: ${detail}`)
    })
  )

describe("checkInvariants", () => {
  it.effect.each([
    ["UPDATE positions SET net_qty = net_qty + 0.000001", /^positions: position s1 m1 YES: qty is 6\.666669, /],
    ["UPDATE positions SET realized_pnl = 1", /^positions: position s1 m1 YES: realized is 1, its fills give 0/],
    ["UPDATE positions SET avg_price = 0.6", /^positions: position s1 m1 YES: cost is 4\.0000/],
    ["DELETE FROM positions", /^positions: position s1 m1 YES: qty is 0, /],
    [
      "INSERT INTO positions VALUES ('s9', 'm9', 'e', 'NO', 1, 1, 0, '', NULL)",
      /^positions: position s9 m9 NO: qty is 1/
    ],
    ["UPDATE orders SET filled_qty = 4", /^orders: order 1: filled 4\.0, its fills give 13\.333334/],
    ["UPDATE signals SET status = 'executed', market_id = 'm2'", /^signals: signal 2 is executed without an order/],
    ["UPDATE signals SET created_us = created_us + 1 WHERE id = 2", /^times: signals\.created_us: 1 row\(s\) disagree/],
    ["UPDATE market_snapshots SET captured_us = NULL", /^times: market_snapshots\.captured_us: 1 row\(s\) disagree/],
    ["UPDATE ingestion_breakers SET open_until_ts = NULL", /^times: ingestion_breakers\.open_until_us: 1 row/]
  ] as const)("tells of: %s", ([damage, expected]) =>
    Effect.gen(function* () {
      const problems = yield* found(damage)
      expect(problems.length).toBe(1)
      expect(problems[0]).toMatch(expected)
    })
  )

  it.effect("tells of a fill whose order is gone", () =>
    Effect.gen(function* () {
      const problems = yield* found("DELETE FROM orders")
      expect(problems).toContain("orders: fill 1: its order 1 is not stored")
      expect(problems).toContain("integrity: fills row 1 refers to a missing row of orders")
      expect(problems).toContain("signals: signal 1 is executed without an order")
    })
  )
})
