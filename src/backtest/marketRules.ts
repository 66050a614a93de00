import { placeable, type PlacedLeg } from "../core/legs.ts"
import { LOT, type VenueRules } from "../core/matching.ts"
import { type MarketQuote } from "../core/quote.ts"
import { type VenueModel } from "../core/simulatedVenue.ts"
import { assessOrders, estimateOf, type VenueLookup, type VenueMarket } from "../core/snapshotVenue.ts"
import { type Estimate } from "../domain/Execution.ts"
import { type MarketId } from "../domain/ids.ts"
import { type LegRole, type OrderIntent } from "../domain/OrderIntent.ts"
import { type Payout } from "../domain/Market.ts"
import { type OrderRequest } from "../domain/Order.ts"
import { marketResolved, packageIncomplete, type Rejection, rejectionText } from "../domain/rejection.ts"
import { type BundleRefusal, type Exposure } from "../domain/RiskVerdict.ts"
import { type SignalRow } from "../ports/HistoryReader.ts"
import { breakerPhase, recentRejections, recordDecision } from "../risk/breaker.ts"
import { decideBundle } from "../risk/bundle.ts"
import { type EndedLeg, recordLeg, recordSettlement } from "./ledgerEntries.ts"
import { type ReplayState } from "./ReplayState.ts"

/** One order of a bundle, and which leg of which signal it is. */
interface Candidate {
  readonly signal: SignalRow
  readonly role: LegRole
  readonly request: OrderRequest
}

/** Orders from signals take liquidity: tick and minimum size bind resting orders only. */
const NO_RULES: VenueRules = { tickSize: null, minOrderSize: null }

/** A market of the replay as the simulated venue knows it; its quote is the board's own, which moves with time. */
interface ReplayMarket extends VenueMarket {
  quote: MarketQuote | null
}

/** What every bundle of a replay asks: the markets, the venue's parameters, what is at stake. Made once, read live. */
export interface Desk {
  readonly state: ReplayState
  readonly markets: Map<MarketId, ReplayMarket>
  readonly lookup: VenueLookup
  readonly model: VenueModel
  readonly exposure: Exposure
}

const marketIn = (state: ReplayState, marketId: MarketId): ReplayMarket => {
  const rules = state.rules.get(marketId)
  const resolved = state.resolved.has(marketId)
  return {
    quote: null,
    shut: resolved ? marketResolved : null,
    ended: resolved,
    fee: rules?.fee ?? null,
    rules: NO_RULES,
    conditionId: rules?.conditionId ?? null,
    endDateUs: null
  }
}

const exposureOf = (state: ReplayState): Exposure => ({
  get realized() {
    return state.realizedToday()
  },
  strategyNotional: (strategy) => state.account.byStrategy.get(strategy)?.notional ?? 0,
  eventNotional: (eventId) => state.account.eventNotional.get(eventId) ?? 0,
  resolutionDayNotional: null,
  openOrders: 0,
  get breaker() {
    return breakerPhase(state.breaker, state.nowUs, state.limits)
  },
  get rejections() {
    return recentRejections(state.breaker, state.nowUs, state.limits)
  },
  scenario: state.scenario?.preview ?? null
})

export const deskOf = (state: ReplayState): Desk => {
  const markets = new Map<MarketId, ReplayMarket>()
  return {
    state,
    markets,
    lookup: (marketId) => {
      let market = markets.get(marketId)
      if (market === undefined) markets.set(marketId, (market = marketIn(state, marketId)))
      market.quote ??= state.board.quote(marketId)
      return market
    },
    model: { fills: state.fillModel, fees: state.feeModel },
    exposure: exposureOf(state)
  }
}

const eventOf = (state: ReplayState, signal: SignalRow, marketId: string): string =>
  marketId === signal.marketId ? signal.eventId : (state.rules.get(marketId)?.eventId ?? signal.eventId)

const ordersOf = (state: ReplayState, signal: SignalRow, leg: OrderIntent): ReadonlyArray<Candidate> => {
  const held = state.account.holding(signal.strategy, leg.marketId, leg.token)?.position.qty ?? 0
  return placeable(leg, held).map((placed) => ({ signal, role: leg.role, request: requestOf(state, signal, placed) }))
}

/** Most bundles are one signal with one leg: nothing is put together for it. */
const candidatesOf = (state: ReplayState, bundle: ReadonlyArray<SignalRow>): ReadonlyArray<Candidate> => {
  const [signal] = bundle
  if (signal === undefined) return []
  if (bundle.length > 1) return bundle.flatMap((one) => candidatesOf(state, [one]))
  const { legs } = signal
  const [leg] = legs
  return legs.length === 1 && leg !== undefined
    ? ordersOf(state, signal, leg)
    : legs.flatMap((one) => ordersOf(state, signal, one))
}

const requestOf = (state: ReplayState, signal: SignalRow, placed: PlacedLeg): OrderRequest => ({
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

/** The bundle as the market shows it now. */
const look = ({ lookup, model, state }: Desk, candidates: ReadonlyArray<Candidate>): ReadonlyArray<Estimate> => {
  const orders = candidates.map(({ request }) => request)
  return assessOrders(orders, lookup, model, false).map((seen) => estimateOf(seen, state.nowUs))
}

/** What the leg at `index` says of a refused bundle: the one that failed its own reason, the others which one that was. */
const reasonOf = (refusal: BundleRefusal, index: number, candidates: ReadonlyArray<Candidate>): Rejection =>
  refusal.at === index ? refusal.reason : packageIncomplete(candidates[refusal.at]?.request ?? null, refusal.reason)

const execute = (state: ReplayState, { request }: Candidate, { shown }: Estimate): EndedLeg["filled"] => {
  if (shown === null) return null
  const { fee, price, qty } = shown
  const { eventId, marketId, side, strategy, token } = request
  const { realizedChange } = state.fill({ strategy, marketId, eventId, token, side, price, qty, fee })
  return { price, qty, fee, realizedChange }
}

const conclude = (state: ReplayState, signals: number, refusal: BundleRefusal | null, text: string): void => {
  if (refusal === null) state.executed += signals
  else state.countRejected(refusal.reason, text, signals)
  if (refusal !== null && !refusal.counts) return
  state.breaker = recordDecision(state.breaker, { atUs: state.nowUs, rejected: refusal !== null }, state.limits)
}

/**
 * One bundle against the market: the venue, the risk decision and the order of questions are those of paper and live
 * trading (`core/snapshotVenue`, `risk/bundle`); here they run without anything to wait for. Either all legs fill or none
 * does. The leg that failed carries its reason, the others say which bundle they belonged to.
 */
export const replayBundle = (desk: Desk, bundle: ReadonlyArray<SignalRow>): void => {
  const { exposure, state } = desk
  const candidates = candidatesOf(state, bundle)
  const estimates = look(desk, candidates)
  const { decisions, refusal } = decideBundle(estimates, exposure, state.limits)
  const text = refusal === null ? "ok" : rejectionText(refusal.reason)
  conclude(state, bundle.length, refusal, text)
  let index = -1
  for (const candidate of candidates) {
    index += 1
    const decision = decisions[index]
    const estimate = estimates[index]
    if (decision === undefined || estimate === undefined) continue
    const rejection = refusal === null ? null : reasonOf(refusal, index, candidates)
    recordLeg(state, {
      request: candidate.request,
      role: candidate.role,
      signalId: candidate.signal.id,
      shown: estimate.shown,
      decision,
      rejection,
      reason: rejection === null || rejection === refusal?.reason ? text : rejectionText(rejection),
      filled: refusal === null ? execute(state, candidate, estimate) : null
    })
  }
}

/** Settles every position of a resolved market at its payout; each is a ledger row with the reason `settlement`. */
export const settleMarket = ({ markets, state }: Desk, marketId: MarketId, payout: Payout): void => {
  state.resolved.set(marketId, payout)
  markets.delete(marketId)
  for (const holding of state.account.holdingsOf(marketId)) {
    recordSettlement(state, holding, payout, (settlement) => state.fill(settlement).realizedChange)
  }
}
