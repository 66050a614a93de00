import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { BacktestLayer } from "../../src/app/modes.ts"
import { regenerate } from "../../src/app/regenerate.ts"
import { LedgerTable } from "../../src/backtest/LedgerTable.ts"
import { type BacktestOptions, printedLimits } from "../../src/backtest/options.ts"
import { runBacktest } from "../../src/backtest/runBacktest.ts"
import { ReplayLedger } from "../../src/backtest/ReplayLedger.ts"
import { AppConfig, defaultConfig } from "../../src/config/AppConfig.ts"
import { type Fact } from "../../src/domain/Fact.ts"
import { type Market } from "../../src/domain/Market.ts"
import { type MarketEvent } from "../../src/domain/MarketEvent.ts"
import { type MarketView } from "../../src/domain/MarketView.ts"
import { type NewSignal } from "../../src/domain/Signal.ts"
import { MICROS_PER_HOUR, MICROS_PER_MS, MICROS_PER_SECOND } from "../../src/domain/time.ts"
import { toMicros } from "../../src/domain/units.ts"
import { tradingProgram } from "../../src/engine/session/tradingProgram.ts"
import { type FeedBatch } from "../../src/ports/Feed.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { SignalRepo } from "../../src/ports/SignalRepo.ts"
import { type Strategy, StrategyRegistry } from "../../src/ports/StrategyRegistry.ts"
import { market, noon, run, temporaryFolder, using } from "../store/support.ts"
import { live, resolved, seen, strategyOf, want } from "./programWorld.ts"

const ids = ["a", "b", "c", "d"]
const HOURS = 10

/** A cheap generator with a seed: the same days in every run. */
const numbers = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
  return seed / 2_147_483_648
}

const shownAt = (atUs: number, marketId: string, next: () => number): Market => {
  const bid = 0.25 + Math.floor(next() * 30) / 100
  return market({
    marketId,
    ...{ yesPrice: bid + 0.01, noPrice: 0.99 - bid, bestBid: bid, bestAsk: bid + 0.02, midPrice: bid + 0.01 },
    ...{ liquidity: 100 + Math.floor(next() * 900), volume: 1, updatedAtUs: atUs, sourceUpdatedUs: null },
    fee: { rate: 0.03, exponent: 1, takerOnly: true, rebateRate: 0 }
  })
}

/** Looks on the hour, while legs are on their way, and at the very moment at which one arrives. */
const looks = (next: () => number): ReadonlyArray<{ readonly atUs: number; readonly markets: ReadonlyArray<Market> }> =>
  Array.from({ length: HOURS }, (_, hour) => noon + hour * MICROS_PER_HOUR).flatMap((hourUs) =>
    [0, 100, 250, 400].map((ms) => {
      const atUs = hourUs + ms * MICROS_PER_MS
      const open = ids.map((marketId) => shownAt(atUs, marketId, next))
      const paid = { status: "closed", acceptingOrders: false, payout: { yes: 1, no: 0 } } as const
      const late = hourUs >= noon + (HOURS - 2) * MICROS_PER_HOUR
      return { atUs, markets: open.map((row) => (late && row.marketId === "d" ? { ...row, ...paid } : row)) }
    })
  )

/** Two purchases, a sale with a purchase, a set of three: what it wants changes with the hour. */
const wanted = ({ atUs, markets }: MarketView): ReadonlyArray<NewSignal> => {
  const turn = Math.floor((atUs - noon) / (MICROS_PER_HOUR / 2))
  const open = markets.map(({ bestAsk, bestBid, marketId }) => ({ marketId, ask: bestAsk ?? 0.5, bid: bestBid ?? 0.5 }))
  const leg = (at: number, side: "buy" | "sell", qty: number) => {
    const { ask, bid, marketId } = open[at % open.length]!
    return { market_id: marketId, token: "YES", side, price: side === "buy" ? ask + 0.02 : bid - 0.02, qty }
  }
  if (open.length < 3) return []
  const signal = (legs: ReadonlyArray<ReturnType<typeof leg>>, score: number) =>
    want(legs[0]!.market_id, 0.5, { score, payload: { legs } })
  return [
    signal([leg(turn, "buy", 8), leg(turn + 1, "buy", 40)], 3),
    signal([leg(turn, "sell", 5), leg(turn + 2, "buy", 12)], 2),
    signal([leg(turn + 1, "buy", 6), leg(turn + 2, "buy", 6), leg(turn + 3, "buy", 6)], 1)
  ]
}

const options: BacktestOptions = {
  fromUs: noon,
  toUs: noon + HOURS * MICROS_PER_HOUR,
  strategies: [],
  compat: "market",
  settlement: true,
  execution: { ...defaultConfig.execution, slippage_bps: 20, enable_partial_fill: true },
  // A number, as the replay of stored signals has no interval of its own.
  risk: { ...defaultConfig.risk, max_strategy_notional: 400, max_quote_age_sec: 5_400 }
}
const program = { intervalMs: 1_800_000, maxSignals: 20, cooldownUs: 0 }

/** The trading program itself over the recording, on virtual time. */
const throughProgram = Effect.gen(function* () {
  const table = new LedgerTable(printedLimits(options))
  const facts: Array<Fact> = []
  let ledger: ReplayLedger | undefined
  yield* tradingProgram({
    ...{ ...program, confirmed: false, strategies: null, stop: null, settings: {} },
    observer: {
      onStart: (state) => {
        ledger = new ReplayLedger(state, { toUs: options.toUs, ends: new Map() }, { ledger: table, onRejected: null })
      },
      onFact: (fact) => {
        facts.push(fact)
        ledger?.take(fact)
      }
    }
  }).pipe(Effect.provide(BacktestLayer({ ...options, intervalMs: program.intervalMs })))
  ledger?.finish()
  return { facts, rows: [...table.rows()] }
})

describe("one recording through both runners", () => {
  for (const seed of [1, 2, 3]) {
    it.scoped(`gives the same ledger, row by row: seed ${seed}`, () =>
      Effect.gen(function* () {
        const path = join(yield* temporaryFolder, "store.db")
        yield* using(
          path,
          Effect.forEach(looks(numbers(seed)), ({ atUs, markets }) =>
            Effect.flatMap(IngestRepo, (repo) =>
              repo.commitRun({
                run: run({ startedAtUs: atUs, finishedAtUs: atUs }),
                markets,
                capturedAtUs: atUs,
                confirmed: [],
                checkpointUs: null
              })
            )
          )
        )
        const strategies: ReadonlyArray<Strategy> = [{ id: "own", title: "Own", generate: wanted }]
        const provided = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
          using(path, effect).pipe(
            Effect.provideService(StrategyRegistry, strategies),
            Effect.provideService(AppConfig, {
              ...defaultConfig,
              execution: { ...defaultConfig.execution, ...options.execution },
              risk: options.risk
            })
          )
        const table = new LedgerTable(printedLimits(options))
        const report = yield* provided(regenerate(program)(options, { ledger: table, onProgress: null }))
        const live = yield* provided(throughProgram)
        expect(live.rows).toEqual([...table.rows()])
        const count = (leg: string) => live.rows.filter((row) => row.leg === leg).length
        // The day holds what it is about, or it would prove nothing.
        expect(report.total_signals).toBeGreaterThan(20)
        expect(live.rows.filter(({ executed_qty }) => executed_qty > 0).length).toBeGreaterThan(20)
        expect(count("unwind")).toBeGreaterThan(0)
        expect(count("settlement")).toBeGreaterThan(0)
      })
    )
  }
})

/**
 * Orders that rest: a carry with a hedge, one that takes at the end of its hour, and one whose signal is gone at every
 * second scan.
 */
const resting = ({ atUs, markets }: MarketView): ReadonlyArray<NewSignal> => {
  const turn = Math.floor((atUs - noon) / (MICROS_PER_HOUR / 2))
  const midOf = (at: number) => {
    const shown = markets[(turn + at) % markets.length]
    return { marketId: shown?.marketId ?? "a", mid: shown?.midPrice ?? 0.5 }
  }
  if (markets.length < 3) return []
  const [carry, tail, other] = [midOf(0), midOf(1), midOf(2)]
  const legs = [
    { market_id: carry.marketId, token: "NO", side: "buy", price: 1 - carry.mid, qty: 60 },
    { market_id: tail.marketId, token: "YES", side: "buy", price: tail.mid, qty: 30 }
  ]
  return [
    { ...want(carry.marketId, 0.5, { score: 3, payload: { legs } }), style: "passive", timeToLiveSec: 5_400 },
    { ...want("a", 0.45, { score: 2, sizeHint: 20 }), style: "passive_then_aggressive", timeToLiveSec: 3_600 },
    ...(turn % 2 === 0
      ? [{ ...want(other.marketId, other.mid - 0.05, { score: 1 }), style: "passive" as const, timeToLiveSec: 7_200 }]
      : [])
  ]
}

describe("one recording with orders that rest", () => {
  it.scoped("gives the same ledger through both runners, and from its stored signals", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      const ids = ["own"]
      yield* using(
        path,
        Effect.forEach(looks(numbers(4)), ({ atUs, markets }) =>
          Effect.flatMap(IngestRepo, (repo) =>
            repo.commitRun({
              run: run({ startedAtUs: atUs, finishedAtUs: atUs }),
              ...{ markets, capturedAtUs: atUs, confirmed: [], checkpointUs: null }
            })
          )
        )
      )
      const provided = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
        using(path, effect).pipe(
          Effect.provideService(StrategyRegistry, [{ id: "own", title: "Own", generate: resting }]),
          Effect.provideService(AppConfig, {
            ...defaultConfig,
            execution: { ...defaultConfig.execution, ...options.execution },
            risk: options.risk
          })
        )
      const table = new LedgerTable(printedLimits(options))
      yield* provided(regenerate(program)(options, { ledger: table, onProgress: null }))
      const { facts, rows } = yield* provided(throughProgram)
      expect(rows).toEqual([...table.rows()])
      const withdrawn = facts.flatMap((fact) =>
        fact.kind === "order" && fact.reason?.code === "signal gone"
          ? [[fact.planned.signalId, fact.atUs] as const]
          : []
      )
      const stored = new LedgerTable(printedLimits(options))
      yield* provided(
        Effect.gen(function* () {
          const signals = yield* SignalRepo
          for (const fact of facts) {
            if (fact.kind === "scan")
              yield* signals.insertAll(
                fact.chosen.map(({ signal }) => signal),
                fact.atUs
              )
          }
          const sql = yield* SqlClient.SqlClient
          for (const [id, atUs] of withdrawn) yield* sql`UPDATE signals SET withdrawn_us = ${atUs} WHERE id = ${id}`
          yield* runBacktest({ ...options, strategies: ids }, { ledger: stored, onProgress: null })
        })
      )
      expect([...stored.rows()]).toEqual(rows)
      const reasons = new Set(rows.map(({ risk_reason: reason }) => reason))
      expect(reasons).toContain("signal gone")
      expect([...reasons].some((reason) => reason.startsWith("partly unhedged"))).toBe(true)
      expect([...reasons].some((reason) => reason.startsWith("not marketable"))).toBe(true)
      const filled = rows.filter(({ executed_qty }) => executed_qty > 0)
      expect(filled.length).toBeGreaterThan(5)
      expect(new Set(filled.map(({ market_id }) => market_id)).size).toBeGreaterThan(2)
      expect(withdrawn.length).toBeGreaterThan(0)
    })
  )
})

/** 600 looks, ten a second, and a payout; the strategies are asked every six seconds. */
const events = (seed: number): ReadonlyArray<MarketEvent> => {
  const next = numbers(seed)
  return Array.from({ length: 600 }, (_, at): MarketEvent => {
    const afterUs = at * 100 * MICROS_PER_MS
    if (at === 500) return resolved(afterUs, "d", { yes: 1, no: 0 })
    const bid = 0.25 + Math.floor(next() * 30) / 100
    return seen(afterUs, ids[at % 4]!, bid, bid + 0.02, { liquidity: 100 + Math.floor(next() * 900) })
  })
}

/** A round is 60 events; it comes in batches of so many, and the strategies are asked when it has ended. */
const inBatches = (all: ReadonlyArray<MarketEvent>, size: number): Stream.Stream<FeedBatch> => {
  const batches: Array<FeedBatch> = []
  for (let start = 0; start < all.length; start += 60) {
    const round = all.slice(start, start + 60)
    for (let at = 0; at < round.length; at += size) {
      const roundEnded = at + size >= round.length
      batches.push({ events: round.slice(at, at + size), looks: [], problems: [], roundEnded })
    }
  }
  // A moment passes after each round, in which the strategies are asked.
  return Stream.mapEffect(Stream.fromIterable(batches.entries()), ([at, batch]) =>
    Effect.as(batches[at - 1]?.roundEnded === true ? Effect.sleep("1 millis") : Effect.void, batch)
  )
}

describe("batches of market data", () => {
  it("of 1, 7, 100 and 10,000 give the same facts", async () => {
    const resting = ids.map((marketId, at) => ({
      ...({ id: at + 1, strategy: "s4", marketId, eventId: "e1", token: "YES", side: "buy", action: "open" } as const),
      ...({ limitPrice: toMicros(0.3), qty: toMicros(40), tif: "gtc", mode: "paper", status: "open" } as const),
      ...({ filledQty: toMicros(0), externalId: null, kind: "order", reason: null, signalId: null } as const),
      createdAtUs: noon - MICROS_PER_SECOND
    }))
    const portfolio = {
      positions: [],
      working: resting,
      realizedToday: toMicros(0),
      decisions: [],
      tried: [],
      peak: null,
      taken: []
    }
    const lived = (size: number) =>
      live({
        events: [],
        batches: inBatches(events(7), size),
        portfolio,
        config: { max_strategy_notional: 400 },
        strategies: [
          {
            ...strategyOf(() => []),
            generate: (view) => (view.markets.length < 3 ? [] : wanted({ ...view, atUs: noon + view.atUs / 1e6 }))
          }
        ]
      })
    const whole = await lived(10_000)
    const kinds = new Map<string, number>()
    for (const { kind } of whole.facts) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    expect(kinds.get("scan")).toBe(10)
    expect(kinds.get("order")).toBeGreaterThan(20)
    expect(kinds.get("settlement")).toBeGreaterThan(0)
    expect(whole.facts.some((fact) => fact.kind === "order" && !fact.first)).toBe(true)
    for (const size of [1, 7, 100]) expect((await lived(size)).facts).toEqual(whole.facts)
  })
})
