import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Context from "effect/Context"
import { filledIn } from "../domain/Execution.ts"
import { isWorking, type Order } from "../domain/Order.ts"
import { emptyPortfolio, type Portfolio } from "../domain/Portfolio.ts"
import { madeSignal } from "../domain/Signal.ts"
import { type TradeRecorder } from "../ports/TradeRecorder.ts"
import { type OrderResult } from "../ports/TradeRepo.ts"
import { shares } from "../domain/units.ts"

/** Where a program without a database gets its portfolio from. */
export interface PortfolioSource {
  /** Asked once per cycle: whether the portfolio is to be taken over anew. */
  readonly changed: () => boolean
  readonly current: () => Portfolio
}

/** Nothing is held at the start, and no other process trades. */
export const startEmpty: PortfolioSource = { changed: () => false, current: () => emptyPortfolio }

/**
 * The trading program's memory in a backtest: numbers orders and signals, and keeps what can still fill. What was traded
 * goes to the ledger; memory grows with working orders only.
 */
export const memoryRecorder = (source: PortfolioSource): Context.Tag.Service<TradeRecorder> => {
  const working = new Map<number, Order>()
  let orders = 0
  let signals = 0

  const place = (result: OrderResult, atUs: number): Order => {
    orders += 1
    const { kind = "order", mode, reason, request, signalId, status } = result
    const order: Order = {
      ...request,
      id: orders,
      kind,
      mode,
      status,
      reason,
      signalId,
      externalId: result.externalId ?? null,
      filledQty: filledIn(result.fills),
      createdAtUs: atUs
    }
    if (isWorking(status)) working.set(order.id, order)
    return order
  }

  return {
    exclusively: (effect) => effect,
    positions: Effect.sync(() => {
      const { positions, working: resting } = source.current()
      working.clear()
      for (const order of resting) {
        working.set(order.id, order)
        orders = Math.max(orders, order.id)
      }
      return positions
    }),
    working: Effect.sync(() => source.current().working),
    realizedSince: () => Effect.sync(() => source.current().realizedToday),
    decisionsSince: () => Effect.sync(() => source.current().decisions),
    triedSince: () => Effect.sync(() => source.current().tried),
    equityPeak: Effect.sync(() => source.current().peak),
    raiseEquityPeak: () => Effect.void,
    takenSince: () => Effect.sync(() => source.current().taken),
    changedOutside: Effect.sync(source.changed),
    signals: (wanted, atUs) =>
      Effect.sync(() =>
        wanted.map((signal) => {
          signals += 1
          return madeSignal(signal, signals, atUs)
        })
      ),
    // No other process shares a backtest's signals, so a claim always succeeds.
    claim: () => Effect.succeed(true),
    release: () => Effect.void,
    // The engine settles a position once, and nothing else does.
    timesPaid: () => Effect.succeed(0),
    record: ({ atUs, results }) => Effect.sync(() => Option.some(results.map((result) => place(result, atUs)))),
    apply: ({ fills, orderId, reason, rest, status }) =>
      Effect.sync(() => {
        const order = working.get(orderId)
        if (order === undefined) return Option.none()
        const filledQty = shares(order.filledQty + filledIn(fills))
        const changed: Order = { ...order, status, reason, filledQty, rest: rest ?? order.rest ?? null }
        if (isWorking(status)) working.set(orderId, changed)
        else working.delete(orderId)
        return Option.some(changed)
      })
  }
}
