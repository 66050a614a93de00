import * as Effect from "effect/Effect"
import { emptyTally, type Tally } from "../../core/account/attribution.ts"
import { ratio } from "../../core/metrics.ts"
import { winRate } from "../../core/samples.ts"
import { type StoreError, type UnbalancedBooks } from "../../domain/errors.ts"
import { type StrategyId } from "../../domain/ids.ts"
import { type Order, type OrderStatus } from "../../domain/Order.ts"
import { rejectionLabel } from "../../domain/rejection.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { type Usdc, usdc } from "../../domain/units.ts"
import { type MarketRepo } from "../../ports/MarketRepo.ts"
import { TradeRepo } from "../../ports/TradeRepo.ts"
import { nowUs } from "../now.ts"
import { allAfterClose, loadTradeBook } from "../tradeBook.ts"

/** Ratios are 0 where there is nothing to divide by. Settlements are no orders of ours: they count as fills only. */
export interface TradeMetrics {
  readonly orders: number
  readonly byStatus: ReadonlyMap<OrderStatus, number>
  /** Orders that traded, wholly or in part / all orders. */
  readonly fillRate: number
  /** Shares that traded / shares of all orders that were not rejected. */
  readonly quantityFillRate: number
  /** Rejected orders / all orders. */
  readonly rejectionRate: number
  /** Rejected orders by the code of their reason, most frequent first. */
  readonly rejectionReasons: ReadonlyMap<string, number>
  /** Canceled orders likewise: those that found no counterparty, and those that were canceled on request. */
  readonly cancelReasons: ReadonlyMap<string, number>
  readonly fills: number
  /** Fills that closed quantity with a gain / with a loss, after fees. */
  readonly wins: number
  readonly losses: number
  /** wins / (wins + losses); null from a sample that is too small. */
  readonly winRate: number | null
  readonly realized: Usdc
  readonly fees: Usdc
  /**
   * Greatest fall from a running peak that starts at 0, micro-USDC. Points are realized PnL after every fill and, at the
   * end, equity at the newest prices: between fills the marks are not recorded.
   */
  readonly maxDrawdown: Usdc
  /** Trades after the exchange had closed their market, and what they gain at its payout. */
  readonly afterClose: { readonly fills: number; readonly pnl: Usdc }
}

export interface MetricsReport {
  readonly atUs: EpochMicros
  readonly total: TradeMetrics
  readonly strategies: ReadonlyArray<TradeMetrics & { readonly strategy: StrategyId }>
}

/** A leg that ended only because its bundle failed counts under the bundle, not under the reason of the failed leg. */
const reasonCode = (order: Order): string => (order.reason === null ? "no reason given" : rejectionLabel(order.reason))

const nothingLate: TradeMetrics["afterClose"] = { fills: 0, pnl: usdc(0) }

const mostFrequentFirst = (counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> =>
  new Map([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)))

const metricsOf = (
  orders: ReadonlyArray<Order>,
  tally: Tally,
  afterClose: TradeMetrics["afterClose"]
): TradeMetrics => {
  const byStatus = new Map<OrderStatus, number>()
  const rejections = new Map<string, number>()
  const cancels = new Map<string, number>()
  let traded = 0
  let wanted = 0
  let filled = 0
  for (const order of orders) {
    byStatus.set(order.status, (byStatus.get(order.status) ?? 0) + 1)
    if (order.filledQty > 0) traded += 1
    const reasons = order.status === "rejected" ? rejections : order.status === "canceled" ? cancels : null
    reasons?.set(reasonCode(order), (reasons.get(reasonCode(order)) ?? 0) + 1)
    if (order.status !== "rejected") {
      wanted += order.qty
      filled += order.filledQty
    }
  }
  return {
    orders: orders.length,
    byStatus,
    fillRate: ratio(traded, orders.length, 0),
    quantityFillRate: ratio(filled, wanted, 0),
    rejectionRate: ratio(byStatus.get("rejected") ?? 0, orders.length, 0),
    rejectionReasons: mostFrequentFirst(rejections),
    cancelReasons: mostFrequentFirst(cancels),
    fills: tally.tradeCount,
    wins: tally.wins,
    losses: tally.losses,
    winRate: winRate(tally),
    realized: tally.realized,
    fees: tally.fees,
    maxDrawdown: usdc(tally.drawdown.max),
    afterClose
  }
}

/** How well orders traded and what came of it, in all and by strategy. */
export const metricsReport: Effect.Effect<MetricsReport, StoreError | UnbalancedBooks, TradeRepo | MarketRepo> =
  Effect.gen(function* () {
    const repo = yield* TradeRepo
    const { account, afterClose, drawdown } = yield* loadTradeBook
    const all = yield* repo.orders({ limit: Number.MAX_SAFE_INTEGER, status: "all", strategy: null })
    const orders = all.filter((order) => order.kind !== "settlement")
    const tallies = [...account.byStrategy.values()]
    const sum = (of: (tally: Tally) => number): number => tallies.reduce((total, tally) => total + of(tally), 0)
    const total: Tally = {
      ...emptyTally(),
      realized: account.realized,
      tradeCount: sum((tally) => tally.tradeCount),
      wins: sum((tally) => tally.wins),
      losses: sum((tally) => tally.losses),
      fees: usdc(sum((tally) => tally.fees)),
      drawdown
    }
    const names = [...new Set([...orders.map(({ strategy }) => strategy), ...account.byStrategy.keys()])].sort()
    return {
      atUs: yield* nowUs,
      total: metricsOf(orders, total, allAfterClose(afterClose)),
      strategies: names.map((strategy) => ({
        strategy,
        ...metricsOf(
          orders.filter((order) => order.strategy === strategy),
          account.byStrategy.get(strategy) ?? emptyTally(),
          afterClose.get(strategy) ?? nothingLate
        )
      }))
    }
  })
