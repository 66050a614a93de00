import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { SignalRepo } from "../../src/ports/SignalRepo.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { checkInvariants } from "../../src/store/invariants.ts"
import { inStore, noon, result, temporaryFolder, using } from "./support.ts"
import { withOrders } from "../signals.ts"

const signal = withOrders({
  ...{ strategy: "s1", marketId: "m1", eventId: "e1", side: "buy", score: 1, confidence: 1, targetPrice: 0.5 },
  ...{ sizeHint: 10, rationale: "", payload: {} }
})

const states = Effect.flatMap(SignalRepo, (repo) =>
  Effect.map(repo.list({ limit: 9, status: "all", strategy: null }), (signals) =>
    signals.map(({ id, reason, status }) => [id, status, reason]).reverse()
  )
)

describe("claimed signals", () => {
  it.effect("are claimed all or none, and only once", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* SignalRepo
        yield* repo.insertAll([signal, signal, signal], noon)
        expect(yield* repo.claim([1, 2, 2], noon)).toBe(true)
        expect(yield* repo.claim([2, 3], noon)).toBe(false)
        expect(yield* repo.claim([9], noon)).toBe(false)
        expect(yield* repo.claim([], noon)).toBe(true)
        expect(yield* states).toEqual([
          [1, "executed", "claimed for sending"],
          [2, "executed", "claimed for sending"],
          [3, "new", undefined]
        ])
        // As a process leaves them that dies here.
        expect(yield* checkInvariants).toEqual([])
      })
    )
  )

  it.effect("are new again after release, unless their orders were recorded", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* SignalRepo
        const trades = yield* TradeRepo
        yield* repo.insertAll([signal, signal, signal], noon)
        yield* repo.claim([1, 2], noon)
        const input = {
          results: [result({ signalId: 1 })],
          signals: [{ id: 1, status: "executed" as const }],
          atUs: noon
        }
        expect(yield* trades.record(input)).toEqual(Option.none())
        expect(Option.isSome(yield* trades.record({ ...input, claimed: true }))).toBe(true)
        yield* repo.release([1, 2, 3], noon)
        expect(yield* states).toEqual([
          [1, "executed", undefined],
          [2, "new", undefined],
          [3, "new", undefined]
        ])
        expect(yield* checkInvariants).toEqual([])
      })
    )
  )

  it.scoped("go to one of two connections", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      yield* using(
        path,
        Effect.flatMap(SignalRepo, (repo) => repo.insertAll([signal], noon))
      )
      const claim = using(
        path,
        Effect.flatMap(SignalRepo, (repo) => repo.claim([1], noon))
      )
      const claims = yield* Effect.all([claim, claim], { concurrency: 2 })
      expect(claims.filter((mine) => mine)).toEqual([true])
    })
  )
})
