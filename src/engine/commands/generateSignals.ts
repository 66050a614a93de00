import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type AppConfig } from "../../config/AppConfig.ts"
import { marketView } from "../../core/marketView.ts"
import { type InputError, type StoreError } from "../../domain/errors.ts"
import { type DroppedSignal } from "../../domain/DroppedSignal.ts"
import { type Freshness, maxQuoteAge } from "../../domain/Freshness.ts"
import { type StrategyId } from "../../domain/ids.ts"
import { confirmedAt } from "../../domain/looks.ts"
import { type Market } from "../../domain/Market.ts"
import { isSimulated } from "../../domain/Order.ts"
import { attemptKey } from "../../domain/Attempt.ts"
import { signalGone } from "../../domain/rejection.ts"
import { type NewSignal, type Signal } from "../../domain/Signal.ts"
import { type EpochMicros, MICROS_PER_MS } from "../../domain/time.ts"
import { LookRepo } from "../../ports/LookRepo.ts"
import { MarketRepo } from "../../ports/MarketRepo.ts"
import { SignalRepo } from "../../ports/SignalRepo.ts"
import { TradeRepo } from "../../ports/TradeRepo.ts"
import { StrategyRegistry } from "../../ports/StrategyRegistry.ts"
import { considerAll } from "../../strategies/registry.ts"
import { selectStrategies } from "../selectStrategies.ts"
import { storedFreshness } from "../storedFreshness.ts"

export interface GenerateSignalsRequest {
  /** null: every strategy that runs by default. */
  readonly strategies: ReadonlyArray<StrategyId> | null
  /** How many open markets to look at, those seen last first. */
  readonly marketLimit: number
  /** Rows that are too old: strategies do not see them, or see them all the same (the default). They are counted. */
  readonly staleRows?: "left out" | "seen"
  /** How old a row may be; absent: as configured, for a command of its own. */
  readonly freshness?: Freshness
}

export interface GenerateSignalsReport {
  /** As stored, best score first. */
  readonly signals: ReadonlyArray<Signal>
  readonly strategies: ReadonlyArray<StrategyId>
  /** Edges that were seen and do not pay. */
  readonly dropped: ReadonlyArray<DroppedSignal>
  readonly marketCount: number
  /** How many of them are older than the limit. */
  readonly staleCount: number
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

/** Whether what is stored of a market is too old: neither it nor a look of its source is newer than the limit. */
const staleness = (markets: ReadonlyArray<Market>, { limit, setting }: Freshness, atUs: EpochMicros) =>
  Effect.map(
    Effect.flatMap(LookRepo, ({ confirmationsOf }) => confirmationsOf(markets.map(({ marketId }) => marketId))),
    (confirmations) => {
      const confirmed = confirmedAt(confirmations)
      return (market: Market): boolean => {
        const seenUs = Math.max(market.updatedAtUs, confirmed(market) ?? market.updatedAtUs)
        return setting !== null && atUs - seenUs > maxQuoteAge(limit, market.source)
      }
    }
  )

/** Runs the strategies over the open markets and stores what they want, all of it or none. */
export const generateSignals = (
  request: GenerateSignalsRequest
): Effect.Effect<
  GenerateSignalsReport,
  InputError | StoreError,
  AppConfig | LookRepo | MarketRepo | SignalRepo | TradeRepo | StrategyRegistry
> =>
  Effect.gen(function* () {
    const strategies = yield* selectStrategies(yield* StrategyRegistry, request.strategies, "--strategies")
    const markets = yield* MarketRepo
    const listed = yield* markets.list({ limit: request.marketLimit + 1, status: "open" })
    const seen = listed.slice(0, request.marketLimit)
    const repo = yield* SignalRepo
    const atUs = (yield* Clock.currentTimeMillis) * MICROS_PER_MS
    const isStale = yield* staleness(seen, request.freshness ?? (yield* storedFreshness()), atUs)
    const stale = new Set(seen.filter(isStale))
    // Rows written before a clock was set back are still the past.
    const view = marketView(
      seen,
      seen.reduce((newest, { updatedAtUs }) => Math.max(newest, updatedAtUs), atUs),
      (market) => request.staleRows !== "left out" || !stale.has(market)
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
      staleCount: stale.size,
      marketsLeftOut: listed.length > seen.length
    }
  })
