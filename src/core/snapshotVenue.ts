import { type Estimate, type ExecutionResult, type OrderUpdate, type ReportedFill } from "../domain/Execution.ts"
import { type MarketId } from "../domain/ids.ts"
import { type FeeSchedule, type Market } from "../domain/Market.ts"
import { isWorking, type Order, type OrderRequest } from "../domain/Order.ts"
import { quoteOf } from "../domain/quote.ts"
import { marketClosed, noLiquidity, noMarketData, packageIncomplete, type Rejection } from "../domain/rejection.ts"
import { type EpochMicros, MICROS_PER_SECOND } from "../domain/time.ts"
import { fromMicros, type Micros } from "../domain/units.ts"
import { makerFee, takerFee } from "./fees.ts"
import { oneBookProblem } from "./legs.ts"
import { LOT, type VenueRules } from "./matching.ts"
import { floorMulDiv } from "./mulDiv.ts"
import { type MarketQuote, midPrice, oppositePrice } from "./quote.ts"
import {
  endsOrders,
  marketRefusal,
  orderRefusal,
  rulesOfMarket,
  simulateFill,
  type VenueFill,
  type VenueModel
} from "./simulatedVenue.ts"

/** A market as the simulated venue knows it at one moment. */
export interface VenueMarket {
  /** null: nothing was seen yet. */
  readonly quote: MarketQuote | null
  /** Why nothing trades there; null when it does. */
  readonly shut: Rejection | null
  /** Orders that rest in it are gone for good. */
  readonly ended: boolean
  readonly fee: FeeSchedule | null
  readonly rules: VenueRules
  readonly conditionId: string | null
  readonly endDateUs: EpochMicros | null
}

/** undefined: nobody has heard of the market. */
export type VenueLookup = (marketId: MarketId) => VenueMarket | undefined

export const venueMarketOf = (market: Market): VenueMarket => ({
  quote: quoteOf(market),
  shut: marketRefusal(market),
  ended: endsOrders(market),
  fee: market.fee,
  rules: rulesOfMarket(market),
  conditionId: market.conditionId,
  endDateUs: market.endDateUs
})

/** What the venue makes of one order. */
export interface Assessment {
  readonly order: OrderRequest
  readonly market: VenueMarket | undefined
  /** What the market would give for it; null when nothing trades there. */
  readonly fill: VenueFill | null
  /** Why nothing trades there; null when it does. */
  readonly shut: Rejection | null
}

interface FilledLeg extends Assessment {
  readonly market: VenueMarket
  readonly fill: VenueFill
}

const isFilledLeg = (leg: Assessment): leg is FilledLeg =>
  leg.market !== undefined && leg.fill !== null && leg.fill.qty > 0 && Number.isSafeInteger(leg.order.qty)

/** A fill made smaller: `of` shares of every `per` that were ordered, in whole lots. Nothing is left of less than one. */
const scaledFill = (
  leg: FilledLeg,
  { fill: { fillRatio, qty: of }, order: { qty: per } }: FilledLeg,
  model: VenueModel
) => {
  const { fill, market, order } = leg
  const qty = Math.floor(Math.min(fill.qty, floorMulDiv(order.qty, of, per)) / LOT) * LOT
  if (qty === 0) return { ...fill, qty, fillRatio: 0, fee: 0, reason: noLiquidity }
  const fee = takerFee(model.fees, market.fee, fill.price, qty)
  return { ...fill, qty, fillRatio: Math.min(fill.fillRatio, fillRatio), fee }
}

/**
 * Orders that trade together fill in one proportion, that of the leg of which the market takes the smallest share: what
 * the others could have on top would be held without its counter legs.
 */
const balanced = (assessments: ReadonlyArray<Assessment>, model: VenueModel): ReadonlyArray<Assessment> => {
  if (assessments.length === 1 || !assessments.every(isFilledLeg)) return assessments
  const [first, ...rest] = assessments
  if (first === undefined) return assessments
  let least = first
  for (const leg of rest) if (leg.fill.qty * least.order.qty < least.fill.qty * leg.order.qty) least = leg
  if (least.fill.qty === least.order.qty) return assessments
  return assessments.map((leg) => ({ ...leg, fill: scaledFill(leg, least, model) }))
}

/**
 * Looks at orders that trade together; `strict`: no fill is worse than the limit. What is shown of them here is what
 * their estimates say, what a replay takes, and what carrying them out gives.
 */
export const assessOrders = (
  orders: ReadonlyArray<OrderRequest>,
  lookup: VenueLookup,
  model: VenueModel,
  strict: boolean
): ReadonlyArray<Assessment> => {
  const assessments = orders.map((order, index): Assessment => {
    const market = lookup(order.marketId)
    const shut: Rejection | null =
      market === undefined
        ? { code: "unknown market", by: "venue", market: order.marketId }
        : (market.shut ?? (index === 0 ? null : oneBookProblem(orders, index, (id) => lookup(id)?.conditionId ?? null)))
    const fill = market === undefined || shut !== null ? null : simulateFill(order, market.quote, market, model, strict)
    return { order, market, fill, shut }
  })
  return balanced(assessments, model)
}

const isThin = ({ fill, order }: Assessment): boolean => order.tif === "ioc" && fill?.reason?.code === noLiquidity.code

const noMatchOf = ({ fill, order, shut }: Assessment): Estimate["noMatch"] => {
  if (order.tif !== "ioc") return null
  if (shut !== null) return { status: "rejected", reason: shut }
  const reason = fill?.reason ?? null
  return reason === null || reason.code === noLiquidity.code ? null : { status: "canceled", reason }
}

const refusalOf = (assessment: Assessment): Estimate["refusal"] => {
  if (isThin(assessment)) return { reason: noLiquidity, countsAsRejection: true }
  const { market, order, shut } = assessment
  const reason = shut ?? (market === undefined ? null : orderRefusal(order, market.rules))
  return reason === null ? null : { reason, countsAsRejection: false }
}

/** What risk needs to know about an order, and what would become of it. */
export const estimateOf = (assessment: Assessment, atUs: EpochMicros): Estimate => {
  const { fill, market, order } = assessment
  const quote = market?.quote ?? null
  return {
    order,
    // A resting order may have to pay its limit; an immediate one pays what the market takes now.
    price: order.tif === "ioc" && fill !== null && fill.price > 0 ? fill.price : order.limitPrice,
    midPrice: quote === null ? null : midPrice(quote, order.token),
    quoteAgeUs: quote === null ? null : Math.max(0, atUs - quote.atUs),
    resolvesAtUs: market?.endDateUs ?? null,
    noMatch: noMatchOf(assessment),
    refusal: refusalOf(assessment),
    shown: fill
  }
}

const natural = (micros: Micros | null): number | null => (micros === null ? null : fromMicros(micros))

/** What a reader needs to check the fill: the model, the quote it saw and how old that was. Natural units. */
const reportOf = (order: OrderRequest, quote: MarketQuote, fill: VenueFill, atUs: EpochMicros): string => {
  const reference = oppositePrice(quote, order.token, order.side)
  return JSON.stringify({
    model: "snapshot",
    quote_age_sec: (atUs - quote.atUs) / MICROS_PER_SECOND,
    bid: natural(quote.bid),
    ask: natural(quote.ask),
    yes_price: natural(quote.yes),
    no_price: natural(quote.no),
    reference_price: natural(reference),
    slippage_bps: fill.slippageBps,
    slippage: reference === null ? null : fromMicros(Math.abs(fill.price - reference)),
    fill_ratio: fill.fillRatio,
    fill_probability: fill.fillProbability,
    liquidity: fromMicros(quote.liquidity)
  })
}

const reportedFill = (
  order: OrderRequest,
  quote: MarketQuote,
  fill: VenueFill,
  atUs: EpochMicros,
  externalFillId: string | null
): ReportedFill => ({
  strategy: order.strategy,
  marketId: order.marketId,
  eventId: order.eventId,
  token: order.token,
  side: order.side,
  price: fill.price,
  qty: fill.qty,
  fee: fill.fee,
  atUs,
  externalFillId,
  report: reportOf(order, quote, fill, atUs)
})

const resultOf = (assessment: Assessment, atUs: EpochMicros): ExecutionResult => {
  const { fill, market, order } = assessment
  const quote = market?.quote ?? null
  const refusal = refusalOf(assessment)
  if (refusal !== null) return { status: "rejected", fills: [], ...refusal }
  const noMatch = noMatchOf(assessment)
  if (noMatch !== null) return { ...noMatch, fills: [], countsAsRejection: false }
  if (fill === null || quote === null) {
    return { status: "rejected", fills: [], reason: noMarketData, countsAsRejection: false }
  }
  if (fill.qty === 0) return { status: "open", fills: [], reason: null, countsAsRejection: false }
  const fills = [reportedFill(order, quote, fill, atUs, null)]
  if (fill.qty === order.qty) return { status: "filled", fills, reason: null, countsAsRejection: false }
  return order.tif === "gtc"
    ? { status: "partially_filled", fills, reason: null, countsAsRejection: false }
    : {
        status: "canceled",
        fills,
        reason: { code: "immediate or cancel", by: "market", value: fill.qty, limit: order.qty },
        countsAsRejection: false
      }
}

/** Whether the result ends an immediate order with nothing. */
const failed = (result: ExecutionResult): boolean =>
  result.fills.length === 0 && (result.status === "rejected" || result.status === "canceled")

/** The orders carried out: all trade, or none does; one that fails takes the others with it, and they name it. */
export const executeOrders = (
  assessments: ReadonlyArray<Assessment>,
  atUs: EpochMicros
): ReadonlyArray<ExecutionResult> => {
  const results = assessments.map((assessment) => resultOf(assessment, atUs))
  if (results.length === 1) return results
  const at = results.findIndex(failed)
  const culprit = assessments[at]?.order
  if (culprit === undefined) return results
  const reason = packageIncomplete(culprit, results[at]?.reason ?? null)
  return results.map((result, index) =>
    index === at ? result : { status: "canceled", fills: [], reason, countsAsRejection: false }
  )
}

/**
 * Later data against a resting order; null: nothing happened to it. A quote fills an order once, whoever asks and however
 * often: the fill's id names both, and data that the order has already met when it was placed does not count.
 */
export const updateOrder = (
  order: Order,
  market: VenueMarket | undefined,
  model: VenueModel,
  atUs: EpochMicros
): OrderUpdate | null => {
  if (market === undefined || !isWorking(order.status)) return null
  if (market.ended) return { order, status: "expired", fills: [], reason: market.shut ?? marketClosed }
  const { quote } = market
  if (market.shut !== null || quote === null || quote.atUs <= order.createdAtUs) return null
  const rest = order.qty - order.filledQty
  const match = simulateFill({ ...order, qty: rest }, quote, market, model, true)
  if (match.qty === 0) return null
  const fee = model.fees.kind === "venue" ? makerFee(market.fee, match.price, match.qty) : 0
  const fill = { ...match, fee }
  const fills = [reportedFill(order, quote, fill, atUs, `paper:${order.id}:${quote.atUs}`)]
  return { order, status: fill.qty === rest ? "filled" : "partially_filled", fills, reason: null }
}
