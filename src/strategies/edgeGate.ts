import { takerFee } from "../core/venue/fees.ts"
import { slippageBps } from "../core/venue/fillModel.ts"
import { placeable } from "../core/legs.ts"
import { LOT } from "../core/venue/matching.ts"
import { type ConsideredSignals, type DropReason, type DroppedSignal } from "../domain/DroppedSignal.ts"
import { type MarketId } from "../domain/ids.ts"
import { type VisibleMarket } from "../domain/MarketView.ts"
import { quoteOf } from "../domain/quote.ts"
import { type NewSignal, packageIdOf } from "../domain/Signal.ts"
import {
  BPS,
  fromMicros,
  MICRO,
  type MicroUnits,
  price,
  type Price,
  shares,
  type Shares,
  toMicros
} from "../domain/units.ts"
import { sizeProblem, type TradingCosts } from "./purchase.ts"
import { groupBy } from "./select.ts"

export interface EdgeGateParameters {
  readonly enabled: boolean
  /** Least edge that must be left after fees and slippage, USDC per share or set. */
  readonly min_net_edge: number
}

/** A purchase that a signal comes to when nothing is held. Micro-units. */
interface Order {
  readonly marketId: MarketId
  readonly limitPrice: Price
  readonly qty: Shares
}

const NOTHING_HELD = shares(0)

const ordersOf = (signals: ReadonlyArray<NewSignal>): ReadonlyArray<Order> =>
  signals
    .flatMap(({ legs }) => legs)
    .flatMap((leg) =>
      placeable(leg, NOTHING_HELD).map(({ limitPrice, marketId, qty }) => ({
        marketId,
        limitPrice,
        qty: shares(Math.floor(qty / LOT) * LOT)
      }))
    )

const limitsBelow = (payout: MicroUnits, orders: ReadonlyArray<Order>): MicroUnits =>
  orders.reduce((rest, { limitPrice }) => rest - limitPrice, payout)

/**
 * The edge that a signal claims if its orders fill at their limits, micro-USDC per share or set. A payload may state it
 * as `edge`. S1 and S2 state a difference of mid prices, of which their limits give some away: what is left is what the
 * set pays less the limits. Null: no edge is claimed.
 */
const claimedEdge = (signals: ReadonlyArray<NewSignal>, orders: ReadonlyArray<Order>): MicroUnits | null => {
  const [first] = signals
  const stated = first?.payload["edge"]
  if (typeof stated === "number" && Number.isFinite(stated)) return toMicros(stated)
  if (first?.strategy === "s1" && orders.length === 2) return limitsBelow(MICRO, orders)
  if (first?.strategy === "s2") {
    return limitsBelow(first.side === "buy" ? MICRO : (orders.length - 1) * MICRO, orders)
  }
  return null
}

/** Fee and slippage of an order that fills at its limit, micro-USDC. */
const costAtLimit = ({ limitPrice, qty }: Order, market: VisibleMarket, costs: TradingCosts): MicroUnits => {
  const worst = price(Math.ceil(limitPrice * (1 + slippageBps(costs.fills, quoteOf(market)) / BPS) - 1e-6))
  return ((worst - limitPrice) * qty) / MICRO + takerFee(costs.fees, market.fee, worst, qty)
}

interface Verdict {
  readonly gross: MicroUnits
  readonly net: MicroUnits | null
  readonly reason: DropReason | null
}

/** Signals that trade together; null when they claim no edge, and so cannot be judged. */
const judge = (
  signals: ReadonlyArray<NewSignal>,
  markets: ReadonlyMap<MarketId, VisibleMarket>,
  { min_net_edge }: EdgeGateParameters,
  costs: TradingCosts
): Verdict | null => {
  const orders = ordersOf(signals)
  const gross = claimedEdge(signals, orders)
  if (gross === null) return null
  const sets = Math.min(...orders.map(({ qty }) => qty))
  const problem = orders
    .map(({ limitPrice, qty }) => sizeProblem({ ask: limitPrice }, qty))
    .find((found) => found !== null)
  let cost = 0
  for (const order of orders) {
    const market = markets.get(order.marketId)
    if (market === undefined) return { gross, net: null, reason: "unknown market" }
    cost += costAtLimit(order, market, costs)
  }
  const net = sets > 0 ? gross - (cost * MICRO) / sets : null
  const reason =
    net === null
      ? "below minimum size"
      : net <= 0
        ? "edge does not pay fees and slippage"
        : net < toMicros(min_net_edge)
          ? "net edge below the minimum"
          : (problem ?? null)
  return { gross, net, reason }
}

/** Signals that trade together have one key; any other has one of its own. */
const bundleKey = (signal: NewSignal, index: number): string => packageIdOf(signal, 0) ?? String(index)

/**
 * Lets through what pays for itself: drops the signals whose claimed edge does not cover the market's own fees, slippage
 * and `min_net_edge`, or whose orders the exchange would refuse as too small. Baskets pass or fail whole. Signals that
 * claim no edge pass.
 */
export const edgeGate = (
  signals: ReadonlyArray<NewSignal>,
  markets: ReadonlyArray<VisibleMarket>,
  parameters: EdgeGateParameters,
  costs: TradingCosts
): ConsideredSignals => {
  const byId = new Map(markets.map((market) => [market.marketId, market]))
  const keyed = signals.map((signal, index) => ({ signal, key: bundleKey(signal, index) }))
  const refused = new Map<string, Verdict & { readonly reason: DropReason }>()
  for (const [key, bundle] of groupBy(keyed, (one) => one.key)) {
    const verdict = judge(
      bundle.map(({ signal }) => signal),
      byId,
      parameters,
      costs
    )
    if (verdict !== null && verdict.reason !== null) refused.set(key, { ...verdict, reason: verdict.reason })
  }
  const dropped = keyed.flatMap(({ key, signal }): ReadonlyArray<DroppedSignal> => {
    const verdict = refused.get(key)
    if (verdict === undefined) return []
    const { eventId, marketId, strategy } = signal
    const netEdge = verdict.net === null ? null : fromMicros(verdict.net)
    return [{ strategy, marketId, eventId, reason: verdict.reason, grossEdge: fromMicros(verdict.gross), netEdge }]
  })
  return { signals: keyed.filter(({ key }) => !refused.has(key)).map(({ signal }) => signal), dropped }
}
