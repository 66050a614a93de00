import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { onVirtualTime, type VirtualClock } from "../../src/app/virtualClock.ts"
import { memoryRecorder } from "../../src/backtest/memoryRecorder.ts"
import { AppConfig, type AppConfigShape, defaultConfig } from "../../src/config/AppConfig.ts"
import { type Fact } from "../../src/domain/Fact.ts"
import { instrumentOf } from "../../src/domain/instrument.ts"
import { type JournalEntry } from "../../src/domain/Journal.ts"
import { type Market, type Payout } from "../../src/domain/Market.ts"
import { type MarketEvent } from "../../src/domain/MarketEvent.ts"
import { quoteOf } from "../../src/domain/quote.ts"
import { emptyPortfolio, type Portfolio } from "../../src/domain/Portfolio.ts"
import { type NewSignal } from "../../src/domain/Signal.ts"
import { type SwitchState } from "../../src/domain/Switches.ts"
import { type CycleReport, type ProgramOptions } from "../../src/engine/program.ts"
import { type EngineState } from "../../src/engine/EngineState.ts"
import { type RunReport, tradingProgram } from "../../src/engine/session/tradingProgram.ts"
import * as RiskGuard from "../../src/execution/RiskGuard.ts"
import * as VenueSync from "../../src/execution/VenueSync.ts"
import { type Exchange, Executors, OrderMode } from "../../src/ports/Executor.ts"
import { Feed, type FeedBatch } from "../../src/ports/Feed.ts"
import { type Strategy, StrategyRegistry } from "../../src/ports/StrategyRegistry.ts"
import { TradeRecorder } from "../../src/ports/TradeRecorder.ts"
import { type RecordInput } from "../../src/ports/TradeRepo.ts"
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
): MarketEvent => {
  const shown = market({ ...quoted(marketId, bid, ask), updatedAtUs: noon + afterUs, ...fields })
  return { kind: "market", atUs: noon + afterUs, instrument: instrumentOf(shown), quote: quoteOf(shown) }
}

export const resolved = (afterUs: number, marketId: string, payout: Payout): MarketEvent => ({
  kind: "resolution",
  atUs: noon + afterUs,
  marketId,
  payout
})

export interface World {
  /** All events of the world, in order. A round brings those up to the clock's time, or as many as `atOnce`. */
  readonly events: ReadonlyArray<MarketEvent>
  readonly atOnce?: number
  /** A feed of its own instead: its batches as they come. */
  readonly batches?: Stream.Stream<FeedBatch>
  /** The feed goes on telling nothing after its last event. */
  readonly endless?: boolean
  readonly portfolio?: Portfolio
  readonly strategies?: ReadonlyArray<Strategy>
  readonly config?: Partial<AppConfigShape["risk"]>
  readonly options?: Partial<ProgramOptions>
  /** Where live orders go; the simulated venue is there in any case. */
  readonly exchange?: (stop: Effect.Effect<unknown>) => Exchange
  /** Of the simulated venue, as of the configuration otherwise. */
  readonly legDelayMs?: number
  /** Called at every reading of the switches, with its number from 1; gives whether the kill switch is on. */
  readonly onSwitches?: (reading: number, stop: Effect.Effect<unknown>) => Effect.Effect<boolean>
  /** Runs beside the program. */
  readonly beside?: (stop: Effect.Effect<unknown>) => Effect.Effect<void>
}

/** A transaction: new orders, or what became of one. */
export type Written = RecordInput | Parameters<Context.Tag.Service<TradeRecorder>["apply"]>[0]

/** What the transactions store, row by row, however they are cut. */
export const rowsOf = (written: ReadonlyArray<Written>): ReadonlyArray<unknown> =>
  written.flatMap((one): ReadonlyArray<unknown> =>
    "results" in one
      ? [
          ...one.results.map((result) => ({ result: { atUs: one.atUs, ...result } })),
          ...one.signals.map((signal) => ({ signal }))
        ]
      : [one]
  )

export interface Lived {
  readonly report: RunReport
  readonly cycles: ReadonlyArray<CycleReport>
  readonly journal: ReadonlyArray<JournalEntry>
  /** Every write to the program's memory, in order. */
  readonly written: ReadonlyArray<Written>
  /** Everything that the engine did, in order. */
  readonly facts: ReadonlyArray<Fact>
  readonly state: EngineState
  readonly endUs: number
}

const switchesOf = (killed: boolean, live: boolean): ReadonlyArray<SwitchState> => [
  { name: "KILL_SWITCH", value: killed, origin: "database" },
  { name: "ENABLE_LIVE_TRADING", value: live, origin: "default" },
  { name: "REQUIRE_MANUAL_CONFIRM", value: true, origin: "default" }
]

/** A round every interval, each with what happened since the one before. */
const roundsOf = ({ atOnce, endless = false, events }: World, intervalMs: number): Stream.Stream<FeedBatch> =>
  Stream.unfoldEffect({ told: 0, first: true, ended: false }, ({ ended, first, told }) =>
    Effect.gen(function* () {
      if (ended) return Option.none()
      if (!first) yield* Effect.sleep(intervalMs)
      const ms = yield* Clock.currentTimeMillis
      let to = told
      while (to < events.length && events[to]!.atUs <= ms * 1_000 && to - told < (atOnce ?? Infinity)) to += 1
      const batch: FeedBatch = { events: events.slice(told, to), looks: [], problems: [], roundEnded: true }
      return Option.some([batch, { told: to, first: false, ended: !endless && to === events.length }] as const)
    })
  )

const simulatedVenue = { capabilities: { foresees: true, parallel: true }, exchange: null }
const noExchange: Exchange = {
  submit: () => Effect.die("there is no exchange in this world"),
  cancel: () => Effect.die("there is no exchange in this world")
}

/** The trading program in a made-up world of memory, on virtual time from noon on. */
export const live = (world: World): Promise<Lived> => {
  const body = (clock: VirtualClock) =>
    Effect.gen(function* () {
      const stop = yield* Deferred.make<void>()
      const journal = makeMemoryJournal()
      const written: Array<Written> = []
      const facts: Array<Fact> = []
      const cycles: Array<CycleReport> = []
      let state: EngineState | undefined
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
        }).pipe(Effect.map((killed) => switchesOf(killed, world.exchange !== undefined)))
      })
      const config: AppConfigShape = {
        ...defaultConfig,
        risk: { ...defaultConfig.risk, ...world.config },
        execution: {
          ...defaultConfig.execution,
          slippage_bps: 0,
          ...(world.legDelayMs === undefined ? {} : { leg_delay_ms: world.legDelayMs })
        }
      }
      const intervalMs = world.options?.intervalMs ?? 60_000
      const exchange = world.exchange?.(Deferred.succeed(stop, undefined)) ?? noExchange
      const layers = Layer.mergeAll(
        Layer.succeed(Feed, { batches: world.batches ?? roundsOf(world, intervalMs), recorded: Effect.void }),
        recorder,
        switches,
        journal.layer,
        RiskGuard.layer,
        Layer.succeed(OrderMode, world.exchange === undefined ? "paper" : "live"),
        Layer.succeed(Executors, {
          paper: simulatedVenue,
          live: { capabilities: { foresees: false, parallel: false }, exchange }
        }),
        VenueSync.none,
        Layer.succeed(StrategyRegistry, world.strategies ?? [])
      ).pipe(Layer.provideMerge(Layer.succeed(AppConfig, config)))
      if (world.beside !== undefined) yield* Effect.fork(world.beside(Deferred.succeed(stop, undefined)))
      const report = yield* tradingProgram({
        confirmed: world.exchange !== undefined,
        strategies: null,
        intervalMs,
        maxSignals: 20,
        cooldownUs: 0,
        stop,
        settings: {},
        observer: {
          onStart: (own) => {
            state = own
          },
          onFact: (fact) => {
            facts.push(fact)
          }
        },
        onCycle: (cycle) => Effect.sync(() => cycles.push({ ...cycle })),
        ...world.options
      }).pipe(Effect.provide(layers))
      return { report, cycles, journal: journal.entries, written, facts, state: state!, endUs: clock.nowUs }
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
