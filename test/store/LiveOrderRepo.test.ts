import { join } from "node:path"
import { readFileSync } from "node:fs"
import * as SqlClient from "@effect/sql/SqlClient"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { toMicros, usdc } from "../../src/domain/units.ts"
import { LiveOrderRepo } from "../../src/ports/LiveOrderRepo.ts"
import { SignalRepo } from "../../src/ports/SignalRepo.ts"
import { TradeRecorder } from "../../src/ports/TradeRecorder.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { checkInvariants } from "../../src/store/invariants.ts"
import * as Recorder from "../../src/store/TradeRecorder.ts"
import {
  advance,
  hashOf,
  live,
  looked,
  resting,
  second,
  SIGNATURE,
  signed,
  stage,
  stored,
  trade
} from "./liveSupport.ts"
import { fill, inStore, noon, request, result, temporaryFolder, using, withSqlite } from "./support.ts"
import { withOrders } from "../signals.ts"
import { noAnswerInTime, otherReason } from "../../src/domain/rejection.ts"

const trades = TradeRepo
const position = Effect.flatMap(trades, (repo) => Effect.map(repo.position("s1", "m1", "YES"), Option.getOrNull))
const sound = Effect.map(checkInvariants, (problems) => expect(problems).toEqual([]))

describe("LiveOrderRepo.stage", () => {
  it.scoped("has the order on disk, without its signature, before anything is sent", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      const staged = yield* using(path, stage(signed(1)))
      expect(staged).toMatchObject({
        order: { ...request, tif: "gtc", id: 1, mode: "live", status: "pending", externalId: hashOf(1), filledQty: 0 },
        hash: hashOf(1),
        conditionId: "0xc1",
        tokenId: "7132",
        fee: { rate: 0.02 },
        life: { status: "pending", accepted: false, cancelConfirmed: false, absentSinceUs: null, stagedAtUs: noon }
      })
      const again = yield* using(path, stored(1))
      expect(again).toEqual(staged)
      const row = withSqlite(path, (db) => db.prepare("SELECT * FROM live_orders").get())
      expect(row).toMatchObject({
        exchange: "standard",
        order_type: "GTC",
        fields_json: '{"salt":"1","maker":"0xmaker"}'
      })
      for (const file of [path, `${path}-wal`]) {
        const bytes = yield* Effect.either(Effect.try(() => readFileSync(file, "latin1")))
        if (bytes._tag === "Right") expect(bytes.right).not.toContain(SIGNATURE)
      }
      yield* using(path, sound)
    })
  )

  it.effect("pays for a power failure only where it matters", () =>
    inStore(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* stage(signed(1))
        yield* Effect.flip(stage(signed(1)))
        // NORMAL again.
        expect(yield* sql`PRAGMA synchronous`).toEqual([{ synchronous: 1 }])
      })
    )
  )

  it.effect("never stores one hash twice, and then no order either", () =>
    inStore(
      Effect.gen(function* () {
        yield* stage(signed(1))
        const again = yield* Effect.flip(stage(signed(1)))
        expect(again._tag).toBe("StoreError")
        expect((yield* (yield* trades).orders({ limit: 9, status: "all", strategy: null })).length).toBe(1)
      })
    )
  )
})

describe("LiveOrderRepo.advance", () => {
  it.effect("stores each trade once, with its fills, position and the exchange's word", () =>
    inStore(
      Effect.gen(function* () {
        yield* stage(signed(1))
        yield* advance(1, live("matched", toMicros(4)))
        const first = trade(1, "t1", 0, {
          parts: [
            { key: "a", price: toMicros(0.4), qty: toMicros(1), fee: usdc(7) },
            { key: "b", price: toMicros(0.5), qty: toMicros(3), fee: usdc(0) }
          ]
        })
        const change = yield* advance(1, looked(1, [first, trade(2, "t9", 5)], resting(1)))
        expect(change).toMatchObject({
          before: { order: { status: "submitted" } },
          after: { order: { status: "partially_filled", filledQty: toMicros(4) }, life: { reportedQty: toMicros(4) } },
          reversed: []
        })
        expect(change.added.map(({ externalFillId, report }) => [externalFillId, report])).toEqual([
          [`t1:${hashOf(1)}:a`, '{"trade":"t1","word":"matched","role":"taker"}'],
          [`t1:${hashOf(1)}:b`, '{"trade":"t1","word":"matched","role":"taker"}']
        ])
        expect((yield* advance(1, looked(2, [first], resting(1)))).added).toEqual([])
        expect(yield* position).toMatchObject({ qty: toMicros(4), cost: toMicros(1.9), realized: -7 })
        const fills = yield* (yield* trades).fills({ limit: 9, strategy: null })
        expect(fills.map(({ atUs, venueState }) => [atUs, venueState])).toEqual([
          [noon + second, "provisional"],
          [noon + second, "provisional"]
        ])
        yield* advance(1, looked(3, [{ ...first, state: "final", word: "confirmed" }], resting(1)))
        expect((yield* (yield* trades).fillHistory).map(({ venueState }) => venueState)).toEqual(["final", "final"])
        expect(yield* stored(1)).toEqual((yield* advance(1, looked(3, [first], resting(1)))).after)
        yield* sound
      })
    )
  )

  it.effect("takes a failed trade out of the books as if it had never been", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* trades
        // Bought on paper at 0.2, live at 0.6, then 4 sold at 0.8: the average decides what the sale gained.
        yield* repo.record({
          results: [result({ fills: [fill({ price: toMicros(0.2), qty: toMicros(10) })] })],
          signals: [],
          atUs: noon
        })
        yield* stage(signed(1))
        yield* advance(2, live("matched", toMicros(10)))
        yield* advance(2, looked(1, [trade(1, "t1", 10, { price: 0.6, fee: 50 })]))
        yield* repo.record({
          results: [result({ fills: [fill({ side: "sell", price: toMicros(0.8), qty: toMicros(4) })] })],
          signals: [],
          atUs: noon + 2 * second
        })
        expect(yield* repo.realizedSince(0)).toBe(toMicros(4 * (0.8 - 0.4)) - 50)
        yield* sound
        const change = yield* advance(2, looked(3, [trade(1, "t1", 10, { state: "failed", word: "failed" })]))
        expect(change.after.order).toMatchObject({
          status: "canceled",
          filledQty: 0,
          reason: { code: "trade reversed", by: "venue", trades: ["t1"] }
        })
        expect(change.reversed).toMatchObject([{ qty: toMicros(10), price: toMicros(0.6), fee: 50 }])
        expect(yield* position).toMatchObject({ qty: toMicros(6), cost: toMicros(1.2), realized: toMicros(2.4) })
        expect(yield* repo.realizedSince(0)).toBe(toMicros(2.4))
        expect((yield* repo.fillHistory).map(({ realizedChange }) => realizedChange)).toEqual([0, toMicros(2.4)])
        const listed = yield* repo.fills({ limit: 9, strategy: null })
        expect(listed.map(({ venueState }) => venueState)).toEqual([undefined, "reversed", undefined])
        yield* sound
        // The word is the last one: an older page brings nothing back.
        expect((yield* advance(2, looked(4, [trade(1, "t1", 10)]))).added).toEqual([])
        yield* sound
      })
    )
  )

  it.effect("empties a position that consisted of a failed trade", () =>
    inStore(
      Effect.gen(function* () {
        yield* stage(signed(1))
        yield* advance(1, looked(1, [trade(1, "t1", 10)]))
        yield* advance(1, looked(2, [trade(1, "t1", 10, { state: "failed" })]))
        expect(yield* position).toMatchObject({ qty: 0, cost: 0, realized: 0 })
        yield* sound
      })
    )
  )

  it.effect("fails for an order that is none of the exchange's", () =>
    inStore(
      Effect.gen(function* () {
        yield* (yield* trades).record({ results: [result()], signals: [], atUs: noon })
        expect(yield* Effect.flip(advance(1, live()))).toMatchObject({ detail: "no such live order is stored" })
      })
    )
  )
})

describe("what LiveOrderRepo reads", () => {
  it.effect("finds orders by what the exchange may still do to them", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* LiveOrderRepo
        for (const n of [1, 2, 3, 4, 5]) yield* stage(signed(n))
        yield* advance(2, live())
        yield* advance(3, { _tag: "Refused", venueCode: "other", detail: "no", notFilled: false })
        yield* advance(4, looked(1, [trade(4, "t4", 10)]))
        yield* advance(5, looked(1, [trade(5, "t5", 10, { state: "final" })]))
        const ids = (orders: Iterable<{ readonly order: { readonly id: number } }>) =>
          [...orders].map(({ order }) => order.id)
        expect(ids(yield* repo.tracked)).toEqual([1, 2, 4])
        expect(ids(yield* repo.unresolved)).toEqual([1])
        const found = yield* repo.byHash([hashOf(5), hashOf(3), hashOf(77)])
        expect([...found.keys()]).toEqual([hashOf(3), hashOf(5)])
        expect(found.get(hashOf(5))).toEqual(yield* stored(5))
        expect(yield* repo.find(9)).toEqual(Option.none())
      })
    )
  )

  it.effect("says from when on trades matter", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* LiveOrderRepo
        const margin = 600 * second
        yield* TestClock.setTime((noon + 3600 * second) / 1000)
        expect([yield* repo.syncedAt, yield* repo.tradesSince]).toEqual([null, noon + 3600 * second - margin])
        yield* stage(signed(1))
        yield* advance(1, { _tag: "Refused", venueCode: "other", detail: "no", notFilled: false })
        // Ended, but nobody ever looked.
        expect(yield* repo.tradesSince).toBe(noon - margin)
        yield* repo.markSynced(noon + 100 * second)
        yield* repo.markSynced(noon + 90 * second)
        expect([yield* repo.syncedAt, yield* repo.tradesSince]).toEqual([
          noon + 100 * second,
          noon + 100 * second - margin
        ])
        yield* repo.stage(signed(2), noon + 50 * second)
        expect(yield* repo.tradesSince).toBe(noon + 50 * second - margin)
        yield* advance(2, looked(60, [trade(2, "t2", 10, { atUs: noon + 55 * second })]))
        expect(yield* repo.tradesSince).toBe(noon + 55 * second - margin)
        yield* advance(2, looked(70, [trade(2, "t2", 10, { state: "final" })]))
        expect(yield* repo.tradesSince).toBe(noon + 100 * second - margin)
      })
    )
  )
})

describe("live orders and the rest of the store", () => {
  const recorded = <A, E, R>(body: Effect.Effect<A, E, R>) => inStore(Effect.provide(body, Recorder.layer))

  it.effect("links what was staged to its signal, instead of storing it again", () =>
    recorded(
      Effect.gen(function* () {
        const recorder = yield* TradeRecorder
        yield* (yield* SignalRepo).insertAll(
          [
            withOrders({
              ...{ strategy: "s1", marketId: "m1", eventId: "e1", side: "buy", score: 1, confidence: 1 },
              ...{ targetPrice: 0.5, sizeHint: 10, rationale: "", payload: {} }
            })
          ],
          noon
        )
        expect(yield* recorder.claim([1], noon)).toBe(true)
        yield* stage(signed(1))
        yield* advance(1, live("matched", toMicros(10)))
        const { added } = yield* advance(1, looked(1, [trade(1, "t1", 10)]))
        const outcome = result({ mode: "live", status: "open", fills: added, signalId: 1, externalId: hashOf(1) })
        const signals = [{ id: 1, status: "executed" as const }]
        const orders = yield* recorder.record({ results: [outcome], signals, atUs: noon, claimed: true })
        const { order } = yield* stored(1)
        expect(orders).toEqual(Option.some([order]))
        expect(order).toMatchObject({ id: 1, status: "filled", filledQty: toMicros(10), signalId: 1 })
        // What the venue says of a resting order is in there already.
        const update = { orderId: 1, fills: [fill({ externalFillId: "other" })], reason: null, atUs: noon }
        expect(yield* recorder.apply({ ...update, status: "canceled" })).toEqual(Option.some(order))
        expect(yield* stored(1)).toMatchObject({ order: { status: "filled" } })
        yield* sound
      })
    )
  )

  it.effect("takes the order that was staged last where an answer was lost with its hash", () =>
    recorded(
      Effect.gen(function* () {
        const record = (fields: Parameters<typeof result>[0]) =>
          Effect.flatMap(TradeRecorder, ({ record: write }) =>
            write({ results: [result({ mode: "live", fills: [], ...fields })], signals: [], atUs: noon })
          ).pipe(Effect.map((orders) => Option.getOrThrow(orders)[0]))
        for (const n of [1, 2, 3]) yield* stage(signed(n))
        yield* stage(signed(4, { token: "NO" }))
        expect(yield* record({ status: "pending", externalId: hashOf(3) })).toMatchObject({ id: 3 })
        expect(yield* record({ status: "open", reason: noAnswerInTime, signalId: 7 })).toMatchObject({
          ...{ id: 2, status: "pending", externalId: hashOf(2), signalId: 7 }
        })
        expect(yield* record({ status: "rejected", reason: otherReason("not signed") })).toMatchObject({
          id: 5,
          status: "rejected"
        })
        expect(yield* record({ status: "open" })).toMatchObject({ id: 1 })
        // Nothing was staged for it: it is told as it is.
        expect(yield* record({ status: "open" })).toMatchObject({ id: 6, status: "open", externalId: null })
        expect((yield* (yield* LiveOrderRepo).unresolved).length).toBe(4)
      })
    )
  )

  it.effect("stores an order under its venue's id where none was staged", () =>
    recorded(
      Effect.gen(function* () {
        const orders = yield* (yield* TradeRecorder).record({
          results: [result({ externalId: "gw-1" })],
          signals: [],
          atUs: noon
        })
        expect(Option.getOrThrow(orders)).toMatchObject([{ externalId: "gw-1", filledQty: toMicros(10) }])
        expect(yield* (yield* TradeRepo).findOrder(1)).toMatchObject(Option.some({ externalId: "gw-1" }))
      })
    )
  )

  it.effect("shows a running program that something changed, and only then", () =>
    recorded(
      Effect.gen(function* () {
        const recorder = yield* TradeRecorder
        const changed = recorder.changedOutside
        expect(yield* changed).toBe(false)
        yield* stage(signed(1))
        expect([yield* changed, yield* changed]).toEqual([true, false])
        yield* advance(1, looked(1))
        expect(yield* changed).toBe(false)
        yield* advance(1, looked(2, [trade(1, "t1", 1)]))
        expect(yield* changed).toBe(true)
        yield* advance(1, looked(3, [trade(1, "t1", 1, { state: "final" })]))
        expect(yield* changed).toBe(true)
        yield* advance(1, looked(4, [trade(1, "t1", 1, { state: "failed" })]))
        // Recording what was done with it does not hide it.
        yield* recorder.record({ results: [result()], signals: [], atUs: noon })
        expect(yield* changed).toBe(true)
        yield* (yield* LiveOrderRepo).markSynced(noon)
        expect(yield* changed).toBe(false)
      })
    )
  )

  it.scoped("are advanced by two processes at once without counting a trade twice", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      yield* using(path, stage(signed(1)))
      const look = using(path, advance(1, looked(1, [trade(1, "t1", 4), trade(1, "t2", 6)])))
      const changes = yield* Effect.all([look, look, look], { concurrency: 3 })
      expect(changes.map(({ added }) => added.length).sort()).toEqual([0, 0, 2])
      expect(yield* using(path, position)).toMatchObject({ qty: toMicros(10) })
      yield* using(path, sound)
    })
  )
})

describe("what must hold between live orders and their fills", () => {
  it.scoped("names an order whose trades, fills and their states disagree", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      yield* using(
        path,
        Effect.zipRight(stage(signed(1)), advance(1, looked(1, [trade(1, "t1", 4), trade(1, "t2", 6)])))
      )
      const after = (statement: string) =>
        Effect.gen(function* () {
          withSqlite(path, (db) => db.exec(statement))
          return (yield* using(path, checkInvariants)).map(({ detail }) => detail)
        })
      expect(yield* after("UPDATE fills SET venue_state = 'final' WHERE id = 1")).toEqual([
        "live order 1: trade t1 is provisional, a fill of it is final"
      ])
      expect(yield* after("UPDATE live_trades SET state = 'final' WHERE trade_id = 't1'")).toEqual([])
      expect(yield* after("UPDATE live_trades SET qty = 5 WHERE trade_id = 't2'")).toEqual([
        "live order 1: its trades give 9.0, it is filled 10.0"
      ])
    })
  )

  it.effect("an order is no decision of the exchange before the exchange has shown that it has it", () =>
    inStore(
      Effect.gen(function* () {
        const decisions = Effect.map((yield* trades).decisionsSince(0), (rows) => rows.map(({ rejected }) => rejected))
        yield* stage(signed(1))
        yield* advance(1, { _tag: "AnswerLost", detail: "timeout" })
        expect(yield* decisions).toEqual([])
        yield* advance(1, looked(1, [], resting(1)))
        expect(yield* decisions).toEqual([false])
        yield* stage(signed(2))
        yield* advance(2, looked(1))
        yield* advance(2, looked(60))
        expect(yield* decisions).toEqual([false])
      })
    )
  )
})
