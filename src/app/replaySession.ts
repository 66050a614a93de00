import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { DecisionComparison, type Parity } from "../backtest/DecisionComparison.ts"
import { AppConfig, type AppConfigShape } from "../config/AppConfig.ts"
import { InputError } from "../domain/errors.ts"
import { type StrategyId } from "../domain/ids.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type Micros } from "../domain/units.ts"
import { VERSION } from "../domain/version.ts"
import { addCounts, type CycleCounts, noCounts, type ProgramOptions } from "../engine/program.ts"
import { tradingProgram } from "../engine/tradingProgram.ts"
import { type TradingState } from "../engine/TradingState.ts"
import { StrategyRegistry } from "../ports/StrategyRegistry.ts"
import { readRecordedSession, type RecordedSession } from "./recordedSession.ts"
import { type RecordedSettings, recordedSettings } from "./recordedSettings.ts"
import { replayLayers } from "./replayLayers.ts"
import { onVirtualTime } from "./virtualClock.ts"

/** What a strategy had when the replay ended, micro-USDC. */
export interface ReplayedPnl {
  readonly strategy: StrategyId
  /** Since the session started. */
  readonly realized: Micros
  /** Of what is held, at the prices seen last. */
  readonly unrealized: Micros
}

/** What the program did when it was given a session's inputs again, and whether it was the same. */
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
const strategiesOf = <E>(strategies: Strategies<E>, sessionId: number, ids: ReadonlyArray<StrategyId>) =>
  Layer.flatMap(strategies, (context) =>
    Layer.effect(
      StrategyRegistry,
      Effect.suspend(() => {
        const known = new Map(Context.get(context, StrategyRegistry).map((strategy) => [strategy.id, strategy]))
        const strangers = ids.filter((id) => !known.has(id))
        if (strangers.length === 0) {
          return Effect.succeed(ids.flatMap((id) => known.get(id) ?? []))
        }
        const problem = `session ${sessionId} ran strategies that are not known here: ${strangers.join(", ")}`
        return Effect.fail(new InputError({ field: "--strategy-module", problem }))
      })
    )
  )

/** Keeps what the cycles did, also of a replay that ends in the middle of one. */
class Progress {
  cycles = 0
  totals = noCounts
  endedAtUs: EpochMicros
  private state: TradingState | null = null

  constructor(startedAtUs: EpochMicros) {
    this.endedAtUs = startedAtUs
  }

  readonly onCycle: NonNullable<ProgramOptions["onCycle"]> = (cycle, state) =>
    Effect.sync(() => {
      this.cycles += 1
      this.totals = addCounts(this.totals, cycle)
      this.endedAtUs = cycle.atUs
      this.state = state
    })

  /** By strategy, in alphabetical order. */
  pnl({ states }: RecordedSession): ReadonlyArray<ReplayedPnl> {
    const before = new Map<StrategyId, Micros>()
    for (const { realized, strategy } of states.get(1)?.positions ?? []) {
      before.set(strategy, (before.get(strategy) ?? 0) + realized)
    }
    const tallies = [...(this.state?.account.byStrategy ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
    return tallies.map(([strategy, { realized, unrealized }]) => ({
      strategy,
      realized: realized - (before.get(strategy) ?? 0),
      unrealized
    }))
  }
}

/** The configuration of the session: what decides orders is the session's, the rest does not matter. */
const configOf = (config: AppConfigShape, { config: own }: RecordedSettings): AppConfigShape => ({
  ...config,
  ...own,
  strategies: { ...own.strategies, modules: config.strategies.modules }
})

/** Runs the program on the session's inputs until they are at their end. */
const runAgain = <E>(
  session: RecordedSession,
  settings: RecordedSettings,
  comparison: DecisionComparison,
  strategies: Strategies<E>
) =>
  Effect.gen(function* () {
    const stop = yield* Deferred.make<void>()
    const exhausted = yield* Deferred.make<void>()
    const progress = new Progress(session.startedAtUs)
    const { confirmed, cooldownUs, intervalMs, maxSignals, mode } = settings
    const program = tradingProgram({
      ...{ mode, confirmed, intervalMs, maxSignals, cooldownUs, stop },
      strategies: settings.strategies,
      settings: {},
      onCycle: progress.onCycle
    })
    const unknown = Effect.zipRight(Deferred.succeed(exhausted, undefined), Effect.never)
    const config = configOf(yield* AppConfig, settings)
    yield* onVirtualTime(session.startedAtUs, (clock) =>
      Effect.raceFirst(program, Deferred.await(exhausted)).pipe(
        Effect.provide(
          Layer.merge(
            replayLayers(session, { clock, comparison, stop, unknown }),
            strategiesOf(strategies, session.sessionId, settings.strategies)
          )
        )
      )
    ).pipe(
      Effect.provideService(AppConfig, config),
      // What went wrong then is not wrong now.
      Logger.withMinimumLogLevel(LogLevel.None)
    )
    return progress
  })

/**
 * Runs the trading program again on what the journal says that a session was told: its data at its times, its settings,
 * its portfolio whenever it was read, its switches, what real venues said. Nothing but the journal is read and nothing is
 * stored. What it decides is compared with what the session decided.
 */
export const replaySession = <E>(sessionId: number, strategies: Strategies<E>) =>
  Effect.gen(function* () {
    const session = yield* readRecordedSession(sessionId)
    const settings = yield* recordedSettings(session)
    const comparison = new DecisionComparison(session.decisions, session.ended)
    const progress = yield* runAgain(session, settings, comparison, strategies)
    const parity = comparison.result()
    const { ended, startedAtUs } = session
    const { mode, version } = settings
    const { cycles, endedAtUs, totals } = progress
    const replay: SessionReplay = {
      ...{ sessionId, mode, version, startedAtUs, endedAtUs, ended, cycles, totals },
      pnl: progress.pnl(session),
      parity: withVersion(parity, version)
    }
    return replay
  })

/** Another version of the program may decide otherwise on purpose. */
const withVersion = (parity: Parity, version: string): Parity => {
  const { divergence } = parity
  if (divergence === null || version === VERSION) return parity
  const cause = `${divergence.cause} (recorded by version ${version}, replayed by ${VERSION})`
  return { ...parity, divergence: { ...divergence, cause } }
}
