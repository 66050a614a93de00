import { type Holding } from "../core/account.ts"
import { type LegRole } from "../domain/OrderIntent.ts"
import { settlementFill } from "../core/settlement.ts"
import { type ShownFill } from "../domain/Execution.ts"
import { type Payout } from "../domain/Market.ts"
import { type OrderRequest } from "../domain/Order.ts"
import { type Rejection } from "../domain/rejection.ts"
import { type RiskDecision } from "../domain/Risk.ts"
import { fromMicros, type Micros } from "../domain/units.ts"
import { recentRejections } from "../risk/breaker.ts"
import { type EntryRisk } from "./LedgerRow.ts"
import { type ReplayState } from "./ReplayState.ts"

/** One leg of a bundle as it ended. Micro-units. */
export interface EndedLeg {
  readonly request: OrderRequest
  readonly role: LegRole
  readonly signalId: number | null
  /** What the market showed for it; null: nobody looked. */
  readonly shown: ShownFill | null
  readonly decision: EntryRisk | RiskDecision
  /** Why it did not trade, and its text: "ok" where it did. A replay makes a text once for the row and the count. */
  readonly rejection: Rejection | null
  readonly reason: string
  /** null: the bundle did not trade. */
  readonly filled: {
    readonly price: Micros
    readonly qty: Micros
    readonly fee: Micros
    readonly realizedChange: Micros
  } | null
}

/** Adds a leg to the ledger, at this moment, with the equity as it is now. */
export const recordLeg = (state: ReplayState, leg: EndedLeg): void => {
  const { filled, request, shown } = leg
  state.record({
    atUs: 0,
    strategy: request.strategy,
    eventId: request.eventId,
    marketId: request.marketId,
    token: request.token,
    side: request.side,
    leg: leg.role,
    signalId: leg.signalId,
    qty: request.qty,
    executedQty: filled?.qty ?? 0,
    fillRatio: filled === null ? 0 : (shown?.fillRatio ?? 1),
    fillProbability: filled === null ? 0 : (shown?.fillProbability ?? 1),
    slippageBps: shown?.slippageBps ?? state.fillModel.slippageBps,
    targetPrice: fromMicros(request.limitPrice),
    fillPrice: filled?.price ?? shown?.price ?? 0,
    fee: filled?.fee ?? 0,
    realizedChange: filled?.realizedChange ?? 0,
    strategyEquity: 0,
    eventEquity: 0,
    allowed: filled !== null,
    reason: leg.reason,
    rejection: leg.rejection,
    risk: leg.decision
  })
}

/** Nobody asks risk about a settlement; the row shows where the account stood after it. */
const settlementRisk = (state: ReplayState, { eventId, strategy }: Holding): EntryRisk => ({
  notional: 0,
  realizedBefore: state.realizedToday(),
  strategyNotionalBefore: state.account.strategyTally(strategy).notional,
  eventNotionalBefore: state.account.eventNotional.get(eventId) ?? 0,
  rejectionsBefore: recentRejections(state.breaker, state.nowUs, state.limits)
})

/** Adds the payout of one position to the ledger; `fill` carries it out. */
export const recordSettlement = (
  state: ReplayState,
  holding: Holding,
  payout: Payout,
  fill: (settlement: NonNullable<ReturnType<typeof settlementFill>>) => Micros
): void => {
  const settlement = settlementFill(holding, payout)
  if (settlement === null) return
  const { cost, qty } = holding.position
  const pays = fromMicros(settlement.price)
  const settled = state.settled.get(holding.strategy) ?? { squares: 0, count: 0 }
  const forecast = cost / qty
  settled.squares += (forecast - pays) * (forecast - pays)
  settled.count += 1
  state.settled.set(holding.strategy, settled)
  const realizedChange = fill(settlement)
  state.record({
    atUs: 0,
    strategy: holding.strategy,
    eventId: holding.eventId,
    marketId: holding.marketId,
    token: holding.token,
    side: settlement.side,
    leg: "settlement",
    signalId: null,
    qty: settlement.qty,
    executedQty: settlement.qty,
    fillRatio: 1,
    fillProbability: 1,
    slippageBps: 0,
    targetPrice: pays,
    fillPrice: settlement.price,
    fee: 0,
    realizedChange,
    strategyEquity: 0,
    eventEquity: 0,
    allowed: true,
    reason: "settlement",
    rejection: null,
    risk: settlementRisk(state, holding)
  })
}
