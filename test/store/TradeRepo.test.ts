import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as fc from "fast-check"
import { foldFills, positionKey } from "../../src/core/account/portfolio.ts"
import { price, shares, toMicros, usdc } from "../../src/domain/units.ts"
import { SignalRepo } from "../../src/ports/SignalRepo.ts"
import { type OrderResult, TradeRepo } from "../../src/ports/TradeRepo.ts"
import { checkInvariants } from "../../src/store/invariants.ts"
import { fill, inStore, noon, request, result, temporaryFolder, using } from "./support.ts"
import { withOrders } from "../signals.ts"
import { otherReason } from "../../src/domain/rejection.ts"

const signal = withOrders({
  strategy: "s1",
  marketId: "m1",
  eventId: "e1",
  side: "buy",
  score: 1,
  confidence: 1,
  targetPrice: 0.5,
  sizeHint: 10,
  rationale: "",
  payload: {}
})

const record = (results: ReadonlyArray<OrderResult>, atUs = noon) =>
  Effect.flatMap(TradeRepo, (repo) => repo.record({ results, signals: [], atUs })).pipe(Effect.map(Option.getOrThrow))

const position = Effect.flatMap(TradeRepo, (repo) => Effect.map(repo.position("s1", "m1", "YES"), Option.getOrThrow))

describe("TradeRepo.record", () => {
  it.effect("stores order, fills, position and signal together", () =>
    inStore(
      Effect.gen(function* () {
        const trades = yield* TradeRepo
        const signals = yield* SignalRepo
        yield* signals.insertAll([signal], noon)
        const recorded = yield* trades.record({
          results: [result({ signalId: 1, fills: [fill({ externalFillId: "x1", fee: usdc(7) })] })],
          signals: [{ id: 1, status: "executed" }],
          atUs: noon
        })
        const order = {
          ...request,
          id: 1,
          mode: "paper",
          status: "filled",
          filledQty: toMicros(10),
          externalId: null,
          kind: "order",
          reason: null,
          signalId: 1,
          createdAtUs: noon
        }
        expect(recorded).toEqual(Option.some([order]))
        expect(yield* trades.findOrder(1)).toEqual(Option.some({ ...order, rest: null }))
        const expected = {
          ...fill({ externalFillId: "x1", fee: usdc(7) }),
          id: 1,
          orderId: 1,
          report: undefined
        }
        expect(yield* trades.fills({ limit: 5, strategy: "s1" })).toEqual([expected])
        expect(yield* trades.fillHistory).toEqual([{ ...expected, realizedChange: -7 }])
        expect(yield* position).toMatchObject({ qty: toMicros(10), cost: toMicros(5), realized: -7 })
        expect(Option.getOrThrow(yield* signals.find(1)).status).toBe("executed")
        expect(yield* checkInvariants).toEqual([])
      })
    )
  )

  it.effect("stores nothing when one of the signals is no longer new", () =>
    inStore(
      Effect.gen(function* () {
        const trades = yield* TradeRepo
        const signals = yield* SignalRepo
        yield* signals.insertAll([signal, signal], noon)
        const attempt = (ids: ReadonlyArray<number>) =>
          trades.record({
            results: [result({ signalId: ids[0] ?? null })],
            signals: ids.map((id) => ({ id, status: "executed" as const })),
            atUs: noon
          })
        expect(Option.isSome(yield* attempt([2]))).toBe(true)
        expect(Option.isNone(yield* attempt([1, 2]))).toBe(true)
        expect(Option.isNone(yield* attempt([3]))).toBe(true)
        expect((yield* trades.orders({ limit: 9, status: "all", strategy: null })).length).toBe(1)
        expect(yield* position).toMatchObject({ qty: toMicros(10) })
        expect(Option.getOrThrow(yield* signals.find(1)).status).toBe("new")
      })
    )
  )

  it.scoped("gives a signal to one of two connections", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      yield* using(
        path,
        Effect.flatMap(SignalRepo, (repo) => repo.insertAll([signal], noon))
      )
      const execute = using(
        path,
        Effect.flatMap(TradeRepo, (repo) =>
          repo.record({ results: [result({ signalId: 1 })], signals: [{ id: 1, status: "executed" }], atUs: noon })
        )
      )
      const outcomes = yield* Effect.all([execute, execute], { concurrency: 2 })
      expect(outcomes.filter(Option.isSome).length).toBe(1)
      expect(yield* using(path, position)).toMatchObject({ qty: toMicros(10) })
    })
  )

  it.effect("passes over fills whose external id is stored, also within one report", () =>
    inStore(
      Effect.gen(function* () {
        const once = fill({ externalFillId: "x1" })
        yield* record([result({ fills: [once, once, fill({ externalFillId: "x2", qty: toMicros(1) })] })])
        const [again] = yield* record([result({ fills: [once] })])
        expect(again?.filledQty).toBe(0)
        expect(yield* position).toMatchObject({ qty: toMicros(11) })
        expect(yield* checkInvariants).toEqual([])
      })
    )
  )

  it.effect("stores no part of a bundle when a leg fails", () =>
    inStore(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`CREATE TRIGGER refuse BEFORE INSERT ON fills WHEN new.market_id = 'm2'
          BEGIN SELECT RAISE(ABORT, 'no'); END`
        const failed = yield* Effect.flip(record([result(), result({ fills: [fill({ marketId: "m2" })] })]))
        expect(failed.message).toMatch(/^database: record orders: no/)
        const trades = yield* TradeRepo
        expect(yield* trades.orders({ limit: 9, status: "all", strategy: null })).toEqual([])
        expect(yield* trades.positions).toEqual([])
      })
    )
  )
})

describe("TradeRepo.apply", () => {
  it.effect("adds fills to a working order until it is done", () =>
    inStore(
      Effect.gen(function* () {
        const trades = yield* TradeRepo
        yield* record([result({ status: "open", fills: [] })])
        const part = { orderId: 1, reason: null, atUs: noon }
        const first = fill({ qty: toMicros(4), externalFillId: "x1" })
        const rest = fill({ qty: toMicros(6), externalFillId: "x2" })
        const partly = yield* trades.apply({ ...part, status: "partially_filled", fills: [first] })
        expect(Option.getOrThrow(partly)).toMatchObject({ status: "partially_filled", filledQty: toMicros(4) })
        expect((yield* trades.orders({ limit: 9, status: "working", strategy: "s1" })).length).toBe(1)
        const done = yield* trades.apply({ ...part, status: "filled", fills: [first, rest] })
        expect(done).toEqual(yield* trades.findOrder(1))
        expect(Option.getOrThrow(done)).toMatchObject({ status: "filled", filledQty: toMicros(10) })
        expect(Option.isNone(yield* trades.apply({ ...part, status: "canceled", fills: [] }))).toBe(true)
        expect(Option.isNone(yield* trades.apply({ ...part, orderId: 9, status: "canceled", fills: [] }))).toBe(true)
        expect(yield* position).toMatchObject({ qty: toMicros(10) })
        expect(yield* checkInvariants).toEqual([])
      })
    )
  )
})

describe("TradeRepo's answers", () => {
  it.effect("sum, count and list", () =>
    inStore(
      Effect.gen(function* () {
        const trades = yield* TradeRepo
        yield* record([result()], noon)
        const sell = fill({ side: "sell", price: toMicros(0.75), qty: toMicros(4), atUs: noon + 10 })
        yield* record([result({ request: { ...request, side: "sell" }, fills: [sell] })], noon + 10)
        yield* record(
          [result({ status: "rejected", countsAsRejection: true, fills: [], reason: otherReason("risk") })],
          noon + 20
        )
        yield* record([result({ status: "rejected", fills: [], reason: otherReason("KILL_SWITCH") })], noon + 30)
        yield* record([result({ status: "open", fills: [], request: { ...request, strategy: "s2" } })], noon + 40)
        expect(yield* trades.realizedSince(noon)).toBe(toMicros(1))
        expect(yield* trades.realizedSince(noon + 11)).toBe(0)
        expect(yield* trades.decisionsSince(noon + 10)).toEqual([
          { atUs: noon + 10, rejected: false },
          { atUs: noon + 20, rejected: true },
          { atUs: noon + 40, rejected: false }
        ])
        expect(yield* trades.countsByStatus).toEqual(
          new Map([
            ["filled", 2],
            ["open", 1],
            ["rejected", 2]
          ])
        )
        const ids = (status: "working" | "rejected" | "filled" | "all", strategy: string | null = null) =>
          Effect.map(trades.orders({ limit: 3, status, strategy }), (found) => found.map(({ id }) => id))
        expect(yield* ids("all")).toEqual([5, 4, 3])
        expect(yield* ids("rejected")).toEqual([4, 3])
        expect(yield* ids("filled", "s1")).toEqual([2, 1])
        expect(yield* ids("working")).toEqual([5])
        expect(yield* ids("working", "s1")).toEqual([])
      })
    )
  )
})

const anyFill = fc.record({
  market: fc.constantFrom("m1", "m2"),
  token: fc.constantFrom("YES" as const, "NO" as const),
  side: fc.constantFrom("buy" as const, "sell" as const),
  price: fc.integer({ min: 1, max: 999_999 }).map(price),
  qty: fc.integer({ min: 1, max: 5_000_000_000 }).map(shares),
  fee: fc.integer({ min: 0, max: 10_000 }).map(usdc)
})

describe("positions", () => {
  it.effect("equal the fold of their fills, to the unit, whatever the fills", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(fc.array(fc.array(anyFill, { maxLength: 4 }), { minLength: 1, maxLength: 12 }), (orders) =>
          Effect.runPromise(
            inStore(
              Effect.gen(function* () {
                const all = orders.map((fills) =>
                  fills.map(({ market, ...fields }) => fill({ marketId: market, ...fields }))
                )
                for (const fills of all) yield* record([result({ fills })])
                const folded = foldFills(all.flat()).positions
                const trades = yield* TradeRepo
                const stored = yield* trades.positions
                expect(new Map(stored.map((held) => [positionKey(held), held]))).toEqual(new Map(folded))
                const realized = [...folded.values()].reduce((sum, held) => sum + held.realized, 0)
                expect(yield* trades.realizedSince(0)).toBe(realized)
                expect(yield* checkInvariants).toEqual([])
              })
            )
          )
        ),
        { numRuns: 40 }
      )
    )
  )
})
