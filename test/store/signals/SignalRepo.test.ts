import { describe, expect, it } from "@effect/vitest"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Statement from "@effect/sql/Statement"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type NewSignal } from "../../../src/domain/Signal.ts"
import { SignalRepo } from "../../../src/ports/SignalRepo.ts"
import { inStore, noon } from "../support.ts"
import { type PayloadSignal, withOrders } from "../../signals.ts"

const signal = (fields: Partial<PayloadSignal> = {}): NewSignal =>
  withOrders({
    strategy: "s8",
    marketId: "m1",
    eventId: "e1",
    side: "buy",
    score: 35.168125677048,
    confidence: 0.97,
    targetPrice: 0.9555,
    sizeHint: 26.16431187859759,
    rationale: "高胜率 carry: yes=0.044",
    payload: { primary_leg: { token: "NO", price: 0.9555 }, note: null },
    ...fields
  })

describe("SignalRepo", () => {
  it.effect("stores signals in the order given and reads them back whole", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* SignalRepo
        const many = Array.from({ length: 250 }, (_, index) => signal({ marketId: `m${index}` }))
        const stored = yield* repo.insertAll(many, noon + 1)
        expect(stored.map(({ id }) => id)).toEqual(many.map((_, index) => index + 1))
        const { basket, ...seventh } = many[7]!
        expect(basket).toBe(false)
        expect(stored[7]).toEqual({ ...seventh, packageId: null, id: 8, status: "new", createdAtUs: noon + 1 })
        expect(Option.getOrThrow(yield* repo.find(8))).toEqual(stored[7])
        expect(yield* repo.pending(2)).toEqual(stored.slice(0, 2))
        expect(yield* repo.list({ limit: 2, status: "all", strategy: null })).toEqual([stored[249], stored[248]])
        expect(Option.isNone(yield* repo.find(251))).toBe(true)
        expect(yield* repo.insertAll([], noon)).toEqual([])
        expect((yield* repo.insertAll([signal()], noon)).map(({ id }) => id)).toEqual([251])
      })
    )
  )

  it.effect("gives the new signals of a package by id, whatever else is new", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* SignalRepo
        const sql = yield* SqlClient.SqlClient
        const basket = (fields: Partial<PayloadSignal>) =>
          signal({ strategy: "s2", payload: { basket_markets: ["m1", "m2"] }, ...fields })
        yield* repo.insertAll([signal(), basket({}), basket({ eventId: "e2" }), basket({ marketId: "m2" })], noon)
        yield* repo.insertAll([basket({}), basket({ marketId: "m3" })], noon + 1)
        yield* sql`UPDATE signals SET status = 'executed' WHERE id = 5`
        const ids = (packageId: string) => Effect.map(repo.package(packageId), (found) => found.map(({ id }) => id))
        expect(yield* ids(`s2:e1:${noon}`)).toEqual([2, 4])
        expect(yield* ids(`s2:e2:${noon}`)).toEqual([3])
        expect(yield* ids(`s2:e1:${noon + 1}`)).toEqual([6])
        expect(yield* ids("s2:e1:0")).toEqual([])
        const found = (yield* repo.pending(9)).map(({ packageId }) => packageId)
        expect(found).toEqual([null, `s2:e1:${noon}`, `s2:e2:${noon}`, `s2:e1:${noon}`, `s2:e1:${noon + 1}`])
      })
    )
  )

  it.effect("finds new signals and packages by an index, without sorting the backlog", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* SignalRepo
        const sql = yield* SqlClient.SqlClient
        const plans = (effect: Effect.Effect<unknown, unknown>) =>
          Effect.gen(function* () {
            const sent: Array<readonly [string, ReadonlyArray<unknown>]> = []
            yield* Statement.withTransformer(effect, (statement) =>
              Effect.sync(() => {
                sent.push(statement.compile())
                return statement
              })
            )
            const found = yield* Effect.forEach(sent, ([query, parameters]) =>
              sql.unsafe(`EXPLAIN QUERY PLAN ${query}`, [...parameters])
            )
            return found.map((rows) => rows.map((row) => ("detail" in row ? row.detail : null)))
          })
        const undecoded = ["SCAN signals USING INDEX idx_signals_undecoded"]
        expect(yield* plans(repo.pending(20))).toEqual([
          undecoded,
          ["SEARCH signals USING INDEX idx_signals_status (status=?)"]
        ])
        expect(yield* plans(repo.package("s2:e1:0"))).toEqual([
          undecoded,
          ["SEARCH signals USING INDEX idx_signals_package (package_id=?)"]
        ])
      })
    )
  )

  it.effect("decodes what the original writes while the file is open", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* SignalRepo
        const sql = yield* SqlClient.SqlClient
        for (const market of ["a", "b"]) {
          yield* sql`INSERT INTO signals (strategy, market_id, event_id, side, score, confidence, target_price, size_hint,
              rationale, payload_json, created_at, updated_at)
            VALUES ('s2', ${market}, 'e1', 'buy', 1, 0.5, 0.4, 10, '', '{"basket_markets": ["a", "b"]}',
              '2026-01-01T00:00:00+00:00', '')`
        }
        const packageId = `s2:e1:${Date.UTC(2026, 0, 1) * 1_000}`
        expect((yield* repo.list({ limit: 9, status: "all", strategy: null })).map(({ legs }) => legs.length)).toEqual([
          1, 1
        ])
        expect(yield* repo.pending(1)).toMatchObject([{ id: 1, packageId, createdAtUs: Date.UTC(2026, 0, 1) * 1_000 }])
        expect(yield* repo.package(packageId)).toMatchObject([{ marketId: "a" }, { marketId: "b" }])
      })
    )
  )

  it.effect("trades nothing where the orders of a signal cannot be read", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* SignalRepo
        const sql = yield* SqlClient.SqlClient
        yield* repo.insertAll([signal()], noon)
        yield* sql`UPDATE signals SET legs_json = '[["leg"]]'`
        const failure = yield* Effect.flip(repo.pending(1))
        expect(failure.message).toContain("legs_json of signal 1 is no list of orders")
      })
    )
  )

  it.effect("filters by status and strategy", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* SignalRepo
        const sql = yield* SqlClient.SqlClient
        yield* repo.insertAll([signal(), signal({ strategy: "s1" }), signal(), signal({ strategy: "s1" })], noon)
        yield* sql`UPDATE signals SET status = 'executed' WHERE id = 1`
        yield* sql`UPDATE signals SET status = 'rejected' WHERE id = 2`
        const ids = (status: "new" | "executed" | "rejected" | "all", strategy: string | null) =>
          Effect.map(repo.list({ limit: 9, status, strategy }), (found) => found.map(({ id }) => id))
        expect(yield* ids("executed", null)).toEqual([1])
        expect(yield* ids("rejected", null)).toEqual([2])
        expect(yield* ids("new", "s1")).toEqual([4])
        expect(yield* ids("all", "s8")).toEqual([3, 1])
        expect((yield* repo.pending(9)).map(({ id }) => id)).toEqual([3, 4])
      })
    )
  )

  it.effect("gives up new signals that are too old, and says why", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* SignalRepo
        const sql = yield* SqlClient.SqlClient
        const second = 1_000_000
        const atUs = noon + 5_400 * second
        yield* repo.insertAll([signal(), signal({ strategy: "s1" }), signal()], noon)
        yield* repo.insertAll([signal()], atUs - 600 * second)
        yield* repo.insertAll([signal()], atUs - 600 * second - 1)
        yield* repo.insertAll([signal()], atUs)
        yield* sql`UPDATE signals SET status = 'executed' WHERE id = 3`
        yield* sql`UPDATE signals SET created_us = NULL, created_at = 'once' WHERE id = 6`
        expect(yield* repo.expire({ atUs, maxAgeSec: 600 })).toBe(4)
        expect((yield* repo.pending(9)).map(({ id }) => id)).toEqual([4])
        const reasons = new Map(
          (yield* repo.list({ limit: 9, status: "all", strategy: null })).map((row) => [row.id, row])
        )
        expect(reasons.get(1)).toMatchObject({
          status: "rejected",
          reason: "signal expired: 5400 s old, at most 600 s"
        })
        expect(reasons.get(5)).toMatchObject({ reason: "signal expired: 600 s old, at most 600 s" })
        expect(reasons.get(6)).toMatchObject({ reason: "signal expired: its time cannot be read" })
        expect(reasons.get(3)).toMatchObject({ status: "executed" })
        expect(reasons.get(3)).not.toHaveProperty("reason")
        expect(yield* repo.expire({ atUs, maxAgeSec: 600 })).toBe(0)
        const count = (fields: { readonly fromUs?: number; readonly strategies?: ReadonlyArray<string> }) =>
          repo.countExpired({ fromUs: noon, toUs: atUs, strategies: [], ...fields })
        expect(yield* count({})).toBe(3)
        expect(yield* count({ strategies: ["s1"] })).toBe(1)
        expect(yield* count({ fromUs: noon + 1 })).toBe(1)
      })
    )
  )
})
