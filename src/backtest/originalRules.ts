import { takerFee } from "../core/fees.ts"
import { primaryOf } from "../core/legs.ts"
import { matchAtTarget } from "../core/matching.ts"
import { type OrderRequest } from "../domain/Order.ts"
import { MICRO } from "../domain/units.ts"
import { checkOrder } from "../risk/check.ts"
import { type ReplaySignal } from "./bundles.ts"
import { type ReplayState } from "./ReplayState.ts"

/**
 * The original's way (`--compat original`): every signal is one order for its primary leg, filled at its own price, with
 * caps per (strategy, event), a loss limit and a breaker over the whole run, and naked shorts.
 */
export const replayOriginal = (state: ReplayState, signal: ReplaySignal): void => {
  const primary = primaryOf(signal)
  const request: OrderRequest = {
    strategy: signal.strategy,
    marketId: signal.marketId,
    eventId: signal.eventId,
    token: primary.token,
    side: signal.side,
    action: "open",
    limitPrice: primary.price * MICRO,
    qty: primary.qty * MICRO,
    tif: "ioc"
  }
  const match = matchAtTarget(request, state.board.quote(signal.marketId), state.fillModel)
  const result = checkOrder(
    request,
    match.price,
    {
      realized: state.account.realized,
      strategyNotional: state.account.strategyTally(signal.strategy).notional,
      eventNotional: state.account.eventTally(signal.strategy, signal.eventId).notional,
      reduces: false,
      breaker: state.rejections >= state.limits.circuitBreakerRejections ? "open" : "closed",
      rejections: state.rejections,
      openOrders: 0,
      midPrice: null,
      quoteAgeUs: null,
      resolutionDateNotional: null,
      scenario: null
    },
    state.limits,
    "fractional"
  )
  const decision = result.decision
  const reason = result._tag === "Refused" ? decision.text : match.qty > 0 ? "ok" : match.reason
  const allowed = reason === "ok"
  let fee = 0
  let realizedChange = 0
  if (allowed) {
    fee = takerFee(state.feeModel, null, "fractional", match.price, match.qty)
    const { eventId, marketId, side, strategy } = signal
    const { price, qty } = match
    realizedChange = state.fill({
      strategy,
      marketId,
      eventId,
      token: primary.token,
      side,
      price,
      qty,
      fee
    }).realizedChange
    state.executed += 1
  } else {
    state.rejections += 1
    state.countRejected(reason, 1)
  }
  state.record({
    atUs: 0,
    strategy: signal.strategy,
    eventId: signal.eventId,
    marketId: signal.marketId,
    token: primary.token,
    side: signal.side,
    leg: "primary",
    signalId: signal.id,
    qty: request.qty,
    executedQty: allowed ? match.qty : 0,
    fillRatio: allowed ? match.fillRatio : 0,
    fillProbability: allowed ? match.fillProbability : 0,
    slippageBps: match.slippageBps,
    targetPrice: primary.price,
    fillPrice: match.price,
    fee,
    realizedChange,
    strategyEquity: 0,
    eventEquity: 0,
    allowed,
    reason,
    risk: decision
  })
}
