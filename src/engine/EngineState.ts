import { Account } from "../core/account/account.ts"
import { type AccountFill } from "../core/account/holding.ts"
import { type BoardMarket, MarketBoard, type ViewedMarkets } from "../core/MarketBoard.ts"
import { notionalOf } from "../core/account/portfolio.ts"
import { type ClientOrderId } from "../domain/EngineEvent.ts"
import { type EventId, type MarketId, type StrategyId, type Token } from "../domain/ids.ts"
import { type Instrument } from "../domain/instrument.ts"
import { type Payout } from "../domain/Market.ts"
import { type ApprovedOrder } from "../domain/ApprovedOrder.ts"
import { isWorking, type Order, type OrderRequest } from "../domain/Order.ts"
import { type OrderPackage } from "../domain/OrderPackage.ts"
import { type Attempt, attemptKey } from "../domain/Attempt.ts"
import { type Portfolio } from "../domain/Portfolio.ts"
import { type Quote } from "../domain/quote.ts"
import { type BankrollUse, type Exposure } from "../domain/RiskVerdict.ts"
import { type SwitchState } from "../domain/Switches.ts"
import { type EpochMicros, utcDay } from "../domain/time.ts"
import { type Shares, shares, type Usdc, usdc } from "../domain/units.ts"
import { type BreakerState, closedBreaker, foldDecisions, recordDecision } from "../risk/breaker.ts"
import { type EngineSettings } from "./EngineSettings.ts"
import { bankrollUseOf } from "./bankroll.ts"
import { type DrawdownWatch, drawdownWatchOf } from "./DrawdownWatch.ts"
import { LiveExposure } from "./LiveExposure.ts"
import { type PackageRun } from "./packages/PackageRun.ts"
import { Subscribers } from "./handlers/Subscribers.ts"
import { type ScenarioMarket, sameContract, type ScenarioStakes, scenarioStakesOf } from "./scenarioStakes.ts"

const restOf = (order: Order): Shares => shares(order.qty - order.filledQty)

/** What the orders that follow a resting one may still cost. */
const followersNotional = (
  { rest }: Pick<OrderRequest, "rest">,
  counts: (order: Pick<Order, "strategy" | "eventId" | "marketId">) => boolean
): number => {
  if (rest === undefined || rest === null) return 0
  let sum = 0
  for (const follower of rest.followers) {
    if (counts(follower)) sum += notionalOf(follower.limitPrice, shares(follower.qty - follower.orderedQty))
  }
  return sum
}

/** An order that was sent and has no report yet: the venue has it, or may have it. */
export interface SentOrder {
  readonly run: PackageRun
  readonly leg: number
  readonly purpose: "entry" | "unwind"
  readonly order: ApprovedOrder
}

/**
 * Everything that the engine knows at one moment: markets, account, orders, packages, the breaker. Owned by one runner and
 * changed in place by `step` alone. As events come in order, it never holds anything later than the current event.
 */
export class EngineState {
  readonly settings: EngineSettings
  readonly board: MarketBoard
  account = new Account()
  breaker: BreakerState = closedBreaker
  nowUs: EpochMicros
  switches: ReadonlyArray<SwitchState> = []
  /** Why the own orders cannot be seen at the venue; null: they can, or there is nothing to see. */
  ordersHidden: string | null = null
  /** No further package is begun. */
  stopped = false
  /** A source answered since the strategies were asked last. */
  answered = false
  /** Orders that rest, and those of which it is not known whether they do. */
  readonly working = new Map<ClientOrderId, Order>()
  /** Time of the newest quote that filled each of them since it was placed. */
  private readonly metQuotes = new Map<ClientOrderId, EpochMicros>()
  /** Orders of open packages that no report has come for. */
  readonly sent = new Map<ClientOrderId, SentOrder>()
  /** Packages whose orders are on their way, by number. */
  readonly packages = new Map<number, PackageRun>()
  /** Packages that wait until the venue has ended the one before them. */
  readonly waiting: Array<OrderPackage> = []
  /** Orders that rest and whose cancel is on its way. */
  readonly canceling = new Set<ClientOrderId>()
  /** Orders that rest and whose timers are set. */
  readonly armed = new Set<ClientOrderId>()
  /** Of those that are cancelled, the ones whose signal is gone: nothing is opened before they are. */
  readonly withdrawing = new Set<ClientOrderId>()
  /** Strategies with event handlers, with their states; null: there is none. */
  readonly subscribers: Subscribers | null
  /** What risk looks at; reads the state as it is when it is asked. */
  readonly exposure: Exposure
  /** Called when a UTC day begins, before anything of that day is taken in. */
  onNewDay: ((atUs: EpochMicros) => void) | null = null
  /** Realized PnL of the current UTC day, micro-USDC. */
  realizedToday: Usdc = usdc(0)
  /** When a strategy last tried to trade one side of a market. */
  private readonly tried = new Map<string, EpochMicros>()
  /** null: no scenario limit is set, so nothing is counted. */
  scenario: ScenarioStakes | null
  /** null: no drawdown stop is set, so no peak is kept. */
  readonly drawdownWatch: DrawdownWatch | null
  readonly bankrollUse: BankrollUse
  private lastOrder = 0
  private lastRun = 0
  private lastSignal = 0

  constructor(settings: EngineSettings, startUs: EpochMicros) {
    this.settings = settings
    this.nowUs = startUs
    this.board = new MarketBoard(settings.strategies.length > 0)
    this.subscribers = Subscribers.among(settings.strategies)
    this.scenario = scenarioStakesOf(settings.limits, this.contractOf)
    this.drawdownWatch = drawdownWatchOf(settings.limits)
    this.bankrollUse = bankrollUseOf(this)
    this.exposure = new LiveExposure(this)
  }

  /** Gives the next number of an order. Such numbers are the same in every run over the same events. */
  nextOrderId(): ClientOrderId {
    this.lastOrder -= 1
    return this.lastOrder
  }

  nextRun(): number {
    this.lastRun += 1
    return this.lastRun
  }

  nextSignalId(): number {
    this.lastSignal += 1
    return this.lastSignal
  }

  /** Takes over the portfolio as it is stored. Packages on their way keep their own orders. */
  restore(portfolio: Portfolio): void {
    this.account = new Account()
    this.scenario = scenarioStakesOf(this.settings.limits, this.contractOf)
    for (const position of portfolio.positions) {
      this.account.restore(position, this.board.mark(position.marketId, position.token))
      this.scenario?.hold(position)
    }
    this.working.clear()
    for (const order of portfolio.working) this.track(order)
    for (const kept of [this.canceling, this.withdrawing, this.armed]) {
      for (const orderId of kept) if (!this.working.has(orderId)) kept.delete(orderId)
    }
    this.board.restore(portfolio.taken)
    for (const run of this.packages.values()) this.reserve(run)
    this.drawdownWatch?.restore(this.account, portfolio.peak)
    this.realizedToday = portfolio.realizedToday
    this.breaker = foldDecisions(portfolio.decisions, this.settings.limits)
    for (const attempt of portfolio.tried) {
      const key = attemptKey(attempt)
      this.tried.set(key, Math.max(attempt.atUs, this.tried.get(key) ?? attempt.atUs))
    }
  }

  /** Moves time forward; a new UTC day starts without a loss. Time never goes back. */
  advance(atUs: EpochMicros): void {
    if (atUs <= this.nowUs) return
    this.endMoment()
    if (utcDay(atUs) !== utcDay(this.nowUs)) {
      this.onNewDay?.(atUs)
      this.realizedToday = usdc(0)
    }
    this.nowUs = atUs
  }

  /** All events of the present moment are in: curves get their points, and the drawdown stop sees the equity. */
  endMoment(): void {
    this.account.endMoment()
    this.drawdownWatch?.see(this.account)
  }

  /** Takes in a quote of a market and values what is held there by it. */
  observe(instrument: Instrument, quote: Quote, confirmedUs?: EpochMicros): void {
    const before = this.scenario === null ? undefined : this.board.find(instrument.marketId)?.instrument
    const market = this.board.observe(instrument, quote, confirmedUs)
    if (market === undefined) return
    if (this.scenario !== null && before !== instrument) this.recount(this.scenario, before, instrument)
    this.account.mark(instrument.marketId, quote)
  }

  /** The venue's final word: the market trades no more. */
  resolve(marketId: MarketId, payout: Payout): void {
    this.board.resolve(marketId, payout)
  }

  readonly find = (marketId: MarketId): BoardMarket | undefined => this.board.find(marketId)
  readonly eventOf = (marketId: MarketId): EventId | undefined => this.board.find(marketId)?.instrument.eventId

  /** The open markets as strategies may see them, and how many of them are left out because they are stale. */
  view(): ViewedMarkets {
    const { hidesStale, limit } = this.settings.freshness
    return this.board.view(this.nowUs, hidesStale ? limit : null)
  }

  markTried(attempt: Attempt): void {
    this.tried.set(attemptKey(attempt), this.nowUs)
  }

  triedWithin(attempt: Attempt, spanUs: EpochMicros): boolean {
    const atUs = this.tried.get(attemptKey(attempt))
    return atUs !== undefined && this.nowUs - atUs < spanUs
  }

  /**
   * Shares that can be sold: held, less what resting sales and unsent sales of open packages will take, and less what open
   * packages bought. These may have to give it back, and would sell what is not held otherwise.
   */
  readonly freeShares = (strategy: StrategyId, marketId: MarketId, token: Token): Shares => {
    let bought = 0
    let free = this.account.holding(strategy, marketId, token)?.position.qty ?? 0
    const reserve = (order: OrderRequest, qty: Shares): void => {
      if (order.action !== "close" || order.strategy !== strategy) return
      if (order.marketId === marketId && order.token === token) free += order.side === "sell" ? -qty : qty
    }
    for (const order of this.working.values()) reserve(order, restOf(order))
    for (const run of this.packages.values()) {
      for (const order of run.reserved()) reserve(order, order.qty)
      bought += run.mayGiveBack(strategy, marketId, token)
    }
    return shares(free - Math.min(bought, Math.max(0, free)))
  }

  /** Resting orders of a strategy at the venue of this engine, oldest first. */
  restingOf(strategy: StrategyId): ReadonlyArray<Order> {
    const own: Array<Order> = []
    for (const order of this.working.values()) {
      if (order.strategy === strategy && order.mode === this.settings.mode) own.push(order)
    }
    return own
  }

  /** Packages of a strategy that wait or whose orders are on their way. */
  openPackagesOf(strategy: StrategyId): number {
    let count = 0
    for (const wanted of this.waiting) if (wanted.strategy === strategy) count += 1
    for (const run of this.packages.values()) if (run.judged.package.strategy === strategy) count += 1
    return count
  }

  /** Whether an order rests that may bring orders of its own, or ends by itself. */
  get restsByTerms(): boolean {
    for (const { rest } of this.working.values()) if (rest !== undefined && rest !== null) return true
    return false
  }

  workingIn(marketId: MarketId): ReadonlyArray<Order> {
    return this.working.size === 0 ? [] : [...this.working.values()].filter((order) => order.marketId === marketId)
  }

  /** Applies a fill and gives what it realized, micro-USDC. */
  fill(fill: AccountFill): Usdc {
    const { marketId, strategy, token } = fill
    const { realizedChange } = this.account.fill(fill, this.board.mark(marketId, token))
    this.realizedToday = usdc(this.realizedToday + realizedChange)
    if (this.scenario !== null) {
      const holding = this.account.holding(strategy, marketId, token)
      if (holding !== undefined)
        this.scenario.hold({ ...holding.position, strategy, marketId, token, eventId: fill.eventId })
    }
    return realizedChange
  }

  /** Takes over an order as it stands now, and keeps it while it can still fill. */
  track(order: Order): void {
    if (!isWorking(order.status)) return this.forget(order.id)
    this.working.set(order.id, order)
    this.scenario?.rest(order)
  }

  /** A quote filled a resting order. */
  metQuote(orderId: ClientOrderId, quoteAtUs: EpochMicros): void {
    if (this.working.has(orderId)) this.metQuotes.set(orderId, quoteAtUs)
  }

  /** Quotes up to this time cannot fill the order: it met them when it was placed, or one of them filled it already. */
  metUntil({ createdAtUs, id }: Order): EpochMicros {
    return Math.max(createdAtUs, this.metQuotes.get(id) ?? createdAtUs)
  }

  /** Removes an order that can fill no more. */
  forget(orderId: ClientOrderId): void {
    this.working.delete(orderId)
    this.metQuotes.delete(orderId)
    this.canceling.delete(orderId)
    this.withdrawing.delete(orderId)
    this.armed.delete(orderId)
    this.scenario?.forget(orderId)
  }

  /** A package begins: its orders count as exposure until each has ended. */
  open(run: PackageRun): void {
    this.packages.set(run.number, run)
    this.reserve(run)
  }

  /** An order of an open package ended, or will never be sent. */
  release(orderId: ClientOrderId): void {
    this.sent.delete(orderId)
    this.scenario?.forget(orderId)
  }

  /** Counts how a package ended. The database is read back by the same rule (TradeRepo.decisionsSince). */
  countDecision(rejected: boolean): void {
    this.breaker = recordDecision(this.breaker, { atUs: this.nowUs, rejected }, this.settings.limits)
  }

  /** What the open book can lose in its worst joint outcome; null when no scenario limit is set. */
  worstLoss(): ReturnType<ScenarioStakes["worst"]> | null {
    return this.scenario?.worst() ?? null
  }

  /** Positions at cost plus what rests, by strategy and by event, for people. */
  notionals(): {
    readonly byStrategy: ReadonlyMap<StrategyId, Usdc>
    readonly byEvent: ReadonlyMap<EventId, Usdc>
  } {
    const byStrategy = new Map<StrategyId, Usdc>()
    const byEvent = new Map<EventId, Usdc>()
    const add = (strategy: StrategyId, eventId: EventId, notional: Usdc): void => {
      if (notional === 0) return
      byStrategy.set(strategy, usdc((byStrategy.get(strategy) ?? 0) + notional))
      byEvent.set(eventId, usdc((byEvent.get(eventId) ?? 0) + notional))
    }
    for (const { eventId, notional, strategy } of this.account.holdings) add(strategy, eventId, notional)
    for (const order of this.working.values()) {
      if (order.action === "open") add(order.strategy, order.eventId, notionalOf(order.limitPrice, restOf(order)))
    }
    return { byStrategy, byEvent }
  }

  private readonly contractOf = (marketId: MarketId): ScenarioMarket | undefined =>
    this.board.find(marketId)?.instrument

  private reserve(run: PackageRun): void {
    if (this.scenario === null) return
    for (const order of run.unended()) this.scenario.rest(order)
  }

  /** When a market turns out to be another contract than was assumed, counts what is held and rests there anew. */
  private recount(scenario: ScenarioStakes, before: Instrument | undefined, now: Instrument): void {
    if (sameContract(before, now)) return
    for (const { eventId, position, strategy, token } of this.account.holdingsOf(now.marketId)) {
      scenario.hold({ ...position, strategy, marketId: now.marketId, eventId, token })
    }
    for (const order of this.workingIn(now.marketId)) scenario.rest(order)
  }

  /** Whether no order rests and no package is on its way. */
  get reservesNothing(): boolean {
    return this.working.size === 0 && this.packages.size === 0
  }

  /** What resting orders and the unended legs of open packages may still cost. */
  reservedNotional(counts: (order: Pick<Order, "strategy" | "eventId" | "marketId">) => boolean): Usdc {
    let sum = 0
    for (const order of this.working.values()) {
      if (order.action === "open" && counts(order)) sum += notionalOf(order.limitPrice, restOf(order))
      sum += followersNotional(order, counts)
    }
    for (const run of this.packages.values()) {
      for (const order of run.reserved()) {
        if (order.action === "open" && counts(order)) sum += notionalOf(order.limitPrice, order.qty)
        sum += followersNotional(order, counts)
      }
    }
    return usdc(sum)
  }

  /** How far equity has fallen since its peak, micro-USDC; 0 when no stop is set. */
  readonly drawdown = (): Usdc => this.drawdownWatch?.fall(this.account) ?? usdc(0)

  /** Positions and reserved orders of all that resolves with a market: rows of other sources are the same contract. */
  readonly notionalOfMarket = (marketId: MarketId): Usdc => {
    const condition = this.board.find(marketId)?.instrument.conditionId ?? null
    const isSame = (other: MarketId): boolean =>
      other === marketId || (condition !== null && this.board.find(other)?.instrument.conditionId === condition)
    return this.notionalWhere(isSame)
  }

  /** Positions and reserved orders of everything. */
  readonly totalNotional = (): Usdc => this.notionalWhere(() => true)

  private notionalWhere(counts: (marketId: MarketId) => boolean): Usdc {
    let sum = this.reservedNotional((order) => counts(order.marketId))
    for (const { marketId, notional } of this.account.holdings) if (counts(marketId)) sum = usdc(sum + notional)
    return sum
  }

  /** Positions and reserved orders of the markets that resolve on a UTC day. */
  notionalOfDay(day: number): Usdc {
    const resolvesThen = (marketId: MarketId): boolean => {
      const endsUs = this.board.find(marketId)?.instrument.endDateUs ?? null
      return endsUs !== null && utcDay(endsUs) === day
    }
    return this.notionalWhere(resolvesThen)
  }
}
