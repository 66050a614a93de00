import { Account, type AccountFill } from "../core/account.ts"
import { visibleMarket } from "../core/marketView.ts"
import { type FreeShares } from "../core/planOrders.ts"
import { notionalOf } from "../core/portfolio.ts"
import { shownPrice } from "../core/quote.ts"
import { type ExecutionResult } from "../domain/Execution.ts"
import { type EventId, type MarketId, type StrategyId } from "../domain/ids.ts"
import { type Market, type Payout } from "../domain/Market.ts"
import { type MarketView, type VisibleMarket } from "../domain/MarketView.ts"
import { isWorking, type Order, type OrderStatus } from "../domain/Order.ts"
import { type Portfolio, type Wish } from "../domain/Portfolio.ts"
import { quoteOf } from "../domain/quote.ts"
import { type RiskLimits } from "../domain/Risk.ts"
import { type Exposure } from "../domain/RiskVerdict.ts"
import { type EpochMicros, utcDay } from "../domain/time.ts"
import { type Micros } from "../domain/units.ts"
import {
  breakerPhase,
  type BreakerState,
  closedBreaker,
  foldDecisions,
  recentRejections,
  recordDecision
} from "../risk/breaker.ts"
import { sameContract, type ScenarioStakes, scenarioStakesOf } from "./scenarioStakes.ts"

interface Seen {
  readonly market: Market
  /** Made when a strategy first asks. */
  visible: VisibleMarket | null
}

const wishKey = ({ marketId, side, strategy }: Wish): string => `${strategy}\u0000${marketId}\u0000${side}`
/** Whether the venue took the order, as far as its status tells: nobody knows that of one whose answer was lost. */
const isAccepted = (status: OrderStatus): boolean =>
  status !== "rejected" && status !== "canceled" && status !== "pending" && status !== "unknown"

const restOf = (order: Order): Micros => order.qty - order.filledQty

/**
 * Everything the trading program knows at one moment: the markets as last seen, the portfolio, the breaker. Owned by one
 * program, changed in place; it can hold nothing later than the event being processed.
 */
export class TradingState {
  account = new Account()
  breaker: BreakerState = closedBreaker
  nowUs: EpochMicros = 0
  readonly working = new Map<number, Order>()
  readonly limits: RiskLimits
  /** Called when a UTC day begins, before anything of that day. */
  onNewDay: ((atUs: EpochMicros) => void) | null = null
  private realizedToday: Micros = 0
  private readonly resolved = new Map<MarketId, Payout>()
  /** When a strategy last tried to trade one side of a market. */
  private readonly tried = new Map<string, EpochMicros>()
  private readonly bySource = new Map<string, Seen>()
  private readonly byId = new Map<MarketId, Market>()
  /** null: no scenario limit is set, and nobody counts. */
  private scenario: ScenarioStakes | null

  constructor(limits: RiskLimits) {
    this.limits = limits
    this.scenario = scenarioStakesOf(limits, this.find)
  }

  /** Replaces the portfolio by what was read from the database. */
  restore(portfolio: Portfolio, atUs: EpochMicros): void {
    this.nowUs = atUs
    this.account = new Account()
    this.scenario = scenarioStakesOf(this.limits, this.find)
    for (const position of portfolio.positions) {
      this.account.restore(position, this.markOf(position.marketId, position.token))
      this.scenario?.hold(position)
    }
    this.working.clear()
    for (const order of portfolio.working) this.track(order)
    this.realizedToday = portfolio.realizedToday
    this.breaker = foldDecisions(portfolio.decisions, this.limits)
    for (const wish of portfolio.tried) {
      const key = wishKey(wish)
      this.tried.set(key, Math.max(wish.atUs, this.tried.get(key) ?? wish.atUs))
    }
  }

  /** Moves time forward; a new UTC day starts without a loss. Time never goes back. */
  advance(atUs: EpochMicros): void {
    if (atUs <= this.nowUs) return
    if (utcDay(atUs) !== utcDay(this.nowUs)) {
      this.realizedToday = 0
      this.onNewDay?.(atUs)
    }
    this.nowUs = atUs
  }

  observe(seen: Market): void {
    // What resolved stays resolved, whatever a source still shows.
    const payout = this.resolved.get(seen.marketId) ?? null
    const market: Market = payout === null ? seen : { ...seen, status: "closed", payout }
    this.bySource.set(`${market.source}\u0000${market.marketId}`, { market, visible: null })
    const known = this.byId.get(market.marketId)
    if (known === undefined || known.updatedAtUs <= market.updatedAtUs) {
      this.byId.set(market.marketId, market)
      if (this.scenario !== null && !sameContract(known, market)) this.restake(this.scenario, market.marketId)
    }
    if (this.account.holdingsOf(market.marketId).length > 0) this.account.mark(market.marketId, quoteOf(market))
  }

  /** The venue's final word: the market trades no more. */
  resolve(marketId: MarketId, payout: Payout): void {
    this.resolved.set(marketId, payout)
    for (const { market } of [...this.bySource.values()]) if (market.marketId === marketId) this.observe(market)
  }

  isHeld(marketId: MarketId): boolean {
    return this.account.holdingsOf(marketId).some(({ position }) => position.qty !== 0)
  }

  markTried(wish: Wish): void {
    this.tried.set(wishKey(wish), this.nowUs)
  }

  triedWithin(wish: Wish, spanUs: EpochMicros): boolean {
    const atUs = this.tried.get(wishKey(wish))
    return atUs !== undefined && this.nowUs - atUs < spanUs
  }

  /** By market id; when several sources show it, the one seen last. */
  readonly find = (marketId: MarketId): Market | undefined => this.byId.get(marketId)

  /** The open markets as strategies may see them. */
  view(): MarketView {
    const markets: Array<VisibleMarket> = []
    for (const seen of this.bySource.values()) {
      if (seen.market.status === "open") markets.push((seen.visible ??= visibleMarket(seen.market)))
    }
    return Object.freeze({ atUs: this.nowUs, markets: Object.freeze(markets) })
  }

  readonly freeShares: FreeShares = (strategy, marketId, token) => {
    let free = this.account.holding(strategy, marketId, token)?.position.qty ?? 0
    for (const order of this.working.values()) {
      if (order.action !== "close" || order.strategy !== strategy) continue
      if (order.marketId === marketId && order.token === token) free += (order.side === "sell" ? -1 : 1) * restOf(order)
    }
    return free
  }

  workingIn(marketId: MarketId): ReadonlyArray<Order> {
    return this.working.size === 0 ? [] : [...this.working.values()].filter((order) => order.marketId === marketId)
  }

  exposure(): Exposure {
    const { account, breaker, limits, nowUs } = this
    return {
      realized: this.realizedToday,
      strategyNotional: (strategy) =>
        (account.byStrategy.get(strategy)?.notional ?? 0) +
        this.restingNotional((order) => order.strategy === strategy),
      eventNotional: (eventId) =>
        (account.eventNotional.get(eventId) ?? 0) + this.restingNotional((order) => order.eventId === eventId),
      resolutionDayNotional: limits.maxResolutionDateNotional === null ? null : (day) => this.notionalOfDay(day),
      openOrders: this.working.size,
      breaker: breakerPhase(breaker, nowUs, limits),
      rejections: recentRejections(breaker, nowUs, limits),
      scenario: this.scenario?.preview ?? null
    }
  }

  /** What the open book can lose in its worst joint outcome; null when no scenario limit is set. */
  worstLoss(): ReturnType<ScenarioStakes["worst"]> | null {
    return this.scenario?.worst() ?? null
  }

  /** Positions at cost plus what rests, by strategy and by event, for people. */
  stakes(): { readonly byStrategy: ReadonlyMap<StrategyId, Micros>; readonly byEvent: ReadonlyMap<EventId, Micros> } {
    const byStrategy = new Map<StrategyId, Micros>()
    const byEvent = new Map<EventId, Micros>()
    const add = (strategy: StrategyId, eventId: EventId, notional: Micros): void => {
      if (notional === 0) return
      byStrategy.set(strategy, (byStrategy.get(strategy) ?? 0) + notional)
      byEvent.set(eventId, (byEvent.get(eventId) ?? 0) + notional)
    }
    for (const { eventId, notional, strategy } of this.account.holdings) add(strategy, eventId, notional)
    for (const order of this.working.values()) {
      if (order.action === "open") add(order.strategy, order.eventId, notionalOf(order.limitPrice, restOf(order)))
    }
    return { byStrategy, byEvent }
  }

  /** Applies a fill to the portfolio and gives what it realized, micro-USDC. */
  fill(fill: AccountFill): Micros {
    const { realizedChange } = this.account.fill(fill, this.markOf(fill.marketId, fill.token))
    this.realizedToday += realizedChange
    const { marketId, strategy, token } = fill
    const holding = this.account.holding(strategy, marketId, token)
    if (holding !== undefined)
      this.scenario?.hold({ ...holding.position, strategy, marketId, token, eventId: fill.eventId })
    return realizedChange
  }

  /** An order as it stands now: kept while it can still fill. */
  track(order: Order): void {
    if (!isWorking(order.status)) return this.forget(order.id)
    this.working.set(order.id, order)
    this.scenario?.rest(order)
  }

  /** An order that can fill no more. */
  forget(orderId: number): void {
    this.working.delete(orderId)
    this.scenario?.forget(orderId)
  }

  /** Tells the breaker how a bundle ended: the same rule by which the database is read back (TradeRepo.decisionsSince). */
  settleBreaker(results: ReadonlyArray<ExecutionResult>): void {
    const rejected = results.some(({ countsAsRejection }) => countsAsRejection)
    const accepted = results.some(({ fills, status }) => fills.length > 0 || isAccepted(status))
    if (rejected || accepted) this.breaker = recordDecision(this.breaker, { atUs: this.nowUs, rejected }, this.limits)
  }

  /** The market is another contract than it was taken for. */
  private restake(scenario: ScenarioStakes, marketId: MarketId): void {
    for (const { eventId, position, strategy, token } of this.account.holdingsOf(marketId)) {
      scenario.hold({ ...position, strategy, marketId, eventId, token })
    }
    for (const order of this.workingIn(marketId)) scenario.rest(order)
  }

  private markOf(marketId: MarketId, token: AccountFill["token"]): Micros | null {
    const market = this.byId.get(marketId)
    return market === undefined ? null : shownPrice(quoteOf(market), token)
  }

  private restingNotional(counts: (order: Order) => boolean): Micros {
    if (this.working.size === 0) return 0
    let sum = 0
    for (const order of this.working.values()) {
      if (order.action === "open" && counts(order)) sum += notionalOf(order.limitPrice, restOf(order))
    }
    return sum
  }

  private notionalOfDay(day: number): Micros {
    const resolvesThen = (marketId: MarketId): boolean => {
      const endsUs = this.byId.get(marketId)?.endDateUs ?? null
      return endsUs !== null && utcDay(endsUs) === day
    }
    let sum = this.restingNotional((order) => resolvesThen(order.marketId))
    for (const { marketId, notional } of this.account.holdings) if (resolvesThen(marketId)) sum += notional
    return sum
  }
}
