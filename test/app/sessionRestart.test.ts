import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import { runSession } from "../../src/app/session.ts"
import { onVirtualTime } from "../../src/app/virtualClock.ts"
import { StoreError } from "../../src/domain/errors.ts"
import { MICRO } from "../../src/domain/units.ts"
import { IngestSources, type SourceShape } from "../../src/ports/IngestSource.ts"
import { JournalReader } from "../../src/ports/Journal.ts"
import { type Strategy, StrategyRegistry } from "../../src/ports/StrategyRegistry.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { checkInvariants } from "../../src/store/invariants.ts"
import { allFills, allOrders, allPositions, inWorld, noon, signal } from "../execution/world.ts"

/** What the store does with a write: stores it; fails before anything is stored; stores it, and its answer is lost. */
type Fate = "stored" | "refused" | "answer lost"

/** The hedge of "b" is in "d": its leg arrives after those of the others. */
const marketIds = ["a", "b", "c"]
const hedged = { tail_hedge: { market_id: "d", token: "YES", price: 0.3, qty: 10 } }

/** An exchange whose markets are seen anew in every round. */
const source: SourceShape = {
  id: "gamma",
  canAsk: () => false,
  byId: () => Stream.empty,
  pages: () =>
    Stream.make({
      rows: [...marketIds, "d"].map((id) => ({
        id,
        question: `Question ${id}?`,
        outcomes: ["Yes", "No"],
        outcomePrices: ["0.295", "0.705"],
        bestBid: 0.29,
        bestAsk: 0.3,
        liquidity: 1_200
      }))
    })
}

/** Wants the same in every round: the cooldown keeps it from getting it twice. */
const wanting: Strategy = {
  id: "own",
  title: "Own",
  generate: () =>
    marketIds.map((marketId, index) =>
      signal({
        ...{ strategy: "own", marketId, targetPrice: 0.3, score: 9 - index },
        ...(marketId === "b" && { payload: hedged })
      })
    )
}

const broken = new StoreError({ operation: "record orders", detail: "disk I/O error" })

/** A paper session of so many cycles over a store that treats write number n as `fates[n]`. */
const session = (fates: (write: number) => Fate, cycles: number, stopAfterSec = Infinity) =>
  inWorld(
    onVirtualTime(noon, () =>
      Effect.gen(function* () {
        const repo = yield* TradeRepo
        const stop = yield* Deferred.make<void>()
        if (stopAfterSec < Infinity) {
          yield* Effect.fork(Effect.delay(Deferred.succeed(stop, undefined), stopAfterSec * 1_000))
        }
        let writes = 0
        let done = 0
        const failing = TradeRepo.of({
          ...repo,
          record: (input) =>
            Effect.suspend(() => {
              const fate = fates((writes += 1))
              if (fate === "refused") return Effect.fail(broken)
              return fate === "stored" ? repo.record(input) : Effect.zipRight(repo.record(input), Effect.fail(broken))
            })
        })
        const ended = yield* runSession(
          {
            ...{ mode: "paper", confirmed: false, strategies: null, sources: ["gamma"], ingestLimit: 10 },
            ...{ intervalSec: 60, maxSignals: 20, cooldownSec: 86_400 },
            onCycle: () =>
              Effect.suspend(() => ((done += 1) === cycles ? Deferred.succeed(stop, undefined) : Effect.void))
          },
          stop
        ).pipe(
          Effect.provideService(TradeRepo, failing),
          Effect.provideService(IngestSources, [source]),
          Effect.provideService(StrategyRegistry, [wanting]),
          Effect.either
        )
        return {
          ended,
          writes,
          seconds: (yield* Clock.currentTimeMillis) / 1_000 - noon / MICRO,
          sessions: yield* Effect.flatMap(JournalReader, (reader) => reader.sessions),
          journal: yield* Effect.flatMap(JournalReader, (reader) => reader.verify),
          orders: (yield* allOrders).map(({ filledQty, marketId, status }) => [marketId, status, filledQty / MICRO]),
          fills: yield* allFills,
          held: Object.fromEntries((yield* allPositions).map(({ marketId, qty }) => [marketId, qty / MICRO])),
          problems: yield* checkInvariants
        }
      })
    )
  )

const whole = ["a", "b", "d", "c"].map((marketId) => [marketId, "filled", 10])

describe("a session whose database fails", () => {
  it.effect("in the middle of a cycle starts again from what is stored, and loses and repeats nothing of that", () =>
    Effect.gen(function* () {
      const found = yield* session((write) => (write === 2 ? "refused" : "stored"), 1)
      expect(found.ended).toMatchObject({ right: { cycles: 1, stopped: true } })
      // The first package had been stored: the new session knows that it was tried within the cooldown. Of the second, one
      // of whose legs had traded, nothing was: it is begun again, and no leg is bought twice.
      expect(found.orders).toEqual(whole)
      expect(found.held).toEqual({ a: 10, b: 10, c: 10, d: 10 })
      expect(found.problems).toEqual([])
      expect(found.sessions).toHaveLength(2)
      expect(found.journal.broken).toBeNull()
    })
  )

  it.effect("after it stored, and before it said so, counts what was stored", () =>
    Effect.gen(function* () {
      const found = yield* session((write) => (write === 1 ? "answer lost" : "stored"), 2)
      expect(found.ended).toMatchObject({ right: { cycles: 2, stopped: true } })
      expect(found.orders).toEqual(whole)
      expect(found.fills).toHaveLength(4)
      expect(found.held).toEqual({ a: 10, b: 10, c: 10, d: 10 })
      expect(found.problems).toEqual([])
    })
  )

  it.effect("is not waited for when the run is told to stop", () =>
    Effect.gen(function* () {
      // Tried at once, after 1 s and after 3 s; the next try would come after 7 s.
      const found = yield* session(() => "refused", 1, 5)
      expect(Either.isLeft(found.ended) && found.ended.left).toBe(broken)
      expect([found.writes, found.seconds]).toEqual([3, 5])
    })
  )

  it.effect("for good ends with its error after a few tries, with nothing half-written", () =>
    Effect.gen(function* () {
      const found = yield* session(() => "refused", 1)
      expect(Either.isLeft(found.ended) && found.ended.left).toBe(broken)
      expect(found.writes).toBe(6)
      expect(found.seconds).toBeGreaterThan(10)
      expect([found.orders, found.fills, found.held, found.problems]).toEqual([[], [], {}, []])
      expect(found.sessions).toHaveLength(6)
    })
  )
})
