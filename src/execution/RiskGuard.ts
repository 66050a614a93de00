import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Context from "effect/Context"
import { AppConfig } from "../config/AppConfig.ts"
import { notionalOf } from "../core/portfolio.ts"
import { type Market } from "../domain/Market.ts"
import { type Order } from "../domain/Order.ts"
import { type Position } from "../domain/Position.ts"
import { type RiskLimits } from "../domain/Risk.ts"
import { type EpochMicros, MICROS_PER_DAY, utcDay } from "../domain/time.ts"
import { type Micros } from "../domain/units.ts"
import { MarketRepo } from "../ports/MarketRepo.ts"
import { RiskGuard, type RiskStatus, type RiskVerdict } from "../ports/RiskGuard.ts"
import { TradeRepo } from "../ports/TradeRepo.ts"
import {
  breakerMemoryUs,
  breakerPhase,
  type BreakerState,
  foldDecisions,
  isSettled,
  recentRejections
} from "../risk/breaker.ts"
import { checkTogether, type Exposure } from "../risk/bundle.ts"
import { limitsOf } from "../risk/limits.ts"

const ALL = Number.MAX_SAFE_INTEGER

/** One thing at stake: a position at cost, or what still rests at its limit. */
interface Stake {
  readonly strategy: string
  readonly eventId: string
  readonly marketId: string
  readonly notional: Micros
}

const stakesOf = (positions: ReadonlyArray<Position>, working: ReadonlyArray<Order>): ReadonlyArray<Stake> => [
  ...positions.map(({ cost, eventId, marketId, strategy }) => ({
    strategy,
    eventId,
    marketId,
    notional: Math.abs(cost)
  })),
  ...working
    .filter((order) => order.action === "open")
    .map(({ eventId, filledQty, limitPrice, marketId, qty, strategy }) => ({
      strategy,
      eventId,
      marketId,
      notional: notionalOf("whole", limitPrice, qty - filledQty)
    }))
]

const sumBy = <K>(stakes: ReadonlyArray<Stake>, keyOf: (stake: Stake) => K | null): ReadonlyMap<K, Micros> => {
  const sums = new Map<K, Micros>()
  for (const stake of stakes) {
    const key = keyOf(stake)
    if (key !== null && stake.notional !== 0) sums.set(key, (sums.get(key) ?? 0) + stake.notional)
  }
  return sums
}

const greatestFirst = (sums: ReadonlyMap<string, Micros>): ReadonlyArray<readonly [string, Micros]> =>
  [...sums].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))

const resolutionDay = (market: Market | undefined): number | null => {
  const endsUs = market?.endDateUs ?? null
  return endsUs === null ? null : utcDay(endsUs)
}

/** The breaker as its stored decisions leave it; reads further back until the past cannot matter any more. */
const breakerAt = (repo: Context.Tag.Service<TradeRepo>, limits: RiskLimits, nowUs: EpochMicros) =>
  Effect.gen(function* () {
    for (let memoryUs = breakerMemoryUs(limits); ; memoryUs *= 2) {
      const sinceUs = nowUs - memoryUs
      const decisions = yield* repo.decisionsSince(sinceUs)
      if (sinceUs <= 0 || isSettled(decisions, sinceUs, nowUs, limits)) return foldDecisions(decisions, limits)
    }
  })

interface Account {
  readonly exposure: Exposure
  readonly breaker: BreakerState
}

const make = Effect.gen(function* () {
  const repo = yield* TradeRepo
  const markets = yield* MarketRepo
  const limits = limitsOf((yield* AppConfig).risk)

  const byResolutionDay = (stakes: ReadonlyArray<Stake>) =>
    limits.maxResolutionDateNotional === null
      ? Effect.succeed(null)
      : Effect.map(markets.findAll([...new Set(stakes.map((stake) => stake.marketId))]), (known) =>
          sumBy(stakes, (stake) => resolutionDay(known.get(stake.marketId)))
        )

  const accountAt = (nowUs: EpochMicros) =>
    Effect.gen(function* () {
      const positions = yield* repo.positions
      const working = yield* repo.orders({ limit: ALL, status: "working", strategy: null })
      const realized = yield* repo.realizedSince(utcDay(nowUs) * MICROS_PER_DAY)
      const breaker = yield* breakerAt(repo, limits, nowUs)
      const stakes = stakesOf(positions, working)
      const exposure: Exposure = {
        realized,
        byStrategy: sumBy(stakes, (stake) => stake.strategy),
        byEvent: sumBy(stakes, (stake) => stake.eventId),
        byResolutionDay: yield* byResolutionDay(stakes),
        openOrders: working.length,
        breaker: breakerPhase(breaker, nowUs, limits),
        rejections: recentRejections(breaker, nowUs, limits)
      }
      const account: Account = { exposure, breaker }
      return account
    })

  return RiskGuard.of({
    check: (proposals, atUs) =>
      Effect.map(accountAt(atUs), ({ exposure }): RiskVerdict => {
        const { approved, decisions, refusedAt } = checkTogether(proposals, exposure, limits)
        return refusedAt === null
          ? { _tag: "Approved", orders: approved, decisions }
          : { _tag: "Refused", refusedAt, decisions }
      }),
    status: (atUs) =>
      Effect.map(accountAt(atUs), ({ breaker, exposure }): RiskStatus => ({
        atUs,
        limits,
        realizedToday: exposure.realized,
        strategies: greatestFirst(exposure.byStrategy).map(([strategy, notional]) => ({ strategy, notional })),
        events: greatestFirst(exposure.byEvent).map(([eventId, notional]) => ({ eventId, notional })),
        openOrders: exposure.openOrders,
        breaker: {
          phase: exposure.breaker,
          rejections: exposure.rejections,
          probeAtUs: exposure.breaker === "closed" ? null : breaker.openUntilUs
        }
      }))
  })
})

/** Risk against the stored portfolio: positions, working orders, today's realized PnL and the breaker's history. */
export const layer: Layer.Layer<RiskGuard, never, TradeRepo | MarketRepo | AppConfig> = Layer.effect(RiskGuard, make)
