import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AppConfig } from "../config/AppConfig.ts"
import { makerFee, venueFee } from "../core/venue/fees.ts"
import { type OrderHash, type OrderTrade, type ReportedTrade, type RestingOrder } from "../domain/LiveOrder.ts"
import { VenueUnavailable } from "../domain/errors.ts"
import { type EpochMicros, formatTime, MICROS_PER_SECOND } from "../domain/time.ts"
import { usdc } from "../domain/units.ts"
import { makeGuard } from "../policy/breaker.ts"
import { reconcileBreaker } from "../policy/venue.ts"
import { type LiveOrder, type LiveOrderChange, LiveOrderRepo } from "../ports/LiveOrderRepo.ts"
import { LiveVenue } from "../ports/LiveVenue.ts"
import { type SyncReport, VenueSync } from "../ports/VenueSync.ts"
import { nowUs } from "./now.ts"

/** Trades are asked from a while before the first order: clocks differ, and the times of trades are whole seconds. */
const MARGIN_US = 600 * MICROS_PER_SECOND

/** Only takers pay, by the schedule under which the order was signed. */
const withFees = ({ fee }: LiveOrder, trade: ReportedTrade): OrderTrade => ({
  ...trade,
  parts: trade.parts.map((part) => ({
    ...part,
    fee:
      trade.role === "maker"
        ? makerFee(fee, part.price, part.qty)
        : fee === null
          ? usdc(0)
          : venueFee(fee, part.price, part.qty)
  }))
})

const byOrder = (trades: ReadonlyArray<ReportedTrade>): ReadonlyMap<OrderHash, ReadonlyArray<ReportedTrade>> => {
  const found = new Map<OrderHash, Array<ReportedTrade>>()
  for (const trade of trades) {
    const known = found.get(trade.orderHash)
    if (known === undefined) found.set(trade.orderHash, [trade])
    else known.push(trade)
  }
  return found
}

/** Whether the order's own record lacks something of what the exchange shows. */
const isNews = ({ life }: LiveOrder, trades: ReadonlyArray<ReportedTrade>): boolean =>
  trades.some(({ state, tradeId }) => {
    const known = life.trades.get(tradeId)
    return known === undefined ? state !== "failed" : known.state !== state
  })

const make = Effect.gen(function* () {
  const venue = yield* LiveVenue
  const repo = yield* LiveOrderRepo
  const { live } = yield* AppConfig
  const absentAfterUs = live.absent_after_sec * MICROS_PER_SECOND

  const take = (
    order: LiveOrder,
    resting: RestingOrder | null,
    trades: ReadonlyArray<ReportedTrade>,
    lookedAtUs: EpochMicros
  ) =>
    Effect.gen(function* () {
      const evidence = { atUs: lookedAtUs, resting, trades: trades.map((trade) => withFees(order, trade)) }
      return yield* repo.advance(order.order.id, { _tag: "Looked", evidence, absentAfterUs }, yield* nowUs)
    })

  const guard = yield* makeGuard(reconcileBreaker)

  // What rests is read before the trades: an order that is gone from the book then has all its trades among them.
  const readAll = Effect.gen(function* () {
    const sinceUs = yield* repo.tradesSince
    const atUs = yield* nowUs
    const resting = yield* venue.resting
    const reported = yield* venue.trades(sinceUs)
    const trades = byOrder(reported)
    const tracked = yield* repo.tracked
    const known = yield* repo.byHash([...new Set([...resting.map(({ hash }) => hash), ...trades.keys()])])
    const onBook = new Map(resting.map((order) => [order.hash, order]))
    const orders = new Map<OrderHash, LiveOrder>(tracked.map((order) => [order.hash, order]))
    for (const [hash, order] of known) {
      if (!orders.has(hash) && (onBook.has(hash) || isNews(order, trades.get(hash) ?? []))) orders.set(hash, order)
    }
    const changes: Array<LiveOrderChange> = []
    for (const [hash, order] of orders) {
      const change = yield* take(order, onBook.get(hash) ?? null, trades.get(hash) ?? [], atUs)
      if (isChange(change)) changes.push(change)
    }
    yield* repo.markSynced(atUs)
    const foreign = reported.filter(({ orderHash }) => !known.has(orderHash))
    const report: SyncReport = {
      atUs,
      changes,
      unresolved: yield* repo.unresolved,
      foreignOrders: resting.filter(({ hash }) => !known.has(hash)).length,
      foreignTrades: new Set(foreign.map(({ tradeId }) => tradeId)).size
    }
    return report
  })

  const sync = guard(readAll, {
    reasonOf: (error) => (error._tag === "VenueUnavailable" ? error.message : null),
    refused: ({ lastReason }, openUntilUs) =>
      new VenueUnavailable({
        operation: "reconciliation",
        detail: `not asked before ${formatTime(openUntilUs)}, after failures in a row: ${lastReason}`,
        nothingSent: true
      })
  })

  // Looking for a single order is not kept back: what became of it has to be known before anything else is sent.
  const look = (orders: ReadonlyArray<LiveOrder>) =>
    Effect.gen(function* () {
      if (orders.length === 0) return []
      const atUs = yield* nowUs
      const resting = yield* Effect.forEach(orders, ({ hash }) => venue.order(hash), { concurrency: 4 })
      const oldestUs = orders.reduce((oldest, { life }) => Math.min(oldest, life.stagedAtUs), atUs)
      const trades = byOrder(yield* venue.trades(Math.max(0, oldestUs - MARGIN_US)))
      return yield* Effect.forEach(
        orders,
        (order, index) => take(order, resting[index] ?? null, trades.get(order.hash) ?? [], atUs),
        { concurrency: 1 }
      )
    })

  return VenueSync.of({ sync, look })
})

const isChange = ({ added, after, before, reversed }: LiveOrderChange): boolean =>
  added.length > 0 ||
  reversed.length > 0 ||
  after.order.status !== before.order.status ||
  after.life.trades.size !== before.life.trades.size ||
  [...after.life.trades].some(([id, { state }]) => before.life.trades.get(id)?.state !== state)

/** Where nothing but this program changes orders, there is nothing to see. */
export const none: Layer.Layer<VenueSync> = Layer.succeed(
  VenueSync,
  VenueSync.of({
    sync: Effect.map(nowUs, (atUs) => ({ atUs, changes: [], unresolved: [], foreignOrders: 0, foreignTrades: 0 })),
    look: () => Effect.succeed([])
  })
)

export const layer: Layer.Layer<VenueSync, never, LiveVenue | LiveOrderRepo | AppConfig> = Layer.effect(VenueSync, make)
