import { makerFee, venueFee } from "../core/venue/fees.ts"
import { positionKey } from "../core/account/portfolio.ts"
import { type Estimate } from "../domain/Execution.ts"
import { type EventId, type MarketId, type OrderId } from "../domain/ids.ts"
import { type Market } from "../domain/Market.ts"
import { type Order } from "../domain/Order.ts"
import { type Position } from "../domain/Position.ts"
import { type RiskLimits } from "../domain/Risk.ts"
import { type ScenarioPreview } from "../domain/RiskVerdict.ts"
import { shares, type Usdc, usdc } from "../domain/units.ts"
import { type ContractRef, contractOf, orderStake, positionStake, ScenarioBook, type Stake } from "../risk/scenario.ts"

/** What a stake needs to know of its market. */
export type ScenarioMarket = Pick<Market, "marketId" | "conditionId" | "eventId" | "negRisk" | "fee">

/** What a stake needs to know of an order that may still fill. */
export type ScenarioOrder = Pick<
  Order,
  "id" | "marketId" | "eventId" | "token" | "side" | "limitPrice" | "qty" | "filledQty"
>

/** Finds a market by its id. undefined: it was never seen, and then counts as a contract of its own. */
export type ScenarioLookup = (marketId: MarketId) => ScenarioMarket | undefined

/**
 * Beyond this (micro-shares, micro-USDC) sums of stakes would not be exact, and taking one away would leave an error.
 */
const EXACT: Usdc = usdc(2 ** 50)

/** Keeps the worst loss of an account in step with what it holds and what rests. */
export class ScenarioStakes {
  private readonly book = new ScenarioBook()
  private readonly lookup: ScenarioLookup

  constructor(lookup: ScenarioLookup) {
    this.lookup = lookup
  }

  /** A position as it stands now. */
  hold(position: Position): void {
    const ref = this.refOf(position)
    this.book.set(`p\u0000${positionKey(position)}`, position.qty === 0 ? null : positionStake(ref, position))
  }

  /** An order that rests, as it stands now: a purchase, or a sale that would take a hedge away. */
  rest(order: ScenarioOrder): void {
    const { filledQty, id, limitPrice, marketId, side, token } = order
    const qty = order.qty - filledQty
    const fee = makerFee(this.lookup(marketId)?.fee ?? null, limitPrice, shares(qty))
    this.book.set(
      `o\u0000${id}`,
      orderStake(this.refOf(order), { token, side, qty: shares(qty), price: limitPrice, fee })
    )
  }

  /** An order that rests no more. */
  forget(orderId: OrderId): void {
    this.book.set(`o\u0000${orderId}`, null)
  }

  /**
   * What an order would do to the worst loss, given earlier ones of its package. Each may fill, in part, or not at all.
   */
  readonly preview = (estimate: Estimate, given: ReadonlyArray<Estimate>): ScenarioPreview => {
    const stake = this.proposed(estimate)
    const stakes = given.map((earlier) => this.proposed(earlier))
    if ([stake, ...stakes].every(({ cost, qty }) => Math.abs(cost) <= EXACT && Math.abs(qty) <= EXACT)) {
      return this.book.preview([stake], stakes)
    }
    const lost = [stake, ...stakes].reduce((sum, { cost }) => sum + Math.max(0, cost), 0)
    const [book, event] = [this.book.worstOfBook(), this.book.worstOfEvent(stake.eventId)]
    return {
      book: { before: book, after: usdc(book + lost) },
      events: [{ eventId: stake.eventId, before: event, after: usdc(event + lost) }]
    }
  }

  /** Worst loss of the book and of each of the events, micro-USDC. */
  worst(): { readonly book: Usdc; readonly ofEvent: (eventId: EventId) => Usdc } {
    return { book: this.book.worstOfBook(), ofEvent: (eventId) => this.book.worstOfEvent(eventId) }
  }

  private refOf({ eventId, marketId }: { readonly marketId: MarketId; readonly eventId: EventId }): ContractRef {
    const market = this.lookup(marketId)
    return market === undefined ? { contract: marketId, eventId, negRisk: false } : contractOf(market)
  }

  private proposed({ order, price, shown }: Estimate): Stake {
    const { marketId, qty, side, tif, token } = order
    const schedule = this.lookup(marketId)?.fee ?? null
    // What does not trade at once rests, if it may; a venue that shows nothing beforehand may take its fee on all of it.
    const fee =
      shown !== null
        ? shown.fee + (tif === "gtc" ? makerFee(schedule, price, shares(qty - shown.qty)) : 0)
        : schedule === null
          ? 0
          : venueFee(schedule, price, qty)
    return orderStake(this.refOf(order), { token, side, qty, price, fee: usdc(fee) })
  }
}

/** null when neither scenario limit is set: then nothing is kept, and nothing costs anything. */
export const scenarioStakesOf = (
  { maxEventScenarioLoss, maxScenarioLoss }: Pick<RiskLimits, "maxScenarioLoss" | "maxEventScenarioLoss">,
  lookup: ScenarioLookup
): ScenarioStakes | null =>
  maxScenarioLoss === null && maxEventScenarioLoss === null ? null : new ScenarioStakes(lookup)

/** Whether a market, seen anew, still resolves with what it was taken to resolve with. */
export const sameContract = (known: ScenarioMarket | undefined, seen: ScenarioMarket): boolean =>
  known !== undefined &&
  known.conditionId === seen.conditionId &&
  known.eventId === seen.eventId &&
  known.negRisk === seen.negRisk
