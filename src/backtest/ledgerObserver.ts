import { type LegRole } from "../domain/OrderIntent.ts"
import { type ProgramObserver } from "../engine/program.ts"
import { type RoutedOrder } from "../engine/routeBundle.ts"
import { type TradingState } from "../engine/TradingState.ts"
import { reasonText, rejectionText } from "../domain/rejection.ts"
import { type Signal } from "../domain/Signal.ts"
import { type EndedLeg, recordLeg, recordSettlement } from "./ledgerEntries.ts"
import { type EntryRisk } from "./LedgerRow.ts"
import { type ReplayState } from "./ReplayState.ts"

/** A switch decided before risk was asked. */
const notAsked: EntryRisk = {
  notional: 0,
  realizedBefore: 0,
  strategyNotionalBefore: 0,
  eventNotionalBefore: 0,
  rejectionsBefore: 0
}

/** Which leg of its signal an order is; a sale may have become a purchase of the other outcome. */
const roleOf = (signal: Signal | undefined, { order }: RoutedOrder): LegRole => {
  if (signal === undefined) return "primary"
  const legs = signal.legs.filter(({ marketId }) => marketId === order.marketId)
  return (legs.find(({ side, token }) => token === order.token && side === order.side) ?? legs[0])?.role ?? "primary"
}

const filledOf = ({ fills, realizedChanges }: RoutedOrder): EndedLeg["filled"] => {
  const [first] = fills
  if (first === undefined) return null
  const sum = (values: ReadonlyArray<number>): number => values.reduce((total, value) => total + value, 0)
  const qty = sum(fills.map((fill) => fill.qty))
  const price = fills.length === 1 ? first.price : sum(fills.map((fill) => fill.price * fill.qty)) / qty
  return { price, qty, fee: sum(fills.map(({ fee }) => fee)), realizedChange: sum(realizedChanges) }
}

/** Writes what the trading program does into a replay's ledger, with the account that the program keeps itself. */
export const ledgerObserver = (replay: ReplayState): ProgramObserver => {
  const follow = (state: TradingState): void => {
    replay.account = state.account
    replay.breaker = state.breaker
    replay.advance(state.nowUs)
  }
  return {
    onStart: (state) => {
      state.onNewDay = (atUs) => {
        replay.account = state.account
        replay.advance(atUs)
      }
    },
    onBundle: (state, signals, outcome) => {
      follow(state)
      replay.total += signals.length
      if (outcome._tag === "Superseded") return
      if (outcome._tag === "Accepted") replay.executed += signals.length
      else replay.countRejected(outcome.reason, rejectionText(outcome.reason), signals.length)
      for (const routed of outcome.orders) {
        const signal = signals.find(({ id }) => id === routed.order.signalId)
        const filled = filledOf(routed)
        const rejection = filled === null ? routed.order.reason : null
        recordLeg(replay, {
          request: routed.order,
          role: roleOf(signal, routed),
          signalId: routed.order.signalId,
          shown: routed.estimate?.shown ?? null,
          decision: routed.decision ?? notAsked,
          rejection,
          reason: filled === null ? reasonText(rejection) : "ok",
          filled
        })
      }
    },
    onSettlement: (state, holding, payout, fill) => {
      follow(state)
      recordSettlement(replay, holding, payout, fill)
    }
  }
}
