import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { replaySession } from "../../src/app/replaySession.ts"
import { sessionSettings } from "../../src/app/session.ts"
import { simulatedExecutors } from "../../src/app/trading.ts"
import { onVirtualTime, type VirtualClock } from "../../src/app/virtualClock.ts"
import { memoryRecorder } from "../../src/backtest/memoryRecorder.ts"
import { AppConfig, type AppConfigShape, defaultConfig } from "../../src/config/AppConfig.ts"
import { type StoreError } from "../../src/domain/errors.ts"
import { type JournalEntry, type JournalRecord } from "../../src/domain/Journal.ts"
import { type MarketEvent } from "../../src/domain/MarketEvent.ts"
import { emptyPortfolio, type Portfolio } from "../../src/domain/Portfolio.ts"
import { tradingProgram } from "../../src/engine/session/tradingProgram.ts"
import * as RiskGuard from "../../src/execution/RiskGuard.ts"
import * as VenueSync from "../../src/execution/VenueSync.ts"
import { type Exchange, Executors, OrderMode } from "../../src/ports/Executor.ts"
import { Feed, type FeedBatch } from "../../src/ports/Feed.ts"
import { JournalReader } from "../../src/ports/Journal.ts"
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
  /** What could not be collected in each round. */
  readonly problems?: ReadonlyArray<string>
  /** Takes the orders of a live session; absent: none is sent. */
  readonly exchange?: Exchange
  readonly config?: AppConfigShape
  /** Readings of the switches at which the kill switch is on, from 1. */
  readonly killedAt?: ReadonlyArray<number>
  /** Writes that find that somebody else was first, from 1. */
  readonly taken?: ReadonlyArray<number>
  /** Asked to stop while the switches are read for the nth time: once at the start, then before every scan. */
  readonly stopAt?: number
}

/**
 * The rounds of the feed at their moments. A moment before the one that the clock shows is a wall clock that was set back,
 * once everything that the round before it brought is over.
 */
const roundsOf = (
  { moments, problems = [] }: Scenario,
  clock: VirtualClock,
  onRound: (moment: Moment) => void
): Stream.Stream<FeedBatch> =>
  Stream.fromIterable(moments).pipe(
    Stream.mapEffect((moment) =>
      Effect.gen(function* () {
        const atUs = noon + moment.afterUs
        yield* Effect.sleep(Math.max(1, (atUs - clock.nowUs) / 1_000))
        clock.set(atUs)
        onRound(moment)
        return { events: moment.events, looks: [], problems, roundEnded: true }
      })
    )
  )

/** A session of the trading program over a made-up world; gives what its journal holds. */
export const recordSession = (scenario: Scenario): Effect.Effect<ReadonlyArray<JournalEntry>> => {
  const { config = defaultConfig, killedAt = [], mode = "paper", stopAt, strategies, taken = [] } = scenario
  return onVirtualTime(noon, (clock) =>
    Effect.gen(function* () {
      const stop = yield* Deferred.make<void>()
      const journal = makeMemoryJournal()
      let round: Moment | undefined
      let reads = 0
      let writes = 0
      const feed = Layer.succeed(Feed, {
        batches: roundsOf(scenario, clock, (moment) => {
          round = moment
        }),
        recorded: Effect.void
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
        changed: () => round?.portfolio !== undefined,
        current: () => round?.portfolio ?? emptyPortfolio
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
      const venues = Layer.effect(
        Executors,
        Effect.map(Executors, ({ live, paper }) =>
          Executors.of({ paper, live: { ...live, exchange: scenario.exchange ?? live.exchange } })
        )
      ).pipe(Layer.provide(simulatedExecutors))
      const layers = Layer.mergeAll(
        feed,
        RiskGuard.layer,
        VenueSync.none,
        Layer.succeed(OrderMode, mode),
        venues,
        recorder,
        switches,
        Layer.succeed(StrategyRegistry, strategies)
      ).pipe(Layer.provideMerge(journal.layer), Layer.provideMerge(Layer.succeed(AppConfig, config)))
      yield* tradingProgram({
        ...{ confirmed: true, strategies: null, intervalMs: 1_000, maxSignals: 20, cooldownUs: 0, stop },
        settings: sessionSettings(config)
      }).pipe(Effect.orDie, Effect.provide(layers))
      return journal.entries
    })
  )
}

/** A journal fails when it is read from its start for the nth time. */
interface Failing {
  readonly failure: StoreError
  readonly reading: number
}

/** A journal that holds one session. */
const readerOf = (entries: ReadonlyArray<JournalEntry>, failing: Failing | null): Layer.Layer<JournalReader> => {
  let readings = 0
  const records = entries.map((entry, index): JournalRecord => ({
    ...(JSON.parse(JSON.stringify(entry)) as JournalEntry),
    ...{ seq: index + 1, sessionId: 1, hash: "" }
  }))
  return Layer.succeed(JournalReader, {
    page: ({ afterSeq, limit, sessionId }) =>
      Effect.suspend(() => {
        if (afterSeq === 0) readings += 1
        if (failing !== null && readings === failing.reading) return Effect.fail(failing.failure)
        return Effect.succeed(sessionId === 1 ? records.filter(({ seq }) => seq > afterSeq).slice(0, limit) : [])
      }),
    sessions: Effect.succeed([]),
    verify: Effect.succeed({ records: records.length, broken: null, lastHash: "" })
  })
}

/** The replay of a session that the entries tell of. */
export const replayOf = (
  entries: ReadonlyArray<JournalEntry>,
  strategies: ReadonlyArray<Strategy>,
  failing: Failing | null = null
) =>
  replaySession(1, Layer.succeed(StrategyRegistry, strategies)).pipe(
    Effect.provide(Layer.merge(readerOf(entries, failing), simulatedExecutors)),
    Effect.provideService(AppConfig, defaultConfig)
  )
