import { takerFee } from "../core/fees.ts"
import { type LegRole, legsOf, oneBookProblem, placeable, type PlacedLeg } from "../core/legs.ts"
import { LOT, type Match, matchSnapshot, NO_LIQUIDITY, venueRefusal, type VenueRules } from "../core/matching.ts"
import { midPrice } from "../core/quote.ts"
import { type OrderRequest } from "../domain/Order.ts"
import { type RiskDecision } from "../domain/Risk.ts"
import { fromMicros, type Micros, toMicros } from "../domain/units.ts"
import { breakerPhase, recentRejections, recordDecision } from "../risk/breaker.ts"
import { checkOrder } from "../risk/check.ts"
import { type ReplaySignal } from "./bundles.ts"
import { type EntryRisk } from "./LedgerRow.ts"
import { type ReplayState } from "./ReplayState.ts"

/** One order of a bundle with what the market would give for it. */
interface Candidate {
  readonly signal: ReplaySignal
  readonly role: LegRole
  readonly request: OrderRequest
  readonly reduces: boolean
  readonly match: Match
}

/** Why a bundle does not trade. Only what risk refused, or liquidity could not carry, counts for the breaker. */
interface Refusal {
  readonly at: number
  readonly reason: string
  readonly counts: boolean
}

/** Orders from signals take liquidity: tick and minimum size bind resting orders only. */
const NO_RULES: VenueRules = { tickSize: null, minOrderSize: null }

const eventOf = (state: ReplayState, signal: ReplaySignal, marketId: string): string =>
  marketId === signal.marketId ? signal.eventId : (state.rules.get(marketId)?.eventId ?? signal.eventId)

const addCandidates = (state: ReplayState, signal: ReplaySignal, candidates: Array<Candidate>): void => {
  for (const leg of legsOf(signal)) {
    const held = state.account.holding(signal.strategy, leg.marketId, leg.token)?.position.qty ?? 0
    for (const placed of placeable(leg, held)) {
      const request = requestOf(state, signal, placed)
      const match = matchSnapshot(request, state.board.quote(leg.marketId), state.fillModel)
      candidates.push({ signal, role: leg.role, request, reduces: placed.reduces, match })
    }
  }
}

const requestOf = (state: ReplayState, signal: ReplaySignal, placed: PlacedLeg): OrderRequest => ({
  strategy: signal.strategy,
  marketId: placed.marketId,
  eventId: eventOf(state, signal, placed.marketId),
  token: placed.token,
  side: placed.side,
  action: placed.reduces ? "close" : "open",
  limitPrice: placed.limitPrice,
  // The exchange takes sizes in hundredths of a share.
  qty: placed.reduces ? placed.qty : Math.floor(placed.qty / LOT) * LOT,
  tif: "ioc"
})

/** Risk sees what earlier legs of the same bundle will add, and so their sum. */
const decide = (
  state: ReplayState,
  candidate: Candidate,
  earlier: ReadonlyArray<Candidate>,
  decisions: ReadonlyArray<RiskDecision>
): RiskDecision => {
  const { match, reduces, request } = candidate
  const quote = state.board.quote(request.marketId)
  const price = match.price > 0 ? match.price : request.limitPrice
  let pendingStrategy = 0
  let pendingEvent = 0
  for (const [index, decision] of decisions.entries()) {
    const leg = earlier[index]
    if (leg === undefined || leg.reduces) continue
    pendingStrategy += decision.notional
    if (leg.request.eventId === request.eventId) pendingEvent += decision.notional
  }
  return checkOrder(
    request,
    price,
    {
      realized: state.realizedToday(),
      strategyNotional: state.account.strategyTally(request.strategy).notional + pendingStrategy,
      eventNotional: (state.account.eventNotional.get(request.eventId) ?? 0) + pendingEvent,
      reduces,
      breaker: breakerPhase(state.breaker, state.nowUs, state.limits),
      rejections: recentRejections(state.breaker, state.nowUs, state.limits),
      openOrders: 0,
      midPrice: quote === null ? null : midPrice(quote, request.token),
      quoteAgeUs: quote === null ? null : state.nowUs - quote.atUs,
      resolutionDateNotional: null
    },
    state.limits
  ).decision
}

const twinProblem = (state: ReplayState, candidates: ReadonlyArray<Candidate>, at: number): string | null =>
  oneBookProblem(
    candidates.map(({ request }) => request),
    at,
    (marketId) => state.rules.get(marketId)?.conditionId ?? null
  )

const refusalOf = (
  state: ReplayState,
  candidates: ReadonlyArray<Candidate>,
  candidate: Candidate,
  decision: RiskDecision,
  at: number
): Refusal | null => {
  const { match, reduces, request } = candidate
  if (state.resolved.has(request.marketId)) return { at, reason: "market resolved", counts: false }
  const twin = at === 0 ? null : twinProblem(state, candidates, at)
  if (twin !== null) return { at, reason: twin, counts: false }
  if (match.qty === 0 && match.reason !== NO_LIQUIDITY) return { at, reason: match.reason, counts: false }
  if (!decision.allowed) return { at, reason: decision.text, counts: decision.code !== "circuit breaker open" }
  if (match.qty === 0) return { at, reason: match.reason, counts: true }
  const { limitPrice, qty } = request
  const refusal = reduces ? null : venueRefusal({ limitPrice, qty, resting: false }, NO_RULES)
  return refusal === null ? null : { at, reason: refusal, counts: false }
}

/** Records one leg as it ended; `filled` is null when the bundle did not trade. */
const recordLeg = (
  state: ReplayState,
  candidate: Candidate,
  risk: RiskDecision,
  reason: string,
  filled: { readonly fee: Micros; readonly realizedChange: Micros } | null
): void => {
  const { match, request, role, signal } = candidate
  const traded = filled !== null
  state.record({
    atUs: 0,
    strategy: request.strategy,
    eventId: request.eventId,
    marketId: request.marketId,
    token: request.token,
    side: request.side,
    leg: role,
    signalId: signal.id,
    qty: request.qty,
    executedQty: traded ? match.qty : 0,
    fillRatio: traded ? match.fillRatio : 0,
    fillProbability: traded ? match.fillProbability : 0,
    slippageBps: match.slippageBps,
    targetPrice: fromMicros(request.limitPrice),
    fillPrice: match.price,
    fee: traded ? filled.fee : 0,
    realizedChange: traded ? filled.realizedChange : 0,
    strategyEquity: 0,
    eventEquity: 0,
    allowed: traded,
    reason,
    risk
  })
}

const execute = (state: ReplayState, candidate: Candidate, decision: RiskDecision): void => {
  const { match, request } = candidate
  const { price, qty } = match
  const schedule = state.rules.get(request.marketId)?.fee ?? null
  const fee = takerFee(state.feeModel, schedule, "whole", price, qty)
  const { eventId, marketId, side, strategy, token } = request
  const { realizedChange } = state.fill({ strategy, marketId, eventId, token, side, price, qty, fee })
  recordLeg(state, candidate, decision, "ok", { fee, realizedChange })
}

/**
 * One bundle against the market: every leg is matched at the market's price, risk is asked about their sum, and either
 * all fill or none does. The leg that failed carries its reason, the others say which bundle they belonged to.
 */
export const replayBundle = (state: ReplayState, bundle: ReadonlyArray<ReplaySignal>): void => {
  const candidates: Array<Candidate> = []
  for (const signal of bundle) addCandidates(state, signal, candidates)
  const decisions: Array<RiskDecision> = []
  let refusal: Refusal | null = null
  for (const [index, candidate] of candidates.entries()) {
    const decision = decide(state, candidate, candidates, decisions)
    decisions.push(decision)
    refusal ??= refusalOf(state, candidates, candidate, decision, index)
  }
  settleBreaker(state, refusal)
  conclude(state, bundle.length, refusal)
  for (const [index, candidate] of candidates.entries()) {
    const decision = decisions[index]
    if (decision === undefined) continue
    if (refusal === null) execute(state, candidate, decision)
    else recordLeg(state, candidate, decision, reasonFor(refusal, index, candidates), null)
  }
}

const reasonFor = (refusal: Refusal, index: number, candidates: ReadonlyArray<Candidate>): string => {
  if (refusal.at === index) return refusal.reason
  const failed = candidates[refusal.at]?.request
  return `bundle incomplete: ${failed === undefined ? "" : `${failed.marketId} ${failed.token}: `}${refusal.reason}`
}

const conclude = (state: ReplayState, signals: number, refusal: Refusal | null): void => {
  if (refusal === null) state.executed += signals
  else state.countRejected(refusal.reason, signals)
}

const settleBreaker = (state: ReplayState, refusal: Refusal | null): void => {
  if (refusal !== null && !refusal.counts) return
  if (refusal !== null) state.rejections += 1
  state.breaker = recordDecision(state.breaker, { atUs: state.nowUs, rejected: refusal !== null }, state.limits)
}

/** Settles every position of a resolved market at its payout; each is a ledger row with the reason `settlement`. */
export const settleMarket = (
  state: ReplayState,
  marketId: string,
  payout: { readonly yes: number; readonly no: number }
): void => {
  state.resolved.set(marketId, payout)
  for (const holding of state.account.holdingsOf(marketId)) {
    const { cost, qty } = holding.position
    if (qty === 0) continue
    const pays = holding.token === "YES" ? payout.yes : payout.no
    const price = toMicros(pays)
    const settled = state.settled.get(holding.strategy) ?? { squares: 0, count: 0 }
    const forecast = cost / qty
    settled.squares += (forecast - pays) * (forecast - pays)
    settled.count += 1
    state.settled.set(holding.strategy, settled)
    const { eventId, strategy, token } = holding
    const side = qty > 0 ? "sell" : "buy"
    const { realizedChange } = state.fill({
      strategy,
      marketId,
      eventId,
      token,
      side,
      price,
      qty: Math.abs(qty),
      fee: 0,
      settlement: true
    })
    state.record({
      atUs: 0,
      strategy,
      eventId,
      marketId,
      token,
      side,
      leg: "settlement",
      signalId: null,
      qty: Math.abs(qty),
      executedQty: Math.abs(qty),
      fillRatio: 1,
      fillProbability: 1,
      slippageBps: 0,
      targetPrice: pays,
      fillPrice: price,
      fee: 0,
      realizedChange,
      strategyEquity: 0,
      eventEquity: 0,
      allowed: true,
      reason: "settlement",
      risk: settlementRisk(state, strategy, eventId)
    })
  }
}

/** Nobody asks risk about a settlement; the row shows where the account stood after it. */
const settlementRisk = (state: ReplayState, strategy: string, eventId: string): EntryRisk => ({
  notional: 0,
  realizedBefore: state.realizedToday(),
  strategyNotionalBefore: state.account.strategyTally(strategy).notional,
  eventNotionalBefore: state.account.eventNotional.get(eventId) ?? 0,
  rejectionsBefore: recentRejections(state.breaker, state.nowUs, state.limits)
})
