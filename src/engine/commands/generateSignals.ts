import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { marketView } from "../../core/marketView.ts"
import { type InputError, type StoreError } from "../../domain/errors.ts"
import { type DroppedSignal } from "../../domain/DroppedSignal.ts"
import { type StrategyId } from "../../domain/ids.ts"
import { type Signal } from "../../domain/Signal.ts"
import { MICROS_PER_MS } from "../../domain/time.ts"
import { MarketRepo } from "../../ports/MarketRepo.ts"
import { SignalRepo } from "../../ports/SignalRepo.ts"
import { StrategyRegistry } from "../../ports/StrategyRegistry.ts"
import { considerAll } from "../../strategies/registry.ts"
import { selectStrategies } from "../selectStrategies.ts"

export interface GenerateSignalsRequest {
  /** null: every strategy that runs by default. */
  readonly strategies: ReadonlyArray<StrategyId> | null
  /** How many open markets to look at, those seen last first. */
  readonly marketLimit: number
}

export interface GenerateSignalsReport {
  /** As stored, best score first. */
  readonly signals: ReadonlyArray<Signal>
  readonly strategies: ReadonlyArray<StrategyId>
  /** Edges that were seen and do not pay. */
  readonly dropped: ReadonlyArray<DroppedSignal>
  readonly marketCount: number
  /** There were more open markets than the limit. */
  readonly marketsLeftOut: boolean
}

/** Runs the strategies over the open markets and stores what they want, all of it or none. */
export const generateSignals = (
  request: GenerateSignalsRequest
): Effect.Effect<GenerateSignalsReport, InputError | StoreError, MarketRepo | SignalRepo | StrategyRegistry> =>
  Effect.gen(function* () {
    const strategies = yield* selectStrategies(yield* StrategyRegistry, request.strategies, "--strategies")
    const markets = yield* MarketRepo
    const listed = yield* markets.list({ limit: request.marketLimit + 1, status: "open" })
    const seen = listed.slice(0, request.marketLimit)
    const repo = yield* SignalRepo
    const atUs = (yield* Clock.currentTimeMillis) * MICROS_PER_MS
    // Rows written before a clock was set back are still the past.
    const view = marketView(
      seen,
      seen.reduce((newest, { updatedAtUs }) => Math.max(newest, updatedAtUs), atUs)
    )
    const considered = considerAll(strategies, view)
    const signals = yield* repo.insertAll(considered.signals, atUs)
    return {
      signals,
      dropped: considered.dropped,
      strategies: strategies.map(({ id }) => id),
      marketCount: seen.length,
      marketsLeftOut: listed.length > seen.length
    }
  })
