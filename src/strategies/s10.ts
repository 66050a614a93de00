import { type ConsideredSignals, type DropReason, type DroppedSignal } from "../domain/DroppedSignal.ts"
import { type Token } from "../domain/ids.ts"
import { type VisibleMarket } from "../domain/MarketView.ts"
import { type NewSignal } from "../domain/Signal.ts"
import { fromMicros, MICRO, toMicros } from "../domain/units.ts"
import {
  grossOf,
  insideRange,
  intentOf,
  legOf,
  type Purchase,
  purchaseOf,
  type SetLimits,
  shareCost,
  sizeOf,
  sizeProblem,
  type TradingCosts,
  weighSet,
  type WeighedSet
} from "./purchase.ts"
import { freshestContracts, groupBy, openMarkets } from "./select.ts"

export interface S10Parameters extends SetLimits {
  /** Also run when no strategy is named. */
  readonly enabled: boolean
  /** Least profit of a set after all costs, USDC. */
  readonly min_edge: number
  /** Also buy every YES of an event: certain only when the listed outcomes are all there are. */
  readonly yes_sets: boolean
  /** A set of YES that is cheaper than 1 by more than this is taken for one with outcomes missing, USDC. */
  readonly max_yes_gap: number
}

/** What an event offers for one token, and why nothing came of it. */
interface Candidate {
  readonly token: Token
  readonly purchases: ReadonlyArray<Purchase>
  readonly set: WeighedSet
  readonly problem: DropReason | null
}

const isPurchase = (purchase: Purchase | null): purchase is Purchase => purchase !== null

/** At most one outcome wins, so NOs of k outcomes pay at least k - 1: also when the winner is not among them. */
const noPayout = (purchases: ReadonlyArray<Purchase>): number => (purchases.length - 1) * MICRO

/**
 * NOs of those outcomes that add to the profit; any two or more will do. Null when even all of them, at their asks, cost
 * what they pay.
 */
const noSet = (
  contracts: ReadonlyArray<VisibleMarket>,
  parameters: S10Parameters,
  costs: TradingCosts
): Candidate | null => {
  const all = contracts
    .filter(({ acceptingOrders }) => acceptingOrders !== false)
    .map((market) => purchaseOf(market, "NO", costs, false))
    .filter(isPurchase)
  const worth = (purchases: ReadonlyArray<Purchase>) =>
    purchases.length > 1 && grossOf(purchases, noPayout(purchases)) > 0
  if (!worth(all)) return null
  const inRange = all.filter((purchase) => insideRange(purchase, parameters))
  const payable = inRange.filter((purchase) => sizeProblem(purchase, sizeOf(purchase, parameters)) === null)
  const useful = payable.filter((purchase) => shareCost(purchase, costs) < MICRO)
  const purchases = worth(useful) ? useful : all
  const set = weighSet(purchases, noPayout(purchases), parameters.min_edge, parameters, costs)
  const problem = !worth(inRange)
    ? "price outside the range"
    : !worth(payable)
      ? "below minimum notional"
      : !worth(useful)
        ? "edge does not pay fees and slippage"
        : set.problem
  return { token: "NO", purchases, set, problem }
}

/** YES of every outcome: pays 1 if one of them wins. Null when an ask is missing or the set costs what it pays. */
const yesSet = (
  contracts: ReadonlyArray<VisibleMarket>,
  parameters: S10Parameters,
  costs: TradingCosts
): Candidate | null => {
  const purchases = contracts
    .filter(({ acceptingOrders }) => acceptingOrders !== false)
    .map((market) => purchaseOf(market, "YES", costs, false))
    .filter(isPurchase)
  const gap = grossOf(purchases, MICRO)
  if (purchases.length < 2 || purchases.length < contracts.length || gap <= 0) return null
  const set = weighSet(purchases, MICRO, parameters.min_edge, parameters, costs)
  const problem =
    gap > toMicros(parameters.max_yes_gap)
      ? "outcomes may be missing"
      : purchases.every((purchase) => insideRange(purchase, parameters))
        ? set.problem
        : "price outside the range"
  return { token: "YES", purchases, set, problem }
}

const signalFor = (eventId: string, { purchases, set, token }: Candidate): ReadonlyArray<NewSignal> => {
  const { grossEdge, netEdge, qty } = set
  const [first] = purchases
  if (first === undefined) return []
  const liquidity = Math.min(...purchases.map(({ market }) => market.liquidity))
  const payout = token === "YES" ? 1 : purchases.length - 1
  return [
    {
      strategy: "s10",
      marketId: first.market.marketId,
      eventId,
      side: "buy",
      score: netEdge * (1 + liquidity / 2000),
      confidence: Math.min(0.95, 0.5 + netEdge),
      targetPrice: fromMicros(first.ask),
      sizeHint: fromMicros(qty),
      rationale:
        `${token} of ${purchases.length} outcomes asks ${(payout - grossEdge).toFixed(4)} in all and pays ` +
        `${token === "YES" ? "" : "at least "}${payout}: ${netEdge.toFixed(4)} are left after fees and slippage.`,
      legs: purchases.map((purchase) => intentOf(purchase, qty)),
      style: "aggressive",
      basket: false,
      payload: {
        event_id: eventId,
        set: token,
        edge: grossEdge,
        net_edge: netEdge,
        payout,
        legs: purchases.map((purchase) => legOf(purchase, qty))
      }
    }
  ]
}

const droppedFor = (
  eventId: string,
  { purchases, set }: Candidate,
  reason: DropReason
): ReadonlyArray<DroppedSignal> => {
  const { grossEdge, netEdge } = set
  return purchases
    .slice(0, 1)
    .map(({ market: { marketId } }) => ({ strategy: "s10", marketId, eventId, reason, grossEdge, netEdge }))
}

/**
 * The event's outcomes, each once. Rows without a condition id beside another source's rows may be outcomes that are
 * there already, and a NO that counts twice loses twice; `whole` says that none had to be left out.
 */
const outcomesOf = (
  rows: ReadonlyArray<VisibleMarket>
): { readonly contracts: ReadonlyArray<VisibleMarket>; readonly whole: boolean } => {
  const oneSource = rows.every(({ source }) => source === rows[0]?.source)
  const known = oneSource ? rows : rows.filter(({ conditionId }) => conditionId !== null)
  return { contracts: freshestContracts(known), whole: known.length === rows.length }
}

/** Neg-risk sets, with those that cost less than they pay and were left all the same. */
export const considerS10 = (
  markets: ReadonlyArray<VisibleMarket>,
  parameters: S10Parameters,
  costs: TradingCosts
): ConsideredSignals => {
  const signals: Array<NewSignal> = []
  const dropped: Array<DroppedSignal> = []
  const legs = openMarkets(markets).filter(({ eventId, negRisk }) => negRisk && eventId !== "unknown")
  for (const [eventId, rows] of groupBy(legs, (market) => market.eventId)) {
    const { contracts, whole } = outcomesOf(rows)
    const yes = parameters.yes_sets && whole ? yesSet(contracts, parameters, costs) : null
    for (const candidate of [noSet(contracts, parameters, costs), yes]) {
      if (candidate === null) continue
      if (candidate.problem === null) signals.push(...signalFor(eventId, candidate))
      else dropped.push(...droppedFor(eventId, candidate, candidate.problem))
    }
  }
  return { signals, dropped }
}

/**
 * Neg-risk conversion arbitrage: of the outcomes of such an event one wins, so NOs of k outcomes pay k - 1 and YES of all
 * of them pays 1. A set is bought as a whole, where it costs less with everything.
 */
export const s10 = (
  markets: ReadonlyArray<VisibleMarket>,
  parameters: S10Parameters,
  costs: TradingCosts
): ReadonlyArray<NewSignal> => considerS10(markets, parameters, costs).signals
