import { type SubmitCommand } from "../../domain/Command.ts"
import { type OrderReport } from "../../domain/EngineEvent.ts"
import { type ReportedFill, type ShownFill } from "../../domain/Execution.ts"
import { type Instrument } from "../../domain/instrument.ts"
import { isWorking, type Order, type OrderRequest, type OrderStatus } from "../../domain/Order.ts"
import { type Quote } from "../../domain/quote.ts"
import { canceledByStrategy, immediateOrCancel, noMarketData, type Rejection } from "../../domain/rejection.ts"
import { type EpochMicros, MICROS_PER_SECOND } from "../../domain/time.ts"
import { fromMicros, type Price, type Shares, shares, usdc } from "../../domain/units.ts"
import { makerFee, takerFee } from "./fees.ts"
import { type BoardMarket } from "../MarketBoard.ts"
import { oppositePrice } from "./quote.ts"
import { type VenueModel } from "./simulateFill.ts"
import { closedReason, expectOrder, type MarketLookup } from "./expectOrders.ts"

const natural = (micros: Price | null): number | null => (micros === null ? null : fromMicros(micros))

/** What a person needs to check the fill: the model, the quote that it used and how old that was. Natural units. */
const evidenceOf = (order: OrderRequest, quote: Quote, fill: ShownFill, atUs: EpochMicros): string => {
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

type Terms = Pick<SubmitCommand, "order" | "plannedQty" | "strictLimit">

const endsRest = ({ payout, quote }: BoardMarket): boolean => payout !== null || quote.status === "closed"

/**
 * The venue of paper trading and of backtests: each order is matched with the newest quote of its market. It keeps
 * no state: resting orders are in the engine's state, and quotes are on the board that it is given.
 */
export class SimulatedVenue {
  private readonly find: MarketLookup
  private readonly model: VenueModel
  private readonly keepsEvidence: boolean

  /** `keepsEvidence`: each fill carries the quote and the model that decided it, as JSON, for people. */
  constructor(find: MarketLookup, model: VenueModel, keepsEvidence: boolean) {
    this.find = find
    this.model = model
    this.keepsEvidence = keepsEvidence
  }

  /**
   * An order arrives at `atUs`; `tookUs` is how long it was on its way. An order that was sized to fewer
   * shares is matched as the whole leg would be, and gets as many of those shares as it asks for.
   */
  execute({ order, plannedQty, strictLimit }: Terms, atUs: EpochMicros, tookUs: EpochMicros): OrderReport {
    const market = this.find(order.marketId)
    const closed = market === undefined ? null : closedReason(market)
    const whole = plannedQty === order.qty ? order : sizedOf(order, plannedQty)
    const { noMatch, refusal, shown } = expectOrder(whole, market, closed, this.model, strictLimit, atUs)
    const end = (status: OrderStatus, reason: Rejection | null, fills: ReadonlyArray<ReportedFill>, counts = false) =>
      reportOf({ status, reason, fills, countsAsRejection: counts, shown, tookUs })
    if (noMatch !== null) return end(noMatch.status, noMatch.reason, [])
    if (refusal !== null) return end("rejected", refusal.reason, [], refusal.countsAsRejection)
    if (market === undefined || shown === null) return end("rejected", noMarketData, [])
    const qty = shares(Math.min(shown.qty, order.qty))
    if (qty === 0) return end("open", null, [])
    const fill = qty === shown.qty ? shown : this.smaller(shown, market.instrument, qty)
    const fills = [this.reported(order, market.quote, fill, atUs)]
    if (qty === order.qty) return end("filled", null, fills)
    return order.tif === "gtc"
      ? end("partially_filled", null, fills)
      : end("canceled", immediateOrCancel(qty, order.qty), fills)
  }

  /**
   * Matches a resting order with a newer quote of its market; null: nothing happened to it. `metUntilUs`: quotes up to
   * then were matched with the order already, and each quote fills an order once.
   */
  match(order: Order, metUntilUs: EpochMicros, atUs: EpochMicros): OrderReport | null {
    const market = this.find(order.marketId)
    if (market === undefined || !isWorking(order.status)) return null
    const closed = closedReason(market)
    if (endsRest(market)) {
      return reportOf({
        status: "expired",
        reason: closed,
        fills: [],
        countsAsRejection: false,
        shown: null,
        tookUs: 0
      })
    }
    const { instrument, quote } = market
    if (closed !== null || quote.atUs <= metUntilUs) return null
    const rest = shares(order.qty - order.filledQty)
    const { shown } = expectOrder(sizedOf(order, rest), market, closed, this.model, true, atUs)
    if (shown === null || shown.qty === 0) return null
    const fee = this.model.fees.kind === "venue" ? makerFee(instrument.fee, shown.price, shown.qty) : usdc(0)
    const fill: ShownFill = { ...shown, fee }
    const status = fill.qty === rest ? "filled" : "partially_filled"
    const fills = [this.reported(order, quote, fill, atUs)]
    return {
      ...reportOf({ status, reason: null, fills, countsAsRejection: false, shown: fill, tookUs: 0 }),
      quoteAtUs: quote.atUs
    }
  }

  /** A resting order is cancelled because its strategy asked for it. */
  cancel(): OrderReport {
    const reason = canceledByStrategy
    return reportOf({ status: "canceled", reason, fills: [], countsAsRejection: false, shown: null, tookUs: 0 })
  }

  private smaller(fill: ShownFill, { fee }: Pick<Instrument, "fee">, qty: Shares): ShownFill {
    return { ...fill, qty, fee: takerFee(this.model.fees, fee, fill.price, qty) }
  }

  private reported(order: OrderRequest, quote: Quote, fill: ShownFill, atUs: EpochMicros): ReportedFill {
    return {
      strategy: order.strategy,
      marketId: order.marketId,
      eventId: order.eventId,
      token: order.token,
      side: order.side,
      price: fill.price,
      qty: fill.qty,
      fee: fill.fee,
      atUs,
      externalFillId: null,
      report: this.keepsEvidence ? evidenceOf(order, quote, fill, atUs) : ""
    }
  }
}

const sizedOf = (order: OrderRequest, qty: Shares): OrderRequest => ({
  strategy: order.strategy,
  marketId: order.marketId,
  eventId: order.eventId,
  token: order.token,
  side: order.side,
  action: order.action,
  limitPrice: order.limitPrice,
  qty,
  tif: order.tif
})

const reportOf = (
  end: Pick<OrderReport, "status" | "reason" | "fills" | "countsAsRejection" | "shown" | "tookUs">
): OrderReport => ({
  status: end.status,
  reason: end.reason,
  fills: end.fills,
  countsAsRejection: end.countsAsRejection,
  shown: end.shown,
  tookUs: end.tookUs,
  lost: false,
  nothingSent: false,
  quoteAtUs: null
})
