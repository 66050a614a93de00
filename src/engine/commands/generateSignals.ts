import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { marketView } from "../../core/marketView.ts"
import { type InputError, type StoreError } from "../../domain/errors.ts"
import { type DroppedSignal } from "../../domain/DroppedSignal.ts"
import { type StrategyId } from "../../domain/ids.ts"
import { isSimulated } from "../../domain/Order.ts"
import { attemptKey } from "../../domain/Attempt.ts"
import { signalGone } from "../../domain/rejection.ts"
import { type NewSignal, type Signal } from "../../domain/Signal.ts"
import { type EpochMicros, MICROS_PER_MS } from "../../domain/time.ts"
import { MarketRepo } from "../../ports/MarketRepo.ts"
import { SignalRepo } from "../../ports/SignalRepo.ts"
import { TradeRepo } from "../../ports/TradeRepo.ts"
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

/**
 * Marks the stored signals that the asked strategies no longer give, and takes back the orders on paper that rest for
 * them. A live order is taken back by `run`, which can ask the exchange.
 */
const withdrawGone = (
  asked: ReadonlyArray<StrategyId>,
  given: ReadonlyArray<NewSignal>,
  atUs: EpochMicros
): Effect.Effect<void, StoreError, SignalRepo | TradeRepo> =>
  Effect.gen(function* () {
    const trades = yield* TradeRepo
    yield* (yield* SignalRepo).withdraw({ asked, given, atUs })
    const kept = new Set(given.map(attemptKey))
    const working = yield* trades.orders({ limit: Number.MAX_SAFE_INTEGER, status: "working", strategy: null })
    for (const order of working) {
      const attempt = order.rest?.asked ?? null
      if (attempt === null || !isSimulated(order)) continue
      if (!asked.includes(attempt.strategy) || kept.has(attemptKey(attempt))) continue
      yield* trades.apply({ orderId: order.id, fills: [], status: "canceled", reason: signalGone, atUs })
    }
  })

/** Runs the strategies over the open markets and stores what they want, all of it or none. */
export const generateSignals = (
  request: GenerateSignalsRequest
): Effect.Effect<
  GenerateSignalsReport,
  InputError | StoreError,
  MarketRepo | SignalRepo | TradeRepo | StrategyRegistry
> =>
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
    const asked = strategies.map(({ id }) => id)
    yield* withdrawGone(asked, considered.signals, atUs)
    const signals = yield* repo.insertAll(considered.signals, atUs)
    return {
      signals,
      dropped: considered.dropped,
      strategies: asked,
      marketCount: seen.length,
      marketsLeftOut: listed.length > seen.length
    }
  })
