import { type FillModel, fillModelOf } from "../../core/venue/fillModel.ts"
import { type Rejection } from "../../domain/rejection.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { type MicroUnits } from "../../domain/units.ts"
import { type SignalRow, type SnapshotRow } from "../../ports/HistoryReader.ts"
import { DailyEquity } from "../DailyEquity.ts"
import { type EntryRisk } from "../LedgerRow.ts"
import { MomentLedger } from "../MomentLedger.ts"
import { type BacktestOptions } from "../options.ts"
import { RejectReasons } from "../RejectReasons.ts"
import { type ReplayOutcome } from "../ReplayOutcome.ts"
import { type FoldOutput, type SignalFold } from "../SignalFold.ts"
import { OriginalAccount } from "./account.ts"
import { balanceProblem } from "./balance.ts"
import { type OriginalLimits, originalLimits, refusalOf } from "./check.ts"
import { feeOf, fillAtTarget, type OriginalFill } from "./fill.ts"
import { type OriginalOrder, orderOf } from "./order.ts"
import { notionalOf } from "./position.ts"
import { OriginalQuotes } from "./quotes.ts"
import { originalText } from "./reasonText.ts"
import { sampleEquity } from "./tally.ts"

/** What an order traded, micro-units. */
interface Traded {
  readonly qty: MicroUnits
  readonly fillRatio: number
  readonly fillProbability: number
  readonly fee: MicroUnits
  readonly realizedChange: MicroUnits
}

/** Of an order that may not go or does not fill. */
const nothing: Traded = { qty: 0, fillRatio: 0, fillProbability: 0, fee: 0, realizedChange: 0 }

/**
 * Signal replay by the original's rules (`--compat original`): every signal is one order for its primary leg, filled at
 * its own price, with caps per (strategy, event), a loss limit and a breaker over the whole run, and naked shorts.
 */
export class OriginalReplay implements SignalFold {
  /** The original pays nothing out: positions of a resolved market stay at their mark. */
  readonly resolution = null
  readonly look = null
  private readonly account = new OriginalAccount()
  private readonly quotes = new OriginalQuotes()
  private readonly fillModel: FillModel
  private readonly feeBps: number
  private readonly limits: OriginalLimits
  private readonly daily: DailyEquity
  private readonly ledger: MomentLedger
  private readonly reasons: RejectReasons
  private nowUs: EpochMicros
  private total = 0
  private executed = 0
  /** Every rejection of the run: the breaker counts them all and never closes again. */
  private rejections = 0

  constructor(options: BacktestOptions, output: FoldOutput) {
    this.fillModel = fillModelOf(options.execution)
    this.feeBps = options.execution.fee_bps
    this.limits = originalLimits(options.risk)
    this.daily = new DailyEquity(options)
    this.ledger = new MomentLedger(output.ledger)
    this.reasons = new RejectReasons(output.onRejected)
    this.nowUs = options.fromUs
  }

  snapshot(row: SnapshotRow): void {
    // Snapshots before the window only show the state of the market at its start.
    this.advance(row.atUs)
    this.account.mark(row.marketId, this.quotes.update(row))
  }

  signals(rows: ReadonlyArray<SignalRow>): void {
    const [first] = rows
    if (first === undefined) return
    this.advance(first.createdAtUs)
    this.total += rows.length
    for (const row of rows) this.signal(orderOf(row))
  }

  finish(toUs: EpochMicros): void {
    this.advance(toUs)
    this.ledger.flush()
    this.daily.finish(this.account.byStrategy)
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
      marked: null,
      oldFills: 0,
      legRisk: new Map(),
      dailyChanges: this.daily.changes,
      days: this.daily.days,
      settled: new Map(),
      afterClose: null
    }
  }

  /** Moves time forward; a new moment hands on the rows of the one before. */
  private advance(nowUs: EpochMicros): void {
    if (nowUs <= this.nowUs) return
    this.ledger.flush()
    this.daily.reach(nowUs, this.account.byStrategy)
    this.nowUs = nowUs
  }

  /** One order, from the check to its row, which has the equity after it. */
  private signal(order: OriginalOrder): void {
    const strategy = this.account.strategyTally(order.strategy)
    const event = this.account.eventTally(order.strategy, order.eventId)
    const fill = fillAtTarget(order, this.quotes.newest(order.marketId), this.fillModel)
    const risk: EntryRisk = {
      notional: Math.abs(notionalOf(fill.price, order.qty)),
      realizedBefore: this.account.realized,
      strategyNotionalBefore: strategy.notional,
      eventNotionalBefore: event.notional,
      rejectionsBefore: this.rejections
    }
    const rejection = refusalOf(order, fill.price, risk, this.limits) ?? fill.reason
    const allowed = rejection === null
    const reason = allowed ? "ok" : originalText(rejection)
    const traded = allowed ? this.trade(order, fill) : this.reject(rejection, reason)
    this.ledger.add({
      atUs: this.nowUs,
      strategy: order.strategy,
      eventId: order.eventId,
      marketId: order.marketId,
      token: order.token,
      side: order.side,
      leg: "primary",
      signalId: order.signalId,
      qty: order.qty,
      executedQty: traded.qty,
      fillRatio: traded.fillRatio,
      fillProbability: traded.fillProbability,
      slippageBps: fill.slippageBps,
      targetPrice: order.targetPrice,
      fillPrice: fill.price,
      fee: traded.fee,
      realizedChange: traded.realizedChange,
      strategyEquity: sampleEquity(strategy),
      eventEquity: sampleEquity(event),
      allowed,
      reason,
      rejection,
      quoteAgeUs: null,
      afterClose: false,
      risk
    })
  }

  private trade(order: OriginalOrder, { fillProbability, fillRatio, price, qty }: OriginalFill): Traded {
    const fee = feeOf(price, qty, this.feeBps)
    const mark = this.quotes.mark(order.marketId, order.token)
    const realizedChange = this.account.fill(order, price, qty, fee, mark)
    this.executed += 1
    return { qty, fillRatio, fillProbability, fee, realizedChange }
  }

  private reject(rejection: Rejection, text: string): Traded {
    this.rejections += 1
    this.reasons.count(rejection, text, 1)
    return nothing
  }
}
