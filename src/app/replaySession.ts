import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { DecisionComparison, type Parity } from "../backtest/DecisionComparison.ts"
import { AppConfig, type AppConfigShape } from "../config/AppConfig.ts"
import { venueModelOf } from "../core/venue/simulateFill.ts"
import { InputError, StoreError } from "../domain/errors.ts"
import { type EngineEvent } from "../domain/EngineEvent.ts"
import { type JournalRecord } from "../domain/Journal.ts"
import { type StrategyId } from "../domain/ids.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type Usdc, usdc } from "../domain/units.ts"
import { VERSION } from "../domain/version.ts"
import { type EngineSettings } from "../engine/EngineSettings.ts"
import { EngineState } from "../engine/EngineState.ts"
import { packagePolicyOf } from "../engine/packages/packagePolicy.ts"
import { type CycleCounts, noCounts } from "../engine/program.ts"
import { CycleCounter } from "../engine/session/CycleCounter.ts"
import { eventOf, lookOf } from "../engine/session/journal/decode.ts"
import { factEntries, JOURNAL_FORMAT } from "../engine/session/journal/encode.ts"
import { SyncRunner } from "../engine/SyncRunner.ts"
import { decodeMarkets, type KnownMarkets } from "../ingest/decodeMarkets.ts"
import { Executors } from "../ports/Executor.ts"
import { JournalReader } from "../ports/Journal.ts"
import { type Strategy, StrategyRegistry } from "../ports/StrategyRegistry.ts"
import { guardOf } from "../risk/guard.ts"
import { limitsOf } from "../risk/limits.ts"
import { readRecordedSession, type RecordedSession, recordsOf } from "./recordedSession.ts"
import { type RecordedSettings, recordedSettings } from "./recordedSettings.ts"

/** What a strategy had when the replay ended, micro-USDC. */
export interface ReplayedPnl {
  readonly strategy: StrategyId
  /** Since the session started. */
  readonly realized: Usdc
  /** Of what is held, at the prices seen last. */
  readonly unrealized: Usdc
}

/** What the engine did when it was given a session's events again, and whether it was the same. */
export interface SessionReplay {
  readonly sessionId: number
  readonly mode: RecordedSettings["mode"]
  readonly startedAtUs: EpochMicros
  readonly endedAtUs: EpochMicros
  /** The session was stopped in an orderly way; false: it was interrupted, or still runs. */
  readonly ended: boolean
  /** Of the program that recorded it. */
  readonly version: string
  readonly cycles: number
  /** Sums over its cycles. */
  readonly totals: CycleCounts
  readonly pnl: ReadonlyArray<ReplayedPnl>
  readonly parity: Parity
}

/** Where the strategies come from; it is asked with the parameters of the session. */
export type Strategies<E> = Layer.Layer<StrategyRegistry, E, AppConfig>

/** Those of the session, in its order. */
const strategiesOf = (
  known: ReadonlyArray<Strategy>,
  sessionId: number,
  ids: ReadonlyArray<StrategyId>
): Effect.Effect<ReadonlyArray<Strategy>, InputError> => {
  const byId = new Map(known.map((strategy) => [strategy.id, strategy]))
  const missing = ids.filter((id) => !byId.has(id))
  if (missing.length === 0) return Effect.succeed(ids.flatMap((id) => byId.get(id) ?? []))
  const problem = `session ${sessionId} ran strategies that are not known here: ${missing.join(", ")}`
  return new InputError({ field: "--strategy-module", problem })
}

/** The configuration of the session: what decides orders is the session's, the rest does not matter. */
const configOf = (config: AppConfigShape, { config: own }: RecordedSettings): AppConfigShape => ({
  ...config,
  ...own,
  strategies: { ...own.strategies, modules: config.strategies.modules }
})

const settingsOf = <E>(session: RecordedSession, settings: RecordedSettings, strategies: Strategies<E>) =>
  Effect.gen(function* () {
    const config = configOf(yield* AppConfig, settings)
    const context = yield* Layer.build(strategies).pipe(Effect.provideService(AppConfig, config))
    const registry = Context.get(context, StrategyRegistry)
    const { capabilities } = (yield* Executors)[settings.mode]
    const { execution, risk } = config
    const engine: EngineSettings = {
      mode: settings.mode,
      venue: capabilities,
      model: venueModelOf(execution),
      ...guardOf(limitsOf(risk)),
      ...packagePolicyOf(execution),
      strategies: yield* strategiesOf(registry, session.sessionId, settings.strategies),
      freshness: settings.freshness,
      confirmed: settings.confirmed,
      maxSignals: settings.maxSignals,
      cooldownUs: settings.cooldownUs
    }
    return engine
  })

/** In a session that recorded no looks, market data itself was the answer. */
const answerOf = ({ atUs }: JournalRecord, events: ReadonlyArray<EngineEvent>): ReadonlyArray<EngineEvent> =>
  events.length === 0 ? [] : [{ kind: "look", atUs, seenUs: atUs, source: "", answered: true, confirmed: [] }]

/** Reads a session's inputs back, in order: market data refers to markets by numbers that earlier records define. */
class InputReader {
  private readonly known: Array<KnownMarkets[number]> = []
  private readonly recordsLooks: boolean

  constructor(recordsLooks: boolean) {
    this.recordsLooks = recordsLooks
  }

  read(record: JournalRecord): Either.Either<ReadonlyArray<EngineEvent>, StoreError> {
    if (record.kind === "look") return Either.map(lookOf(record, this.known), (look) => [look])
    if (record.kind !== "markets") return Either.map(eventOf(record), (event) => (event === null ? [] : [event]))
    return Either.mapBoth(decodeMarkets(record.body, this.known), {
      onLeft: (problem) =>
        new StoreError({ operation: "read the journal", detail: `record ${record.seq} (markets): ${problem}` }),
      onRight: ({ added, events }) => {
        for (const market of added) this.known.push(market)
        return this.recordsLooks ? events : [...events, ...answerOf(record, events)]
      }
    })
  }
}

/** What a replay keeps: counts, and what each strategy had realized before. */
class Progress {
  cycles = 0
  readonly counter = new CycleCounter()
  private readonly before = new Map<StrategyId, Usdc>()
  private started = false

  see(event: EngineEvent): void {
    if (event.kind === "market" || event.kind === "resolution") this.counter.see(1, [])
    if (event.kind === "timer") this.cycles += 1
    if (event.kind !== "account" || this.started) return
    this.started = true
    for (const { realized, strategy } of event.portfolio.positions) {
      this.before.set(strategy, usdc((this.before.get(strategy) ?? 0) + realized))
    }
  }

  /** By strategy, in alphabetical order. */
  pnl({ account }: EngineState): ReadonlyArray<ReplayedPnl> {
    const tallies = [...account.byStrategy].sort(([a], [b]) => (a < b ? -1 : 1))
    return tallies.map(([strategy, { realized, unrealized }]) => ({
      strategy,
      realized: usdc(realized - (this.before.get(strategy) ?? 0)),
      unrealized
    }))
  }
}

/** Gives the session's events to the engine again, in their order, and compares what comes of them. */
const runAgain = (session: RecordedSession, settings: EngineSettings, recordsLooks: boolean) =>
  Effect.gen(function* () {
    const comparison = new DecisionComparison(session.facts, session.ended)
    const progress = new Progress()
    const state = new EngineState(settings, session.startedAtUs)
    const runner = new SyncRunner({
      state,
      keepsEvidence: false,
      onFact: (fact) => {
        progress.counter.take(fact)
        for (const entry of factEntries(fact)) comparison.take(entry)
      },
      // What an exchange said is in the journal; the orders themselves go nowhere.
      onSubmit: settings.venue.foresees ? null : () => undefined
    })
    const inputs = new InputReader(recordsLooks)
    const records = recordsOf(yield* JournalReader, session.sessionId, session.lastSeq)
    yield* Stream.runForEach(records, (record) =>
      Effect.map(inputs.read(record), (events) => {
        for (const event of events) {
          progress.see(event)
          runner.push(event)
        }
      })
    )
    runner.reach(session.lastAtUs)
    return { comparison, progress, state }
  })

/**
 * Runs the engine again on a session's events: its data, its portfolio whenever it was read, its switches, what an
 * exchange said. Nothing but the journal is read and nothing is stored. What comes of them is compared with what the
 * session made of them.
 */
export const replaySession = <E>(sessionId: number, strategies: Strategies<E>) =>
  Effect.gen(function* () {
    const session = yield* readRecordedSession(sessionId)
    const { ended, format, lastAtUs, startedAtUs } = session
    const recorded = yield* recordedSettings(session)
    const { mode, version } = recorded
    if (format < JOURNAL_FORMAT) {
      const problem = `recorded by format ${format} (version ${version}): not replayed`
      return yield* new InputError({ field: `session ${sessionId}`, problem })
    }
    const { comparison, progress, state } = yield* runAgain(
      session,
      yield* settingsOf(session, recorded, strategies),
      recorded.recordsLooks
    )
    const replay: SessionReplay = {
      ...{ sessionId, mode, version, startedAtUs, endedAtUs: lastAtUs, ended },
      cycles: progress.cycles,
      totals: { ...noCounts, ...progress.counter.counts() },
      pnl: progress.pnl(state),
      parity: withVersion(comparison.result(), version)
    }
    return replay
  }).pipe(Effect.scoped)

/** Another version of the program may decide otherwise on purpose. */
const withVersion = (parity: Parity, version: string): Parity => {
  const { divergence } = parity
  if (divergence === null || version === VERSION) return parity
  const cause = `${divergence.cause} (recorded by version ${version}, replayed by ${VERSION})`
  return { ...parity, divergence: { ...divergence, cause } }
}
