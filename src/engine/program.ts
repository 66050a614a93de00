import type * as Deferred from "effect/Deferred"
import type * as Effect from "effect/Effect"
import { type AppConfig } from "../config/AppConfig.ts"
import { type Fact } from "../domain/Fact.ts"
import { type Freshness } from "../domain/Freshness.ts"
import { type StrategyId } from "../domain/ids.ts"
import { type JsonObject } from "../domain/json.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type Executors, type OrderMode } from "../ports/Executor.ts"
import { type Feed } from "../ports/Feed.ts"
import { type Journal } from "../ports/Journal.ts"
import { type RiskGuard } from "../ports/RiskGuard.ts"
import { type StrategyRegistry } from "../ports/StrategyRegistry.ts"
import { type TradeRecorder } from "../ports/TradeRecorder.ts"
import { type TradingSwitches } from "../ports/TradingSwitches.ts"
import { type VenueSync } from "../ports/VenueSync.ts"
import { type EngineState } from "./EngineState.ts"

/** The ports that the trading program needs. */
export type ProgramServices =
  | AppConfig
  | Executors
  | OrderMode
  | Feed
  | Journal
  | RiskGuard
  | StrategyRegistry
  | TradeRecorder
  | TradingSwitches
  | VenueSync

/** Sees what the engine does as it does it; plain functions, called synchronously. A backtest's ledger is one. */
export interface ProgramObserver {
  readonly onStart: (state: EngineState) => void
  /** Called while the state is as the fact describes it. */
  readonly onFact: (fact: Fact) => void
}

export interface ProgramOptions {
  /** `--confirm-live` for the whole session. */
  readonly confirmed: boolean
  /** null: every strategy of the registry that runs by default. */
  readonly strategies: ReadonlyArray<StrategyId> | null
  /** From the end of a cycle to the start of the next. */
  readonly intervalMs: number
  /** Signals traded per cycle, best score first; the others are left. */
  readonly maxSignals: number
  /** What a strategy asks for in one market and side is not tried again for this long. */
  readonly cooldownUs: EpochMicros
  /** Done when the program is to end; it finishes what it is doing. null: it ends with its feed. */
  readonly stop: Deferred.Deferred<void> | null
  /** What a replay needs to know besides: configuration and version. */
  readonly settings: JsonObject
  /** Absent: as configured, by the interval alone. */
  readonly freshness?: Freshness
  readonly observer?: ProgramObserver
  readonly onCycle?: (report: CycleReport, state: EngineState) => Effect.Effect<void>
}

/** What one cycle did. */
export interface CycleReport {
  atUs: EpochMicros
  events: number
  /** Signals that were traded or refused. */
  signals: number
  /** Signals that were left: in their cooldown, or beyond the limit of a cycle. */
  skipped: number
  /** Open markets that the strategies did not see, because what is known of them is too old. */
  stale: number
  /** Cycles in which no source answered, so that nothing was opened: 1 or 0 of a single one. */
  unanswered: number
  executed: number
  rejected: number
  /** Resting orders that later data changed. */
  updates: number
  settlements: number
  alarms: number
  /** What the feed could not collect. */
  problems: ReadonlyArray<string>
  /** What ended the cycle's trading: a switch, or that the own orders could not be seen; null: nothing. */
  stoppedBy: string | null
  /** The feed has nothing more. */
  ended: boolean
}

const counts = [
  "events",
  "signals",
  "skipped",
  "executed",
  "rejected",
  "updates",
  "settlements",
  "alarms",
  "unanswered"
] as const

/** What cycles count. */
export type CycleCounts = Pick<CycleReport, (typeof counts)[number]>

export const noCounts: CycleCounts = {
  events: 0,
  signals: 0,
  skipped: 0,
  executed: 0,
  rejected: 0,
  updates: 0,
  settlements: 0,
  alarms: 0,
  unanswered: 0
}

/** The counts of several cycles together. */
export const addCounts = (a: CycleCounts, b: CycleCounts): CycleCounts => {
  const sum = { ...noCounts }
  for (const name of counts) sum[name] = a[name] + b[name]
  return sum
}

export const emptyCycle = (
  atUs: EpochMicros,
  events: number,
  problems: ReadonlyArray<string>,
  ended: boolean
): CycleReport => ({
  ...noCounts,
  atUs,
  events,
  stale: 0,
  problems,
  stoppedBy: null,
  ended
})
