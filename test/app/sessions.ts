import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { journaledExecutors } from "../../src/app/journaledExecutors.ts"
import { journaledRecorder } from "../../src/app/journaledRecorder.ts"
import { journaledSwitches } from "../../src/app/journaledSwitches.ts"
import { replaySession } from "../../src/app/replaySession.ts"
import { sessionSettings } from "../../src/app/session.ts"
import { simulatedExecutors } from "../../src/app/trading.ts"
import { onVirtualTime } from "../../src/app/virtualClock.ts"
import { memoryRecorder } from "../../src/backtest/memoryRecorder.ts"
import { AppConfig, type AppConfigShape, defaultConfig } from "../../src/config/AppConfig.ts"
import { type JournalEntry, type JournalRecord } from "../../src/domain/Journal.ts"
import { type MarketEvent } from "../../src/domain/MarketEvent.ts"
import { emptyPortfolio, type Portfolio } from "../../src/domain/Portfolio.ts"
import { tradingProgram } from "../../src/engine/tradingProgram.ts"
import * as RiskGuard from "../../src/execution/RiskGuard.ts"
import * as VenueSync from "../../src/execution/VenueSync.ts"
import { Executors, type ExecutorShape } from "../../src/ports/Executor.ts"
import { JournalReader } from "../../src/ports/Journal.ts"
import { MarketFeed } from "../../src/ports/MarketFeed.ts"
import { type Strategy, StrategyRegistry } from "../../src/ports/StrategyRegistry.ts"
import { TradeRecorder } from "../../src/ports/TradeRecorder.ts"
import { TradingSwitches } from "../../src/ports/TradingSwitches.ts"
import { makeMemoryJournal } from "../../src/store/memoryJournal.ts"
import { noon } from "../store/support.ts"

/** One look at the world of a session, as the test makes it up. */
export interface Moment {
  /** After the start, microseconds. */
  readonly afterUs: number
  readonly events: ReadonlyArray<MarketEvent>
  /** Somebody else traded: this is what the database holds now. */
  readonly portfolio?: Portfolio
}

export interface Scenario {
  readonly moments: ReadonlyArray<Moment>
  readonly strategies: ReadonlyArray<Strategy>
  readonly mode?: "paper" | "live"
  readonly live?: ExecutorShape
  readonly config?: AppConfigShape
  /** Readings of the switches at which the kill switch is on, from 1. */
  readonly killedAt?: ReadonlyArray<number>
  /** Writes that find that somebody else was first, from 1. */
  readonly taken?: ReadonlyArray<number>
  /** Asked to stop while bundle number n is at the switches. */
  readonly stopAt?: number
}

/** A session of the trading program over a made-up world; gives what its journal holds. */
export const recordSession = (scenario: Scenario): Effect.Effect<ReadonlyArray<JournalEntry>> => {
  const { config = defaultConfig, killedAt = [], mode = "paper", moments, stopAt, strategies, taken = [] } = scenario
  return onVirtualTime(noon, (clock) =>
    Effect.gen(function* () {
      const stop = yield* Deferred.make<void>()
      const journal = makeMemoryJournal()
      let polls = 0
      let reads = 0
      let writes = 0
      const feed = Layer.succeed(MarketFeed, {
        poll: Effect.sync(() => {
          const moment = moments[polls]
          polls += 1
          clock.set(noon + (moment?.afterUs ?? 0))
          return { events: moment?.events ?? [], ended: polls >= moments.length, problems: [] }
        })
      })
      const switches = Layer.succeed(TradingSwitches, {
        read: Effect.gen(function* () {
          reads += 1
          if (reads === stopAt) yield* Deferred.succeed(stop, undefined)
          return [
            { name: "KILL_SWITCH", value: killedAt.includes(reads), origin: "database" },
            { name: "ENABLE_LIVE_TRADING", value: true, origin: "default" },
            { name: "REQUIRE_MANUAL_CONFIRM", value: false, origin: "default" }
          ] as const
        })
      })
      const memory = memoryRecorder({
        changed: () => moments[polls - 1]?.portfolio !== undefined,
        current: () => moments[polls - 1]?.portfolio ?? emptyPortfolio
      })
      const recorder = Layer.succeed(TradeRecorder, {
        ...memory,
        claim: (signalIds, atUs) =>
          Effect.suspend(() => (taken.includes((writes += 1)) ? Effect.succeed(false) : memory.claim(signalIds, atUs))),
        record: (input) =>
          Effect.suspend(() => (taken.includes((writes += 1)) ? Effect.succeed(Option.none()) : memory.record(input))),
        apply: (input) =>
          Effect.suspend(() => (taken.includes((writes += 1)) ? Effect.succeed(Option.none()) : memory.apply(input)))
      })
      const venues = Layer.map(simulatedExecutors, (context) => {
        const { live, paper } = Context.get(context, Executors)
        return Context.make(Executors, { paper, live: scenario.live ?? live })
      })
      const layers = Layer.mergeAll(
        feed,
        RiskGuard.layer,
        VenueSync.none,
        journaledExecutors(venues),
        journaledRecorder(recorder),
        journaledSwitches(switches),
        Layer.succeed(StrategyRegistry, strategies)
      ).pipe(Layer.provideMerge(journal.layer), Layer.provideMerge(Layer.succeed(AppConfig, config)))
      yield* tradingProgram({
        ...{ mode, confirmed: true, strategies: null, intervalMs: 1_000, maxSignals: 20, cooldownUs: 0, stop },
        settings: sessionSettings(config)
      }).pipe(Effect.orDie, Effect.provide(layers))
      return journal.entries
    })
  )
}

/** A journal that holds one session. */
const readerOf = (entries: ReadonlyArray<JournalEntry>): Layer.Layer<JournalReader> => {
  const records = entries.map((entry, index): JournalRecord => ({
    ...(JSON.parse(JSON.stringify(entry)) as JournalEntry),
    ...{ seq: index + 1, sessionId: 1, hash: "" }
  }))
  return Layer.succeed(JournalReader, {
    page: ({ afterSeq, limit, sessionId }) =>
      Effect.succeed(sessionId === 1 ? records.filter(({ seq }) => seq > afterSeq).slice(0, limit) : []),
    sessions: Effect.succeed([]),
    verify: Effect.succeed({ records: records.length, broken: null, lastHash: "" })
  })
}

/** The replay of a session that the entries tell of. */
export const replayOf = (entries: ReadonlyArray<JournalEntry>, strategies: ReadonlyArray<Strategy>) =>
  replaySession(1, Layer.succeed(StrategyRegistry, strategies)).pipe(
    Effect.provide(readerOf(entries)),
    Effect.provideService(AppConfig, defaultConfig)
  )
