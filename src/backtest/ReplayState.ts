import { Account } from "../core/account.ts"
import { type AccountFill } from "../core/account.ts"
import { equityOf, sampleEquity } from "../core/attribution.ts"
import { type FeeModel } from "../core/fees.ts"
import { type FillModel, fillModelOf } from "../core/fillModel.ts"
import { type Arithmetic } from "../core/portfolio.ts"
import { type MarketId, type StrategyId } from "../domain/ids.ts"
import { type Payout } from "../domain/Market.ts"
import { type RiskLimits } from "../domain/Risk.ts"
import { type EpochMicros, utcDay } from "../domain/time.ts"
import { type Micros } from "../domain/units.ts"
import { type ScenarioMarket, type ScenarioStakes, scenarioStakesOf } from "../engine/scenarioStakes.ts"
import { type MarketRules } from "../ports/HistoryReader.ts"
import { type BreakerState, closedBreaker } from "../risk/breaker.ts"
import { byLedgerOrder, type LedgerEntry, type LedgerSink } from "./LedgerRow.ts"
import { type BacktestOptions, feeModelOf, riskLimitsOf } from "./options.ts"
import { QuoteBoard } from "./quotes.ts"

/** Everything a replay knows at one moment. Owned by one Replay, changed in place, never shared. */
export class ReplayState {
  /** Of a strategy replay: the trading program's own, lent. */
  account: Account
  readonly board: QuoteBoard
  readonly arithmetic: Arithmetic
  readonly fillModel: FillModel
  readonly feeModel: FeeModel
  readonly limits: RiskLimits
  readonly rules: ReadonlyMap<MarketId, MarketRules>
  /** null: no scenario limit is set, and nobody counts. */
  readonly scenario: ScenarioStakes | null
  readonly resolved = new Map<MarketId, Payout>()
  readonly reasons = new Map<string, number>()
  /** Asked to hear every rejection with its whole text; null: nobody is interested. */
  onRejected: ((reason: string, signals: number) => void) | null = null
  /** Equity change of each strategy on each full UTC day, micro-USDC. */
  readonly dailyChanges = new Map<StrategyId, Array<Micros>>()
  readonly settled = new Map<StrategyId, { squares: number; count: number }>()
  breaker: BreakerState = closedBreaker
  /** Every rejection of the run, as the original counts them. */
  rejections = 0
  total = 0
  executed = 0
  nowUs: EpochMicros
  private day: number
  private realizedAtDayStart: Micros = 0
  private readonly dayStartEquity = new Map<StrategyId, Micros>()
  /** Entries of this moment: the first `buffered` of it, as an array that is emptied gives its memory away. */
  private readonly buffer: Array<LedgerEntry> = []
  private buffered = 0
  private readonly sink: LedgerSink

  constructor(options: BacktestOptions, rules: ReadonlyMap<MarketId, MarketRules>, sink: LedgerSink) {
    this.arithmetic = options.compat === "original" ? "fractional" : "whole"
    this.account = new Account(this.arithmetic)
    this.board = new QuoteBoard(this.arithmetic)
    this.fillModel = fillModelOf(options.execution)
    this.feeModel = feeModelOf(options)
    this.limits = riskLimitsOf(options)
    this.rules = rules
    this.scenario = scenarioStakesOf(this.limits, (marketId) => this.contractOf(marketId))
    this.sink = sink
    this.nowUs = options.fromUs
    this.day = utcDay(options.fromUs)
  }

  /** Moves time forward; a new moment flushes the rows of the one before. */
  advance(nowUs: EpochMicros): void {
    if (nowUs === this.nowUs) return
    this.flush()
    const day = utcDay(nowUs)
    while (this.day < day) {
      this.closeDay()
      this.day += 1
    }
    this.nowUs = nowUs
  }

  /** Realized PnL of the current UTC day. */
  realizedToday(): Micros {
    return this.account.realized - this.realizedAtDayStart
  }

  fill(fill: AccountFill): { readonly realizedChange: Micros; readonly closedQty: Micros } {
    const effect = this.account.fill(fill, this.board.mark(fill.marketId, fill.token))
    if (this.scenario !== null) this.restake(this.scenario, fill)
    return effect
  }

  /** Adds an entry at this moment with the equity as it is now, and an equity point to both curves. */
  record(entry: LedgerEntry): void {
    entry.atUs = this.nowUs
    entry.strategyEquity = sampleEquity(this.account.strategyTally(entry.strategy))
    entry.eventEquity = sampleEquity(this.account.eventTally(entry.strategy, entry.eventId))
    this.buffer[this.buffered] = entry
    this.buffered += 1
  }

  /** Counts `signals` rejected for one reason, by its stable code: the text up to the colon. */
  countRejected(reason: string, signals: number): void {
    const colon = reason.indexOf(":")
    const code = colon === -1 ? reason : reason.slice(0, colon)
    this.reasons.set(code, (this.reasons.get(code) ?? 0) + signals)
    if (this.onRejected !== null) this.onRejected(reason, signals)
  }

  flush(): void {
    if (this.buffered === 0) return
    const [first, second] = this.buffer
    if (this.buffered === 1 && first !== undefined) this.sink.write(first)
    else if (this.buffered === 2 && first !== undefined && second !== undefined) {
      const inOrder = byLedgerOrder(first, second) <= 0
      this.sink.write(inOrder ? first : second)
      this.sink.write(inOrder ? second : first)
    } else for (const entry of this.buffer.slice(0, this.buffered).sort(byLedgerOrder)) this.sink.write(entry)
    this.buffered = 0
  }

  private contractOf(marketId: MarketId): ScenarioMarket | undefined {
    const rules = this.rules.get(marketId)
    if (rules === undefined) return undefined
    const { conditionId = null, eventId, fee, negRisk = false } = rules
    return { marketId, conditionId, eventId, negRisk, fee }
  }

  private restake(scenario: ScenarioStakes, { eventId, marketId, strategy, token }: AccountFill): void {
    const holding = this.account.holding(strategy, marketId, token)
    if (holding !== undefined) scenario.hold({ ...holding.position, strategy, marketId, eventId, token })
  }

  private closeDay(): void {
    this.realizedAtDayStart = this.account.realized
    for (const [strategy, tally] of this.account.byStrategy) {
      const equity = equityOf(tally)
      const changes = this.dailyChanges.get(strategy)
      const change = equity - (this.dayStartEquity.get(strategy) ?? 0)
      if (changes === undefined) this.dailyChanges.set(strategy, [change])
      else changes.push(change)
      this.dayStartEquity.set(strategy, equity)
    }
  }
}
