import { describe, expect, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { regenerate } from "../../src/app/regenerate.ts"
import { type LedgerEntry } from "../../src/backtest/LedgerRow.ts"
import { type BacktestOptions } from "../../src/backtest/options.ts"
import { runBacktest } from "../../src/backtest/runBacktest.ts"
import { AppConfig, type AppConfigShape } from "../../src/config/AppConfig.ts"
import { type Market } from "../../src/domain/Market.ts"
import { type MarketView } from "../../src/domain/MarketView.ts"
import { type Rejection, type RiskRejection } from "../../src/domain/rejection.ts"
import { riskSettings } from "../../src/domain/rejectionSchema.ts"
import { type NewSignal } from "../../src/domain/Signal.ts"
import { type EpochMicros, MICROS_PER_SECOND } from "../../src/domain/time.ts"
import { executeSignal } from "../../src/engine/commands/executeSignal.ts"
import { nowUs } from "../../src/engine/now.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { type Strategy, StrategyRegistry } from "../../src/ports/StrategyRegistry.ts"
import { type Exchange, startExchange } from "../../src/simulator/server.ts"
import { insert, inWorld, noon, place, quoted, signal } from "../execution/world.ts"
import { privateKeys } from "../simulator/traders.ts"
import { CONDITION, NO, oneMarket, usual, YES } from "../simulator/tradingSupport.ts"
import { market, run } from "../store/support.ts"

/*
 * Every limit in every mode: the same orders meet the same limit on paper, live on the simulated exchange, in the replay of
 * their signals and in the replay of their strategies, and are decided alike, with equal numbers.
 */

type RiskConfig = Partial<AppConfigShape["risk"]>

/** What happens at one moment: so many seconds pass, the market is seen, a strategy wants something. */
interface Step {
  /** Multiples of 10: the strategies are asked that often. An exchange takes no request that is a minute old. */
  readonly seconds: number
  readonly seen?: Partial<Market>
  readonly wants?: NewSignal
}

const RATE = 0.02
const fee = { rate: RATE, exponent: 1, takerOnly: true, rebateRate: 0 }
const ids = { conditionId: CONDITION, yesTokenId: YES, noTokenId: NO, tickSize: 0.01 }
const look = (fields: Partial<Market> = {}): Partial<Market> & Pick<Market, "marketId"> =>
  quoted("m1", 0.48, 0.52, { ...ids, fee, endDateUs: noon + 86_400 * MICROS_PER_SECOND, ...fields })

const want = (strategy: "a" | "b", side: "buy" | "sell", sizeHint: number): NewSignal =>
  signal({ strategy, side, sizeHint, targetPrice: side === "buy" ? 0.52 : 0.48 })

const first: Step = { seconds: 60, seen: look() }
const buys = (strategy: "a" | "b", qty: number, seconds = 10): Step => ({ seconds, wants: want(strategy, "buy", qty) })
/** 50 shares at 0.52 cost 26.00 and a fee of 50 * 0.02 * 0.52 * 0.48 = 0.2496. */
const holding: ReadonlyArray<Step> = [first, buys("a", 50)]

interface Case {
  readonly code: RiskRejection["code"]
  readonly setting: keyof AppConfigShape["risk"]
  readonly steps: ReadonlyArray<Step>
  /** The limit that just allows the last order, and the one that just refuses it. */
  readonly allows: RiskConfig
  readonly refuses: RiskConfig
  /** What the refusal says, micro-units. */
  readonly value: number | null
  readonly limit: number | null
  readonly event?: string
}

const cap = (
  setting: keyof AppConfigShape["risk"],
  code: RiskRejection["code"],
  steps: ReadonlyArray<Step>,
  value: number,
  event?: string
): Case => ({
  code,
  setting,
  steps,
  allows: { [setting]: value / 1e6 },
  refuses: { [setting]: (value - 1) / 1e6 },
  value,
  limit: value - 1,
  ...(event === undefined ? {} : { event })
})

/** Sold at a loss: 50 shares from 0.52 to 0.48, and a fee of 0.2496 each way. */
const LOST = 2_499_200
const stop = (setting: "max_daily_loss" | "max_drawdown", steps: ReadonlyArray<Step>, loss: number) => ({
  setting,
  steps,
  allows: { [setting]: (loss + 1) / 1e6 },
  refuses: { [setting]: loss / 1e6 },
  limit: loss
})

const tooLarge = { max_order_notional: 30 }
const refusedTwice = [first, buys("a", 60), buys("a", 60), buys("a", 10)]
const disputed = {
  resolution: {
    state: "disputed",
    proposedAtUs: null,
    disputedAtUs: noon,
    finalAtUs: null,
    contradiction: null
  }
} as const

const cases: ReadonlyArray<Case> = [
  {
    ...stop("max_daily_loss", [...holding, { seconds: 10, wants: want("a", "sell", 50) }, buys("a", 10)], LOST),
    code: "global stop-loss triggered",
    value: -LOST
  },
  cap("max_strategy_notional", "strategy notional limit exceeded", [...holding, buys("a", 10)], 31_200_000),
  cap("max_event_notional", "event notional limit exceeded", [...holding, buys("b", 10)], 31_200_000),
  {
    code: "circuit breaker open",
    setting: "circuit_breaker_rejections",
    steps: refusedTwice,
    allows: { ...tooLarge, circuit_breaker_rejections: 3 },
    refuses: { ...tooLarge, circuit_breaker_rejections: 2 },
    value: 2,
    limit: 2
  },
  // The last rejection leaves the window as the third comes: two in a row never fall within it.
  {
    code: "circuit breaker open",
    setting: "circuit_breaker_rejections",
    steps: refusedTwice,
    allows: { ...tooLarge, circuit_breaker_rejections: 2, circuit_breaker_window_sec: 10 },
    refuses: { ...tooLarge, circuit_breaker_rejections: 2, circuit_breaker_window_sec: 10.000001 },
    value: 1,
    limit: 2
  },
  cap("max_order_notional", "order notional limit exceeded", [first, buys("a", 50)], 26_000_000),
  cap("price_collar", "price collar exceeded", [first, buys("a", 50)], 20_000),
  cap("max_quote_age_sec", "stale quote", [first, buys("a", 50)], 10_000_000),
  cap(
    "max_resolution_date_notional",
    "resolution date notional limit exceeded",
    [...holding, buys("b", 10)],
    31_200_000
  ),
  // The fees count as lost: 26.2496 of the first order and 5.24992 of the second.
  cap("max_scenario_loss", "scenario loss limit exceeded", [...holding, buys("b", 10)], 31_499_520),
  cap("max_event_scenario_loss", "scenario loss limit exceeded", [...holding, buys("b", 10)], 31_499_520, "e1"),
  cap("max_market_notional", "market notional limit exceeded", [...holding, buys("b", 10)], 31_200_000),
  cap("max_total_notional", "total notional limit exceeded", [...holding, buys("b", 10)], 31_200_000),
  cap("buying_power", "buying power exceeded", [...holding, buys("b", 10)], 31_499_520),
  // What was lost is not there to be spent again: 45.5 shares cost 23.66 and a fee of 0.22713.
  cap(
    "buying_power",
    "buying power exceeded",
    [...holding, { seconds: 10, wants: want("a", "sell", 50) }, buys("b", 45.5)],
    LOST + 23_887_130
  ),
  // Bought at 0.52 with a fee of 0.2496, and marked at 0.50.
  {
    ...stop("max_drawdown", [...holding, buys("b", 10)], 1_249_600),
    code: "drawdown stop triggered",
    value: 1_249_600
  },
  {
    code: "market resolution disputed",
    setting: "allow_disputed",
    steps: [first, { seconds: 10, seen: look(disputed) }, buys("a", 10)],
    allows: { allow_disputed: true },
    refuses: {},
    value: null,
    limit: null
  }
]

/** What was decided about an order: what refused it, if that was risk, and else what it traded. */
interface Decided {
  readonly order: string
  readonly refusal: Rejection | null
  readonly filled: number
}

const ofRisk = (reason: Rejection | null): Rejection | null => (reason?.by === "risk" ? reason : null)

const secondsOf = (steps: ReadonlyArray<Step>): ReadonlyArray<number> => {
  let passed = 0
  return steps.map(({ seconds }) => (passed += seconds))
}

const commit = (seen: Partial<Market> & Pick<Market, "marketId">, atUs: EpochMicros) =>
  Effect.flatMap(IngestRepo, (repo) =>
    repo.commitRun({
      run: run({ startedAtUs: atUs, finishedAtUs: atUs }),
      markets: [market({ updatedAtUs: atUs, ...seen })],
      capturedAtUs: atUs,
      confirmed: [],
      checkpointUs: null
    })
  )

/** Carries the steps out one by one, each signal by a command of its own, on paper or live. */
const traded = (steps: ReadonlyArray<Step>, mode: "paper" | "live") =>
  Effect.gen(function* () {
    const decided: Array<Decided> = []
    for (const { seconds, seen, wants } of steps) {
      yield* TestClock.adjust(`${seconds} seconds`)
      if (seen !== undefined) yield* commit({ marketId: "m1", ...seen }, yield* nowUs)
      // Strategies are asked only when something was seen.
      yield* commit({ marketId: "other", eventId: "e2" }, yield* nowUs)
      if (wants === undefined) continue
      const [id = 0] = yield* insert(wants)
      const report = yield* executeSignal({ pick: { _tag: "id", id }, mode, confirmed: true })
      for (const { order, fills } of report.executions.flatMap(({ orders }) => orders)) {
        decided.push({
          order: `${order.strategy} ${order.token} ${order.side} ${order.qty}`,
          refusal: ofRisk(order.reason),
          filled: fills.reduce((sum, { qty }) => sum + qty, 0)
        })
      }
    }
    return decided
  })

const decidedIn = (entries: ReadonlyArray<LedgerEntry>): ReadonlyArray<Decided> =>
  entries.map(({ executedQty, qty, rejection = null, side, strategy, token }) => ({
    order: `${strategy} ${token} ${side} ${qty}`,
    refusal: ofRisk(rejection),
    filled: executedQty
  }))

const asked = (steps: ReadonlyArray<Step>, strategy: string): Strategy => ({
  id: strategy,
  title: strategy,
  generate: ({ atUs }: MarketView) => {
    const times = secondsOf(steps)
    return steps.flatMap(({ wants }, at) =>
      wants?.strategy === strategy && noon + (times[at] ?? 0) * MICROS_PER_SECOND === atUs ? [wants] : []
    )
  }
})

/** The clock of the test stands still unless it is moved. */
const whileTimePasses = <A, E, R>(body: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(body)
    for (let at = 0; at < 20; at += 1) yield* TestClock.adjust("1 millis")
    return yield* fiber
  })

/** What the recorded data and signals of a paper session come to, replayed both ways. */
const replayed = (steps: ReadonlyArray<Step>) =>
  Effect.gen(function* () {
    const { execution, risk } = yield* AppConfig
    const options: BacktestOptions = {
      ...{ fromUs: noon, toUs: yield* nowUs, strategies: [], compat: "market", settlement: true },
      execution,
      risk
    }
    const entries = { signals: new Array<LedgerEntry>(), strategies: new Array<LedgerEntry>() }
    const into = (name: keyof typeof entries) => ({
      ledger: { write: (entry: LedgerEntry) => void entries[name].push({ ...entry }) },
      onProgress: null
    })
    yield* whileTimePasses(runBacktest(options, into("signals")))
    const strategies = [asked(steps, "a"), asked(steps, "b")]
    const program = { intervalMs: 10_000, maxSignals: 10, cooldownUs: 0 }
    yield* whileTimePasses(regenerate(program)(options, into("strategies"))).pipe(
      Effect.provideService(StrategyRegistry, strategies)
    )
    return { signals: decidedIn(entries.signals), strategies: decidedIn(entries.strategies) }
  })

const credentials = ConfigProvider.fromMap(
  new Map([
    ["POLYMARKET_PRIVATE_KEY", privateKeys[0] ?? ""],
    ["POLYMARKET_SIGNATURE_TYPE", "0"]
  ])
)

/** A world whose live orders go to a simulated exchange, with one market. */
const beside = <A, E, R>(body: Effect.Effect<A, E, R>, risk: RiskConfig) =>
  Effect.gen(function* () {
    const exchange: Exchange = yield* startExchange({ backend: oneMarket([usual], { rate: RATE }), trading: {} })
    return yield* inWorld(body.pipe(Effect.withConfigProvider(credentials)), {
      risk,
      exchange,
      environmentSwitches: new Map([["ENABLE_LIVE_TRADING", "true"]] as const)
    })
  }).pipe(Effect.scoped)

/** The same orders in the four modes under the same limits. */
const inEveryMode = (steps: ReadonlyArray<Step>, risk: RiskConfig) =>
  Effect.gen(function* () {
    const roomy: RiskConfig = { max_daily_loss: 1e6, circuit_breaker_rejections: 1_000, ...risk }
    const simulated = yield* inWorld(
      Effect.gen(function* () {
        const paper = yield* traded(steps, "paper")
        return { paper, ...(yield* replayed(steps)) }
      }),
      { risk: roomy }
    )
    const live = yield* beside(traded(steps, "live"), roomy)
    return { ...simulated, live }
  })

describe("a limit", () => {
  for (const one of cases) {
    const { allows, code, event = null, limit, refuses, setting, steps, value } = one
    it.effect(`${setting} decides alike in every mode, at its boundary: ${JSON.stringify(refuses)}`, () =>
      Effect.gen(function* () {
        const refused = yield* inEveryMode(steps, refuses)
        expect(refused.paper.at(-1)).toMatchObject({
          refusal: { code, by: "risk", setting, value, limit, event },
          filled: 0
        })
        const allowed = yield* inEveryMode(steps, allows)
        expect(allowed.paper.at(-1)?.refusal).toBeNull()
        expect(allowed.paper.at(-1)?.filled).toBeGreaterThan(0)
        for (const modes of [refused, allowed]) {
          expect(modes.live, "live").toStrictEqual(modes.paper)
          expect(modes.signals, "signal replay").toStrictEqual(modes.paper)
          expect(modes.strategies, "strategy replay").toStrictEqual(modes.paper)
        }
      })
    )
  }

  it("is in the table, each of them", () => {
    const inTable = new Set<string>(cases.map(({ setting }) => setting))
    // No signal leaves an order that rests: that limit has a test of its own.
    expect(riskSettings.filter((setting) => !inTable.has(setting))).toStrictEqual(["max_open_orders"])
  })

  it.effect("max_open_orders counts what rests, on paper and live", () =>
    Effect.gen(function* () {
      for (const mode of ["paper", "live"] as const) {
        const results = yield* beside(
          Effect.gen(function* () {
            yield* TestClock.adjust("10 seconds")
            yield* commit(look(), yield* nowUs)
            const resting = place({ price: 0.4, qty: 10, mode, confirmed: true })
            return [yield* resting, yield* resting, yield* resting]
          }),
          { max_open_orders: 2 }
        )
        expect(results.map(({ orders }) => orders[0]?.order.status)).toStrictEqual(["open", "open", "rejected"])
        expect(results[2]?.orders[0]?.order.reason).toStrictEqual({
          ...{ code: "open order limit exceeded", by: "risk", setting: "max_open_orders", value: 2, limit: 2 },
          event: null
        })
      }
    })
  )
})
