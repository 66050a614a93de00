import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { simulatedExecutors } from "../../src/app/trading.ts"
import { onVirtualTime, type VirtualClock } from "../../src/app/virtualClock.ts"
import { memoryRecorder } from "../../src/backtest/memoryRecorder.ts"
import { AppConfig, type AppConfigShape, defaultConfig } from "../../src/config/AppConfig.ts"
import { type JournalEntry } from "../../src/domain/Journal.ts"
import { type Market, type Payout } from "../../src/domain/Market.ts"
import { type MarketEvent } from "../../src/domain/MarketEvent.ts"
import { emptyPortfolio, type Portfolio } from "../../src/domain/Portfolio.ts"
import { type NewSignal } from "../../src/domain/Signal.ts"
import { type CycleReport, type ProgramOptions } from "../../src/engine/program.ts"
import { type RunReport, tradingProgram } from "../../src/engine/tradingProgram.ts"
import { type TradingState } from "../../src/engine/TradingState.ts"
import * as RiskGuard from "../../src/execution/RiskGuard.ts"
import * as VenueSync from "../../src/execution/VenueSync.ts"
import { MarketFeed } from "../../src/ports/MarketFeed.ts"
import { type Strategy, StrategyRegistry } from "../../src/ports/StrategyRegistry.ts"
import { TradeRecorder } from "../../src/ports/TradeRecorder.ts"
import { TradingSwitches } from "../../src/ports/TradingSwitches.ts"
import { makeMemoryJournal } from "../../src/store/memoryJournal.ts"
import { quoted } from "../execution/world.ts"
import { market, noon } from "../store/support.ts"
import { type PayloadSignal, withOrders } from "../signals.ts"

/** A market whose YES is bid and asked at these prices, seen `afterUs` after the start. */
export const seen = (
  afterUs: number,
  marketId: string,
  bid: number,
  ask: number,
  fields: Partial<Market> = {}
): MarketEvent => ({
  kind: "market",
  atUs: noon + afterUs,
  market: market({ ...quoted(marketId, bid, ask), updatedAtUs: noon + afterUs, ...fields })
})

export const resolved = (afterUs: number, marketId: string, payout: Payout): MarketEvent => ({
  kind: "resolution",
  atUs: noon + afterUs,
  marketId,
  payout
})

export interface World {
  /** All events of the world, in order. A poll tells those up to the clock's time, or as many as `atOnce`. */
  readonly events: ReadonlyArray<MarketEvent>
  readonly atOnce?: number
  /** The feed goes on telling nothing after its last event. */
  readonly endless?: boolean
  readonly portfolio?: Portfolio
  readonly strategies?: ReadonlyArray<Strategy>
  readonly config?: Partial<AppConfigShape["risk"]>
  readonly options?: Partial<ProgramOptions>
  /** Called at every reading of the switches, with its number from 1; gives whether the kill switch is on. */
  readonly onSwitches?: (reading: number, stop: Effect.Effect<unknown>) => Effect.Effect<boolean>
  /** Runs beside the program. */
  readonly beside?: (stop: Effect.Effect<unknown>) => Effect.Effect<void>
}

export interface Lived {
  readonly report: RunReport
  readonly cycles: ReadonlyArray<CycleReport>
  readonly journal: ReadonlyArray<JournalEntry>
  /** Every write to the program's memory, in order. */
  readonly written: ReadonlyArray<unknown>
  readonly state: TradingState
  readonly endUs: number
}

const open = (killed: boolean) =>
  [
    { name: "KILL_SWITCH", value: killed, origin: "database" },
    { name: "ENABLE_LIVE_TRADING", value: false, origin: "default" },
    { name: "REQUIRE_MANUAL_CONFIRM", value: true, origin: "default" }
  ] as const

const feedOf = ({ atOnce, endless = false, events }: World): Layer.Layer<MarketFeed> => {
  let told = 0
  return Layer.succeed(MarketFeed, {
    poll: Effect.map(Clock.currentTimeMillis, (ms) => {
      const from = told
      while (told < events.length && events[told]!.atUs <= ms * 1_000 && told - from < (atOnce ?? Infinity)) told += 1
      return { events: events.slice(from, told), ended: !endless && told === events.length, problems: [] }
    })
  })
}

/** The trading program in a made-up world of memory, on virtual time from noon on. */
export const live = (world: World): Promise<Lived> => {
  const body = (clock: VirtualClock) =>
    Effect.gen(function* () {
      const stop = yield* Deferred.make<void>()
      const journal = makeMemoryJournal()
      const written: Array<unknown> = []
      const cycles: Array<CycleReport> = []
      let state: TradingState | undefined
      let readings = 0
      const memory = memoryRecorder({ changed: () => false, current: () => world.portfolio ?? emptyPortfolio })
      const recorder = Layer.succeed(TradeRecorder, {
        ...memory,
        record: (input) =>
          Effect.zipRight(
            Effect.sync(() => written.push(input)),
            memory.record(input)
          ),
        apply: (input) =>
          Effect.zipRight(
            Effect.sync(() => written.push(input)),
            memory.apply(input)
          )
      })
      const switches = Layer.succeed(TradingSwitches, {
        read: Effect.suspend(() => {
          readings += 1
          return world.onSwitches?.(readings, Deferred.succeed(stop, undefined)) ?? Effect.succeed(false)
        }).pipe(Effect.map(open))
      })
      const config: AppConfigShape = {
        ...defaultConfig,
        risk: { ...defaultConfig.risk, ...world.config },
        execution: { ...defaultConfig.execution, slippage_bps: 0 }
      }
      const layers = Layer.mergeAll(
        feedOf(world),
        recorder,
        switches,
        journal.layer,
        RiskGuard.layer,
        simulatedExecutors,
        VenueSync.none,
        Layer.succeed(StrategyRegistry, world.strategies ?? [])
      ).pipe(Layer.provideMerge(Layer.succeed(AppConfig, config)))
      if (world.beside !== undefined) yield* Effect.fork(world.beside(Deferred.succeed(stop, undefined)))
      const report = yield* tradingProgram({
        mode: "paper",
        confirmed: false,
        strategies: null,
        intervalMs: 60_000,
        maxSignals: 20,
        cooldownUs: 0,
        stop,
        settings: {},
        onCycle: (cycle, own) =>
          Effect.sync(() => {
            cycles.push({ ...cycle })
            state = own
          }),
        ...world.options
      }).pipe(Effect.provide(layers))
      return { report, cycles, journal: journal.entries, written, state: state!, endUs: clock.nowUs }
    })
  return Effect.runPromise(onVirtualTime(noon, body))
}

/** A wish for so many shares of a market at a price, and no more. */
export const want = (marketId: string, targetPrice: number, fields: Partial<PayloadSignal> = {}): NewSignal =>
  withOrders({
    strategy: "own",
    marketId,
    eventId: "e1",
    side: "buy",
    score: 1,
    confidence: 0.5,
    targetPrice,
    sizeHint: 10,
    rationale: "",
    payload: {},
    ...fields
  })

/** Asked at each look, it wants what `wants` gives. */
export const strategyOf = (wants: (look: number) => ReadonlyArray<NewSignal>): Strategy => {
  let looks = 0
  return { id: "own", title: "Own", generate: () => wants((looks += 1)) }
}
