import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AppConfig } from "../config/AppConfig.ts"
import { fillModelOf } from "../core/fillModel.ts"
import { oneBookProblem } from "../core/legs.ts"
import { NO_LIQUIDITY } from "../core/matching.ts"
import { type MarketQuote, midPrice, oppositePrice } from "../core/quote.ts"
import {
  endsOrders,
  marketRefusal,
  orderRefusal,
  quoteOfMarket,
  simulateFill,
  type VenueFill,
  type VenueModel
} from "../core/simulatedVenue.ts"
import { type MarketId } from "../domain/ids.ts"
import { type Market } from "../domain/Market.ts"
import { type ApprovedOrder, isWorking, type Order, type OrderRequest } from "../domain/Order.ts"
import { type EpochMicros, MICROS_PER_SECOND } from "../domain/time.ts"
import { fromMicros, type Micros } from "../domain/units.ts"
import {
  type Estimate,
  type ExecutionContext,
  type ExecutionResult,
  Executor,
  type ExecutorShape,
  type OrderUpdate
} from "../ports/Executor.ts"
import { MarketRepo } from "../ports/MarketRepo.ts"
import { type OrderResult } from "../ports/TradeRepo.ts"

type Markets = ReadonlyMap<MarketId, Market>
type ReportedFill = OrderResult["fills"][number]

/** What the venue makes of one order. */
interface Assessment {
  readonly order: OrderRequest
  readonly quote: MarketQuote | null
  /** What the market would give for it; null when nothing trades there. */
  readonly fill: VenueFill | null
  /** Why nothing trades there; null when it does. */
  readonly shut: string | null
  /** Why the venue would not take the order as it is; null when it would. */
  readonly refusal: string | null
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

const fillOf = (
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

const assess = (
  order: OrderRequest,
  index: number,
  orders: ReadonlyArray<OrderRequest>,
  markets: Markets,
  model: VenueModel,
  strict: boolean
): Assessment => {
  const market = markets.get(order.marketId)
  if (market === undefined) {
    return { order, quote: null, fill: null, shut: `unknown market ${order.marketId}`, refusal: null }
  }
  const quote = quoteOfMarket(market)
  const shut = marketRefusal(market) ?? oneBookProblem(orders, index, (id) => markets.get(id)?.conditionId ?? null)
  if (shut !== null) return { order, quote, fill: null, shut, refusal: null }
  const fill = simulateFill(order, quote, market, model, strict)
  return { order, quote, fill, shut, refusal: orderRefusal(order, market) }
}

const isThin = ({ fill, order }: Assessment): boolean => order.tif === "ioc" && fill?.reason === NO_LIQUIDITY

const noMatchOf = ({ fill, order, shut }: Assessment): Estimate["noMatch"] => {
  if (order.tif !== "ioc") return null
  if (shut !== null) return { status: "rejected", message: shut }
  if (fill === null || fill.qty > 0 || fill.reason === NO_LIQUIDITY) return null
  return { status: "canceled", message: fill.reason }
}

const refusalOf = (assessment: Assessment): Estimate["refusal"] => {
  if (isThin(assessment)) return { message: NO_LIQUIDITY, countsAsRejection: true }
  const message = assessment.shut ?? assessment.refusal
  return message === null ? null : { message, countsAsRejection: false }
}

const estimateOf = (assessment: Assessment, markets: Markets, { atUs }: ExecutionContext): Estimate => {
  const { fill, order, quote } = assessment
  return {
    order,
    // A resting order may have to pay its limit; an immediate one pays what the market takes now.
    price: order.tif === "ioc" && fill !== null && fill.price > 0 ? fill.price : order.limitPrice,
    midPrice: quote === null ? null : midPrice(quote, order.token),
    quoteAgeUs: quote === null ? null : Math.max(0, atUs - quote.atUs),
    resolvesAtUs: markets.get(order.marketId)?.endDateUs ?? null,
    noMatch: noMatchOf(assessment),
    refusal: refusalOf(assessment)
  }
}

const shares = (qty: Micros): string => fromMicros(qty).toFixed(2)

const resultOf = (assessment: Assessment, atUs: EpochMicros): ExecutionResult => {
  const { fill, order, quote } = assessment
  const refusal = refusalOf(assessment)
  if (refusal !== null) return { status: "rejected", fills: [], ...refusal }
  const noMatch = noMatchOf(assessment)
  if (noMatch !== null) return { ...noMatch, fills: [], countsAsRejection: false }
  if (fill === null || quote === null) {
    return { status: "rejected", fills: [], message: "no market data", countsAsRejection: false }
  }
  if (fill.qty === 0) return { status: "open", fills: [], message: "", countsAsRejection: false }
  const fills = [fillOf(order, quote, fill, atUs, null)]
  if (fill.qty === order.qty) return { status: "filled", fills, message: "", countsAsRejection: false }
  return order.tif === "gtc"
    ? { status: "partially_filled", fills, message: "", countsAsRejection: false }
    : {
        status: "canceled",
        fills,
        message: `immediate or cancel: ${shares(fill.qty)} of ${shares(order.qty)} filled`,
        countsAsRejection: false
      }
}

/** Whether the result ends an immediate order with nothing. */
const failed = (result: ExecutionResult): boolean =>
  result.fills.length === 0 && (result.status === "rejected" || result.status === "canceled")

/** All trade, or none does: one leg that fails takes the others with it, and they name it. */
const together = (
  orders: ReadonlyArray<OrderRequest>,
  results: ReadonlyArray<ExecutionResult>
): ReadonlyArray<ExecutionResult> => {
  const at = results.findIndex(failed)
  const culprit = orders[at]
  const reason = results[at]?.message ?? ""
  if (culprit === undefined || orders.length === 1) return results
  return results.map((result, index) =>
    index === at
      ? result
      : {
          status: "canceled",
          fills: [],
          message: `bundle incomplete: ${culprit.marketId} ${culprit.token}: ${reason}`,
          countsAsRejection: false
        }
  )
}

/**
 * Later data against a resting order. A quote fills an order once, whoever asks and however often: the fill's id names
 * both, and data that the order has already met when it was placed does not count.
 */
const updateOf = (order: Order, markets: Markets, model: VenueModel, atUs: EpochMicros): OrderUpdate | null => {
  const market = markets.get(order.marketId)
  if (market === undefined || !isWorking(order.status)) return null
  if (endsOrders(market)) {
    return { order, status: "expired", fills: [], message: marketRefusal(market) ?? "market closed" }
  }
  const quote = quoteOfMarket(market)
  if (marketRefusal(market) !== null || quote.atUs <= order.createdAtUs) return null
  const rest = order.qty - order.filledQty
  const fill = simulateFill({ ...order, qty: rest }, quote, market, model, true)
  if (fill.qty === 0) return null
  const fills = [fillOf(order, quote, fill, atUs, `paper:${order.id}:${quote.atUs}`)]
  return { order, status: fill.qty === rest ? "filled" : "partially_filled", fills, message: "" }
}

const make = Effect.gen(function* () {
  const repo = yield* MarketRepo
  const { execution } = yield* AppConfig
  const model: VenueModel = {
    fills: fillModelOf(execution),
    fees: { kind: execution.fees, bps: execution.fee_bps }
  }
  const marketsOf = (orders: ReadonlyArray<OrderRequest>) =>
    repo.findAll([...new Set(orders.map((order) => order.marketId))])

  return Executor.of({
    estimate: (orders, context) =>
      Effect.map(marketsOf(orders), (markets) =>
        orders.map((order, index) =>
          estimateOf(assess(order, index, orders, markets, model, context.strictLimit), markets, context)
        )
      ),
    submit: (orders: ReadonlyArray<ApprovedOrder>, context) =>
      Effect.map(marketsOf(orders), (markets) =>
        together(
          orders,
          orders.map((order, index) =>
            resultOf(assess(order, index, orders, markets, model, context.strictLimit), context.atUs)
          )
        )
      ),
    refresh: (orders, atUs) =>
      Effect.map(marketsOf(orders), (markets) =>
        orders.flatMap((order) => {
          const update = updateOf(order, markets, model, atUs)
          return update === null ? [] : [update]
        })
      ),
    cancel: () => Effect.void
  } satisfies ExecutorShape)
})

/** The simulated venue of paper trading: the market's row as last ingested, matched by the snapshot model. */
export const layer: Layer.Layer<Executor, never, MarketRepo | AppConfig> = Layer.effect(Executor, make)
