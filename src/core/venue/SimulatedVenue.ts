import { type SubmitCommand } from "../../domain/Command.ts"
import { type OrderReport } from "../../domain/EngineEvent.ts"
import { type ReportedFill, type ShownFill } from "../../domain/Execution.ts"
import { type Instrument } from "../../domain/instrument.ts"
import { isWorking, type Order, type OrderRequest, type OrderStatus } from "../../domain/Order.ts"
import { type Quote } from "../../domain/quote.ts"
import { expiryOf } from "../../domain/RestTerms.ts"
import { immediateOrCancel, noMarketData, type Rejection } from "../../domain/rejection.ts"
import { type EpochMicros, MICROS_PER_SECOND } from "../../domain/time.ts"
import { fromMicros, type Price, type Shares, shares, usdc } from "../../domain/units.ts"
import { makerFee, takerFee } from "./fees.ts"
import { type BoardMarket, quoteAge } from "../MarketBoard.ts"
import { displayedSize, takenBy, takeShares } from "./displayedSize.ts"
import { fillProbability, fillRatio } from "./fillModel.ts"
import { LOT } from "./matching.ts"
import { oppositePrice } from "./quote.ts"
import { type VenueModel } from "./simulateFill.ts"
import { closedReason, expectOrder, type MarketLookup } from "./expectOrders.ts"

const natural = (micros: Price | null): number | null => (micros === null ? null : fromMicros(micros))

/**
 * Why a quote filled an order. `taken`: the order took what was offered when it arrived. It rested, and a later quote
 * went beyond its limit (`traded through`), or came up to it (`touched`).
 */
type FillRule = "taken" | "traded through" | "touched"

/** What a person needs to check the fill: the model, the quote that it used and how old that was. Natural units. */
const evidenceOf = (
  order: OrderRequest,
  market: BoardMarket,
  fill: ShownFill,
  rule: FillRule,
  atUs: EpochMicros
): string => {
  const { quote } = market
  const reference = oppositePrice(quote, order.token, order.side)
  return JSON.stringify({
    model: "snapshot",
    rule,
    quote_age_sec: quoteAge(market, atUs) / MICROS_PER_SECOND,
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
    takeShares(market, order.token, order.side, qty)
    const fills = [this.reported(order, market, fill, "taken", atUs)]
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
    const { quote } = market
    if (closed !== null || quote.atUs <= metUntilUs) return null
    const expiresUs = expiryOf(order)
    // Its time to live was over when the quote was seen. The engine's timer ends it.
    if (expiresUs !== null && quote.atUs >= expiresUs) return null
    const reached = this.reachedBy(order, quote)
    if (reached === null) return null
    const rest = shares(order.qty - order.filledQty)
    const fill = this.restingFill(order, market, reached.reference, rest)
    if (fill.qty === 0) return null
    takeShares(market, order.token, order.side, fill.qty)
    const status = fill.qty === rest ? "filled" : "partially_filled"
    const fills = [this.reported(order, market, fill, reached.rule, atUs)]
    return {
      ...reportOf({ status, reason: null, fills, countsAsRejection: false, shown: fill, tookUs: 0 }),
      quoteAtUs: quote.atUs
    }
  }

  /** A resting order is cancelled, or its time to live is over. */
  cancel(status: "canceled" | "expired", reason: Rejection): OrderReport {
    return reportOf({ status, reason, fills: [], countsAsRejection: false, shown: null, tookUs: 0 })
  }

  /** Whether a quote fills what rests, by the rule of the configuration, and at which price the market trades. */
  private reachedBy(
    { limitPrice, side, token }: Order,
    quote: Quote
  ): { readonly reference: Price; readonly rule: FillRule } | null {
    const reference = oppositePrice(quote, token, side)
    if (reference === null) return null
    if (side === "buy" ? reference < limitPrice : reference > limitPrice) return { reference, rule: "traded through" }
    return reference === limitPrice && this.model.restingFills === "optimistic" ? { reference, rule: "touched" } : null
  }

  /** What rested is the maker: it trades at its own limit, as much as the fill model and the displayed size allow. */
  private restingFill(order: Order, market: BoardMarket, reference: Price, rest: Shares): ShownFill {
    const { fills, fees, displayedShare } = this.model
    const { liquidity } = market.quote
    const probability = fillProbability(fills, liquidity, order.side)
    const ratio = fillRatio(fills, liquidity) * probability
    const expected = Math.floor(rest * ratio + 1e-6)
    const displayed = displayedSize(displayedShare, liquidity, reference)
    const left = Math.max(0, displayed - takenBy(market, order.token, order.side))
    // A remainder that is smaller than the exchange's lot fills too, instead of resting for ever.
    const qty = shares(Math.min(rest - expected < LOT ? rest : expected, left))
    const fee = fees.kind === "venue" ? makerFee(market.instrument.fee, order.limitPrice, qty) : usdc(0)
    return { price: order.limitPrice, qty, fee, fillRatio: ratio, fillProbability: probability, slippageBps: 0 }
  }

  private smaller(fill: ShownFill, { fee }: Pick<Instrument, "fee">, qty: Shares): ShownFill {
    return { ...fill, qty, fee: takerFee(this.model.fees, fee, fill.price, qty) }
  }

  private reported(
    order: OrderRequest,
    market: BoardMarket,
    fill: ShownFill,
    rule: FillRule,
    atUs: EpochMicros
  ): ReportedFill {
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
      report: this.keepsEvidence ? evidenceOf(order, market, fill, rule, atUs) : ""
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
