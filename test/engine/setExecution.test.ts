import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { LedgerTable } from "../../src/backtest/LedgerTable.ts"
import { printedLimits } from "../../src/backtest/options.ts"
import { runBacktest } from "../../src/backtest/runBacktest.ts"
import { AppConfig, defaultConfig } from "../../src/config/AppConfig.ts"
import { marketView } from "../../src/core/marketView.ts"
import { executeSignal } from "../../src/engine/commands/executeSignal.ts"
import { nowUs } from "../../src/engine/now.ts"
import { MarketRepo } from "../../src/ports/MarketRepo.ts"
import { builtinStrategies } from "../../src/strategies/registry.ts"
import { allPositions, insert, inWorld, noon, quoted, see, signalStatus } from "../execution/world.ts"

const outcome = (marketId: string, bid: number) =>
  quoted(marketId, bid, bid + 0.02, { eventId: "e1", negRisk: true, liquidity: 100_000 })
const crossed = quoted("m9", 0.45, 0.4, { eventId: "e9", liquidity: 100_000 })

/** What the strategy wants of the markets as they are stored now, inserted. */
const insertSignals = (id: string) =>
  Effect.gen(function* () {
    const { execution, strategies } = yield* AppConfig
    const markets = yield* MarketRepo
    const view = marketView(yield* markets.open, yield* nowUs)
    const strategy = builtinStrategies(strategies, execution).find((one) => one.id === id)!
    return yield* insert(...strategy.generate(view))
  })

const execute = executeSignal({ pick: { _tag: "next", count: 10 }, mode: "paper", confirmed: false })

const positions = Effect.map(allPositions, (held) =>
  held
    .filter(({ qty }) => qty !== 0)
    .map(({ marketId, qty, token }) => [marketId, token, qty])
    .sort()
)

/** What a replay of everything until now makes of the same signals: market, token, executed shares, leg, reason. */
const replayed = Effect.gen(function* () {
  const { execution, risk } = yield* AppConfig
  const options = {
    fromUs: noon,
    toUs: yield* nowUs,
    strategies: [],
    compat: "market" as const,
    settlement: true,
    execution,
    risk
  }
  const ledger = new LedgerTable(printedLimits(options))
  yield* TestClock.adjust("1 second")
  const run = yield* Effect.fork(runBacktest(options, { ledger, onProgress: null }))
  for (let i = 0; i < 20; i++) yield* TestClock.adjust("1 second")
  yield* run
  return [...ledger.rows()]
    .map((row) => [row.market_id, row.token_id, row.executed_qty, row.leg, row.risk_reason])
    .sort()
})

describe("a set of purchases", () => {
  it.effect("of S10 fills whole, on paper as in the replay", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(outcome("m1", 0.5), outcome("m2", 0.4), outcome("m3", 0.15))
        const [id] = yield* insertSignals("s10")
        yield* execute
        expect(yield* signalStatus(id!)).toBe("executed")
        // 25 USDC at 0.85, the dearest NO; there is no slippage in this world.
        expect(yield* positions).toStrictEqual([
          ["m1", "NO", 29_410_000],
          ["m2", "NO", 29_410_000],
          ["m3", "NO", 29_410_000]
        ])
        expect(yield* replayed).toStrictEqual(["m1", "m2", "m3"].map((market) => [market, "NO", 29.41, "leg", "ok"]))
      })
    )
  )

  it.effect("of S10 does not trade at all when one leg has moved away", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(outcome("m1", 0.5), outcome("m2", 0.4), outcome("m3", 0.15))
        const [id] = yield* insertSignals("s10")
        yield* see(outcome("m2", 0.3))
        yield* execute
        expect(yield* signalStatus(id!)).toBe("rejected")
        expect(yield* positions).toStrictEqual([])
      })
    )
  )

  it.effect("of S9 buys both tokens of one market", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(crossed)
        const [id] = yield* insertSignals("s9")
        yield* execute
        expect(yield* signalStatus(id!)).toBe("executed")
        expect(yield* positions).toStrictEqual([
          ["m9", "NO", 45_450_000],
          ["m9", "YES", 45_450_000]
        ])
        expect(yield* replayed).toStrictEqual(["NO", "YES"].map((token) => ["m9", token, 45.45, "leg", "ok"]))
      })
    )
  )

  it.effect("is refused whole by a limit that its sum exceeds", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(outcome("m1", 0.5), outcome("m2", 0.4), outcome("m3", 0.15))
        const [id] = yield* insertSignals("s10")
        const { executions } = yield* execute
        expect(executions[0]?.reason).toContain("event notional limit exceeded")
        expect(yield* signalStatus(id!)).toBe("rejected")
        expect(yield* positions).toStrictEqual([])
      }),
      { risk: { ...defaultConfig.risk, max_event_notional: 50 } }
    )
  )
})
