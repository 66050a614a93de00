import { type Estimate } from "../../domain/Execution.ts"
import { type MarketId } from "../../domain/ids.ts"
import { type OrderRequest } from "../../domain/Order.ts"
import {
  marketClosed,
  marketResolved,
  noLiquidity,
  noMarketDataYet,
  notAcceptingOrders,
  type Rejection
} from "../../domain/rejection.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { oneBookProblem } from "../legs.ts"
import { type BoardMarket, quoteAge } from "../MarketBoard.ts"
import { type Shares, shares } from "../../domain/units.ts"
import { takenBy } from "./displayedSize.ts"
import { midPrice } from "./quote.ts"
import { orderRefusal, simulateFill, type VenueFill, type VenueModel } from "./simulateFill.ts"

/** A market by its id as it was seen last; undefined: it was never seen. */
export type MarketLookup = (marketId: MarketId) => BoardMarket | undefined

/** Why no order trades in this market, for good or for now; null: orders do trade. */
export const closedReason = ({ payout, quote }: BoardMarket): Rejection | null =>
  payout !== null
    ? marketResolved
    : quote.status === "closed"
      ? marketClosed
      : quote.acceptingOrders === false
        ? notAcceptingOrders
        : null

const isThin = (order: OrderRequest, fill: VenueFill | null): boolean =>
  order.tif === "ioc" && fill !== null && fill.reason === noLiquidity

const noMatchOf = (order: OrderRequest, fill: VenueFill | null, closed: Rejection | null): Estimate["noMatch"] => {
  if (order.tif !== "ioc") return null
  if (closed !== null) return { status: "rejected", reason: closed }
  if (fill === null || fill.reason === null || fill.reason === noLiquidity) return null
  return { status: "canceled", reason: fill.reason }
}

const refusalOf = (
  order: OrderRequest,
  market: BoardMarket | undefined,
  fill: VenueFill | null,
  closed: Rejection | null
): Estimate["refusal"] => {
  if (isThin(order, fill)) return { reason: noLiquidity, countsAsRejection: true }
  // In a market that was never seen an order cannot rest either.
  const reason = closed ?? (market === undefined ? noMarketDataYet : orderRefusal(order, market.rules))
  return reason === null ? null : { reason, countsAsRejection: false }
}

const noSchedule = { fee: null }

const takenIn = (market: BoardMarket | undefined, { side, token }: OrderRequest): Shares =>
  market === undefined ? shares(0) : takenBy(market, token, side)

/**
 * What risk needs to know about an order, from the newest quote of its market: the expected price, or the limit where no
 * fill is to be expected. `noMatch` and `refusal` say what the simulated venue would make of it.
 */
export const expectOrder = (
  order: OrderRequest,
  market: BoardMarket | undefined,
  closed: Rejection | null,
  model: VenueModel,
  strict: boolean,
  atUs: EpochMicros
): Estimate => {
  const quote = market?.quote ?? null
  const fill =
    closed !== null
      ? null
      : simulateFill(order, quote, market?.instrument ?? noSchedule, model, strict, takenIn(market, order))
  return {
    order,
    // A resting order may have to pay its limit; an immediate one pays what the market takes now.
    price: order.tif === "ioc" && fill !== null && fill.price > 0 ? fill.price : order.limitPrice,
    midPrice: quote === null ? null : midPrice(quote, order.token),
    source: market?.instrument.source ?? null,
    quoteAgeUs: market === undefined ? null : quoteAge(market, atUs),
    resolvesAtUs: market?.instrument.endDateUs ?? null,
    noMatch: noMatchOf(order, fill, closed),
    refusal: refusalOf(order, market, fill, closed),
    shown: fill
  }
}

/** The orders of one package as the engine's own quotes show them at `atUs`. `strict`: no fill is worse than the limit. */
export const expectOrders = (
  orders: ReadonlyArray<OrderRequest>,
  find: MarketLookup,
  model: VenueModel,
  strict: boolean,
  atUs: EpochMicros
): ReadonlyArray<Estimate> => {
  const [only] = orders
  if (only !== undefined && orders.length === 1) {
    const market = find(only.marketId)
    return [expectOrder(only, market, market === undefined ? null : closedReason(market), model, strict, atUs)]
  }
  const conditionOf = (id: MarketId): string | null => find(id)?.instrument.conditionId ?? null
  const estimates: Array<Estimate> = []
  for (const order of orders) {
    const at = estimates.length
    const market = find(order.marketId)
    const closed =
      market === undefined
        ? null
        : (closedReason(market) ?? (at === 0 ? null : oneBookProblem(orders, at, conditionOf)))
    estimates.push(expectOrder(order, market, closed, model, strict, atUs))
  }
  return estimates
}
