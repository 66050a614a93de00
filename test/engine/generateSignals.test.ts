import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { AppConfig, defaultConfig } from "../../src/config/AppConfig.ts"
import { type Market } from "../../src/domain/Market.ts"
import { madeSignal, type NewSignal } from "../../src/domain/Signal.ts"
import { generateSignals } from "../../src/engine/commands/generateSignals.ts"
import { requireKnown } from "../../src/engine/selectStrategies.ts"
import { type VisibleMarket } from "../../src/domain/MarketView.ts"
import { LookRepo } from "../../src/ports/LookRepo.ts"
import { MarketRepo } from "../../src/ports/MarketRepo.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { SignalRepo } from "../../src/ports/SignalRepo.ts"
import { type Strategy, StrategyRegistry } from "../../src/ports/StrategyRegistry.ts"
import { market } from "../strategies/market.ts"
import { withOrders } from "../signals.ts"

const unexpected = Effect.die("unexpected call")

const signal = (strategy: string, { liquidity, marketId }: VisibleMarket): NewSignal =>
  withOrders({
    strategy,
    marketId,
    eventId: "e",
    side: "buy",
    score: liquidity,
    confidence: 0.5,
    targetPrice: 0.5,
    sizeHint: 1,
    rationale: "A test.",
    payload: {}
  })
const strategy = (id: string): Strategy => ({
  id,
  title: id,
  generate: ({ markets }) => markets.map((row) => signal(id, row))
})

const world = (markets: ReadonlyArray<Market>) => {
  const stored: Array<{ readonly signals: ReadonlyArray<NewSignal>; readonly atUs: number }> = []
  const layer = Layer.mergeAll(
    Layer.succeed(StrategyRegistry, [strategy("a1"), strategy("b2")]),
    Layer.succeed(TradeRepo, {
      record: () => unexpected,
      apply: () => unexpected,
      findOrder: () => unexpected,
      orders: () => Effect.succeed([]),
      fills: () => unexpected,
      fillHistory: unexpected,
      positions: unexpected,
      position: () => unexpected,
      realizedSince: () => unexpected,
      decisionsSince: () => unexpected,
      takenSince: () => unexpected,
      timesPaid: () => unexpected,
      countsByStatus: unexpected,
      version: unexpected,
      writtenVersion: Effect.succeed(0)
    }),
    Layer.succeed(MarketRepo, {
      open: unexpected,
      find: () => unexpected,
      findAll: () => unexpected,
      shownBy: () => unexpected,
      changedSince: () => unexpected,
      list: ({ limit, status }) => Effect.succeed(markets.filter((row) => row.status === status).slice(0, limit))
    }),
    Layer.succeed(AppConfig, defaultConfig),
    Layer.succeed(LookRepo, {
      confirmations: () => unexpected,
      confirmationsOf: () => Effect.succeed([]),
      spacings: Effect.succeed(new Map()),
      unread: unexpected,
      watched: unexpected
    }),
    Layer.succeed(SignalRepo, {
      list: () => unexpected,
      pending: () => unexpected,
      package: () => unexpected,
      expire: () => unexpected,
      triedSince: () => unexpected,
      countExpired: () => unexpected,
      claim: () => unexpected,
      release: () => unexpected,
      withdraw: () => Effect.void,
      find: () => unexpected,
      insertAll: (signals, atUs) =>
        Effect.sync(() => {
          stored.push({ signals, atUs })
          return signals.map((row, id) => madeSignal(row, id, atUs))
        })
    })
  )
  return { stored, layer }
}

describe("generateSignals", () => {
  it.effect("stores what the chosen strategies want at once, best first, at the clock's time", () => {
    const { layer, stored } = world([market({ marketId: "x", liquidity: 1 }), market({ marketId: "y", liquidity: 2 })])
    return Effect.gen(function* () {
      yield* TestClock.setTime(5)
      const report = yield* generateSignals({ strategies: ["b2"], marketLimit: 10 })
      expect(report).toMatchObject({ strategies: ["b2"], marketCount: 2, marketsLeftOut: false })
      expect(report.signals.map(({ marketId }) => marketId)).toStrictEqual(["y", "x"])
      expect(stored.map(({ atUs }) => atUs)).toStrictEqual([5_000])
    }).pipe(Effect.provide(layer))
  })

  it.effect("says when the limit left markets out", () => {
    const { layer } = world([market({ marketId: "x" }), market({ marketId: "y" })])
    return Effect.gen(function* () {
      const report = yield* generateSignals({ strategies: null, marketLimit: 1 })
      expect(report).toMatchObject({ strategies: ["a1", "b2"], marketCount: 1, marketsLeftOut: true })
    }).pipe(Effect.provide(layer))
  })

  it.effect("stores nothing when a strategy is unknown", () => {
    const { layer, stored } = world([market({})])
    return Effect.gen(function* () {
      const error = yield* Effect.flip(generateSignals({ strategies: ["a1", "zz"], marketLimit: 1 }))
      expect(error.message).toBe('--strategies: unknown strategy "zz"; known: a1, b2')
      expect(stored).toStrictEqual([])
    }).pipe(Effect.provide(layer))
  })
})

describe("requireKnown", () => {
  it("gives the ids back when every one is known", () => {
    expect(requireKnown(["s1"], ["s1", "s2"], "field")).toStrictEqual(Either.right(["s1"]))
    expect(requireKnown([], ["s1"], "field")).toStrictEqual(Either.right([]))
  })
})
