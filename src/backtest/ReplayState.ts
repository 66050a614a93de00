import { Account, type AccountFill } from "../core/account.ts"
import { sampleEquity } from "../core/attribution.ts"
import { balanceProblem } from "../core/balance.ts"
import { type FeeModel } from "../core/fees.ts"
import { type FillModel, fillModelOf } from "../core/fillModel.ts"
import { type MarketId, type StrategyId } from "../domain/ids.ts"
import { type Payout } from "../domain/Market.ts"
import { type Rejection } from "../domain/rejection.ts"
import { type RiskLimits } from "../domain/Risk.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type Micros } from "../domain/units.ts"
import { type ScenarioMarket, type ScenarioStakes, scenarioStakesOf } from "../engine/scenarioStakes.ts"
import { type MarketRules } from "../ports/HistoryReader.ts"
import { type BreakerState, closedBreaker } from "../risk/breaker.ts"
import { limitsOf } from "../risk/limits.ts"
import { DailyEquity } from "./DailyEquity.ts"
import { type LedgerEntry } from "./LedgerRow.ts"
import { MomentLedger } from "./MomentLedger.ts"
import { type BacktestOptions, feeModelOf } from "./options.ts"
import { QuoteBoard } from "./quotes.ts"
import { RejectReasons } from "./RejectReasons.ts"
import { type ReplayOutcome } from "./ReplayOutcome.ts"
import { type FoldOutput } from "./SignalFold.ts"

/** Everything a replay knows at one moment. Owned by one Replay, changed in place, never shared. */
export class ReplayState {
  /** Of a strategy replay: the trading program's own, lent. */
  account: Account
  readonly board: QuoteBoard
  readonly fillModel: FillModel
  readonly feeModel: FeeModel
  readonly limits: RiskLimits
  readonly rules: ReadonlyMap<MarketId, MarketRules>
  /** null: no scenario limit is set, and nobody counts. */
  readonly scenario: ScenarioStakes | null
  readonly resolved = new Map<MarketId, Payout>()
  readonly settled = new Map<StrategyId, { squares: number; count: number }>()
  breaker: BreakerState = closedBreaker
  total = 0
  executed = 0
  nowUs: EpochMicros
  private realizedAtDayStart: Micros = 0
  private readonly daily: DailyEquity
  private readonly ledger: MomentLedger
  private readonly reasons: RejectReasons

  constructor(options: BacktestOptions, rules: ReadonlyMap<MarketId, MarketRules>, output: FoldOutput) {
    this.account = new Account()
    this.board = new QuoteBoard()
    this.fillModel = fillModelOf(options.execution)
    this.feeModel = feeModelOf(options)
    this.limits = limitsOf(options.risk)
    this.rules = rules
    this.scenario = scenarioStakesOf(this.limits, (marketId) => this.contractOf(marketId))
    this.ledger = new MomentLedger(output.ledger)
    this.reasons = new RejectReasons(output.onRejected)
    this.nowUs = options.fromUs
    this.daily = new DailyEquity(options.fromUs)
  }

  /** Moves time forward; a new moment flushes the rows of the one before. */
  advance(nowUs: EpochMicros): void {
    if (nowUs === this.nowUs) return
    this.ledger.flush()
    if (this.daily.reach(nowUs, this.account.byStrategy)) this.realizedAtDayStart = this.account.realized
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
    this.ledger.add(entry)
  }

  countRejected(rejection: Rejection, text: string, signals: number): void {
    this.reasons.count(rejection, text, signals)
  }

  /** Ends the window: the last rows go out, time stands at its end, and every curve gets its last point. */
  finish(toUs: EpochMicros): void {
    this.advance(Math.max(toUs, this.nowUs))
    this.ledger.flush()
    for (const tally of this.account.byStrategy.values()) sampleEquity(tally)
    for (const events of this.account.byEvent.values()) for (const tally of events.values()) sampleEquity(tally)
  }

  balanceProblem(): string | null {
    return balanceProblem(this.account)
  }

  outcome(): ReplayOutcome {
    const { byEvent, byStrategy, holdings } = this.account
    return {
      total: this.total,
      executed: this.executed,
      reasons: this.reasons.counts,
      byStrategy,
      byEvent,
      holdings,
      dailyChanges: this.daily.changes,
      settled: this.settled
    }
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
}
