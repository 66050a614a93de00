import { AfterClose, type MarketEnd } from "../core/account/afterClose.ts"
import { sampleEquity } from "../core/account/attribution.ts"
import { balanceProblem } from "../core/account/balance.ts"
import { quoteAge } from "../core/MarketBoard.ts"
import { type ShownFill } from "../domain/Execution.ts"
import { type DecisionFact, type Fact, type OrderFact, type PackageFact, type SettlementFact } from "../domain/Fact.ts"
import { maxQuoteAge } from "../domain/Freshness.ts"
import { type MarketId, type StrategyId } from "../domain/ids.ts"
import { isWorking, type OrderRequest } from "../domain/Order.ts"
import { type PlannedOrder } from "../domain/OrderPackage.ts"
import { notFilledInWindow, packageIncomplete, type Rejection, rejectionText } from "../domain/rejection.ts"
import { type EpochMicros } from "../domain/time.ts"
import { fromMicros, type MicroUnits } from "../domain/units.ts"
import { type EngineState } from "../engine/EngineState.ts"
import { DailyEquity } from "./DailyEquity.ts"
import { type EntryRisk, type LedgerEntry } from "./LedgerRow.ts"
import { MomentLedger } from "./MomentLedger.ts"
import { RejectReasons } from "./RejectReasons.ts"
import { type LegRisk, type ReplayOutcome } from "./ReplayOutcome.ts"
import { isResting, RestingSignals } from "./RestingSignals.ts"
import { type FoldOutput } from "./SignalFold.ts"

/** A gate decided before risk was asked. */
const notAsked: EntryRisk = {
  notional: 0,
  realizedBefore: 0,
  strategyNotionalBefore: 0,
  eventNotionalBefore: 0,
  rejectionsBefore: 0
}

/** What became of an order, for its row. Micro-units. */
interface RowEnd {
  readonly planned: PlannedOrder
  readonly leg: LedgerEntry["leg"]
  readonly shown: ShownFill | null
  readonly risk: EntryRisk
  readonly reason: string
  /** What the reason is the text of; null: it filled. */
  readonly rejection: Rejection | null
  readonly filled: {
    readonly price: MicroUnits
    readonly qty: MicroUnits
    readonly fee: MicroUnits
    readonly realizedChange: MicroUnits
  } | null
}

const endsUnfilled = ({ filledQty, planned }: OrderFact): boolean => planned.signalId !== null && filledQty === 0

const filledOf = ({ fills, realizedChanges }: OrderFact): RowEnd["filled"] => {
  const [first] = fills
  if (first === undefined) return null
  if (fills.length === 1) {
    return { price: first.price, qty: first.qty, fee: first.fee, realizedChange: realizedChanges[0] ?? 0 }
  }
  let [qty, value, fee, realizedChange] = [0, 0, 0, 0]
  for (const fill of fills) {
    qty += fill.qty
    value += fill.price * fill.qty
    fee += fill.fee
  }
  for (const change of realizedChanges) realizedChange += change
  return { price: value / qty, qty, fee, realizedChange }
}

/** What the ledger knows of the window, and the engine does not. */
export interface ReplayWindow {
  readonly toUs: EpochMicros
  /** How markets ended at the exchange, whenever that was learnt: it marks rows, and decides nothing. */
  readonly ends: ReadonlyMap<MarketId, MarketEnd>
}

/** Writes what the engine did into the ledger of a replay, and adds it up for the report. */
export class ReplayLedger {
  private total = 0
  private executed = 0
  private oldFills = 0
  private readonly settled = new Map<StrategyId, { squares: number; count: number }>()
  private readonly legRisk = new Map<StrategyId, { -readonly [K in keyof LegRisk]: LegRisk[K] }>()
  private readonly afterClose = new AfterClose()
  private readonly ends: ReplayWindow["ends"]
  private readonly state: EngineState
  private readonly daily: DailyEquity
  private readonly ledger: MomentLedger
  private readonly reasons: RejectReasons
  private readonly signals: RestingSignals
  private readonly toUs: EpochMicros
  private momentUs: EpochMicros

  constructor(state: EngineState, { ends, toUs }: ReplayWindow, output: FoldOutput) {
    this.state = state
    this.ends = ends
    this.toUs = toUs
    this.ledger = new MomentLedger(output.ledger)
    this.reasons = new RejectReasons(output.onRejected)
    this.signals = new RestingSignals(this.reasons)
    this.momentUs = state.nowUs
    this.daily = new DailyEquity({ fromUs: state.nowUs, toUs })
    state.account.followMoments()
    state.onNewDay = (atUs) => this.daily.reach(atUs, this.state.account.byStrategy)
  }

  readonly take = (fact: Fact): void => {
    if (fact.atUs !== this.momentUs) {
      this.ledger.flush()
      this.momentUs = fact.atUs
    }
    switch (fact.kind) {
      case "decision":
        return this.decided(fact)
      case "order":
        return this.ordered(fact)
      case "package":
        return this.ended(fact)
      case "settlement":
        return this.paidOut(fact)
      case "scan":
      case "dropped":
        return
    }
  }

  /** The window ended: the last rows go out, and every curve gets its last point. */
  finish(): void {
    this.ledger.flush()
    this.momentUs = this.toUs
    for (const fact of this.signals.finish()) this.unfilled(fact)
    this.ledger.flush()
    const { account } = this.state
    const { byEvent, byStrategy } = account
    account.endMoment()
    this.daily.finish(byStrategy)
    for (const tally of byStrategy.values()) sampleEquity(tally)
    for (const events of byEvent.values()) for (const tally of events.values()) sampleEquity(tally)
  }

  balanceProblem(): string | null {
    return balanceProblem(this.state.account)
  }

  outcome(): ReplayOutcome {
    const { byEvent, byStrategy, holdings, marked } = this.state.account
    return {
      total: this.total,
      executed: this.executed + this.signals.executed,
      reasons: this.reasons.counts,
      byStrategy,
      byEvent,
      holdings,
      marked,
      dailyChanges: this.daily.changes,
      days: this.daily.days,
      settled: this.settled,
      afterClose: { fills: this.afterClose.fills, pnl: this.afterClose.pnl },
      oldFills: this.oldFills,
      legRisk: this.legRisk
    }
  }

  private decided({ decisions, estimates, package: of, planned, refusal }: DecisionFact): void {
    const signals = of.signalIds.length
    this.total += signals
    if (refusal === null) return
    const own = rejectionText(refusal.reason)
    this.reasons.count(refusal.reason, own, signals)
    // What an order was to take at the end of its time to live was refused.
    if (signals === 0)
      for (const { request, signalId } of planned) this.signals.refused(signalId, request, refusal.reason)
    const failed = refusal.at === null ? undefined : planned[refusal.at]?.request
    const incomplete = failed === undefined ? refusal.reason : packageIncomplete(failed, refusal.reason)
    const others = failed === undefined ? own : rejectionText(incomplete)
    let index = 0
    for (const order of planned) {
      const failedItself = refusal.at === null || refusal.at === index
      const reason = failedItself ? own : others
      const rejection = failedItself ? refusal.reason : incomplete
      const shown = estimates[index]?.shown ?? null
      const risk = decisions[index] ?? notAsked
      this.write({ planned: order, leg: order.role, shown, risk, reason, rejection, filled: null })
      index += 1
    }
  }

  private ordered(fact: OrderFact): void {
    const filled = filledOf(fact)
    this.signals.ordered(fact)
    // An order that only rests is no row: its fills are, or its end where the order of a signal had none.
    if (filled === null && (isWorking(fact.status) || (!fact.first && !endsUnfilled(fact)))) return
    const { decision, planned, purpose, reason, shown } = fact
    this.write({
      planned,
      leg: purpose === "unwind" ? "unwind" : planned.role,
      shown,
      risk: decision ?? notAsked,
      reason: filled !== null || reason === null ? "ok" : rejectionText(reason),
      rejection: filled !== null ? null : reason,
      filled
    })
  }

  /** The row of an order that still rests, without a fill, at the end of the window. */
  private unfilled({ decision, planned }: OrderFact): void {
    const reason = rejectionText(notFilledInWindow)
    const risk = decision ?? notAsked
    this.write({ planned, leg: planned.role, shown: null, risk, reason, rejection: notFilledInWindow, filled: null })
  }

  private ended({ legCost, outcome, package: of, refusal }: PackageFact): void {
    const signals = of.signalIds.length
    // Of orders that rest it is known later whether they trade at all.
    if (isResting(of)) return
    if (refusal === null) this.executed += signals
    else this.reasons.count(refusal.reason, rejectionText(refusal.reason), signals)
    if (of.legs.length < 2) return
    let risk = this.legRisk.get(of.strategy)
    if (risk === undefined) this.legRisk.set(of.strategy, (risk = { packages: 0, unwound: 0, stranded: 0, cost: 0 }))
    risk.packages += 1
    if (outcome === "unwound") risk.unwound += 1
    else if (outcome === "stranded") risk.stranded += 1
    risk.cost += legCost
  }

  private write({ filled, leg, planned, reason, rejection, risk, shown }: RowEnd): void {
    const { request, signalId } = planned
    this.record({
      atUs: 0,
      strategy: request.strategy,
      eventId: request.eventId,
      marketId: request.marketId,
      token: request.token,
      side: request.side,
      leg,
      signalId,
      qty: request.qty,
      executedQty: filled === null ? 0 : filled.qty,
      fillRatio: filled === null ? 0 : (shown?.fillRatio ?? 1),
      fillProbability: filled === null ? 0 : (shown?.fillProbability ?? 1),
      slippageBps: shown?.slippageBps ?? this.state.settings.model.fills.slippageBps,
      targetPrice: fromMicros(request.limitPrice),
      fillPrice: filled?.price ?? shown?.price ?? 0,
      fee: filled === null ? 0 : filled.fee,
      realizedChange: filled === null ? 0 : filled.realizedChange,
      strategyEquity: 0,
      eventEquity: 0,
      allowed: filled !== null,
      reason,
      rejection,
      // That an order filled nothing in the whole window, no quote decided.
      quoteAgeUs: rejection === notFilledInWindow ? null : this.quoteAge(request.marketId, filled !== null),
      afterClose: filled !== null && this.cameAfterClose(request, filled),
      risk
    })
  }

  private cameAfterClose({ marketId, side, token }: OrderRequest, filled: NonNullable<RowEnd["filled"]>): boolean {
    if (this.ends.size === 0) return false
    return this.afterClose.take({ ...filled, side, token, atUs: this.momentUs }, this.ends.get(marketId))
  }

  /** Of the quote in force now; null: the market was never seen. */
  private quoteAge(marketId: MarketId, traded: boolean): EpochMicros | null {
    const { nowUs, settings } = this.state
    const market = this.state.find(marketId)
    if (market === undefined) return null
    const ageUs = quoteAge(market, nowUs)
    if (traded && ageUs > maxQuoteAge(settings.freshness.limit, market.instrument.source)) this.oldFills += 1
    return ageUs
  }

  private paidOut(fact: SettlementFact): void {
    const { cost, fill, qty, strategy } = fact
    const pays = fromMicros(fill.price)
    const settled = this.settled.get(strategy) ?? { squares: 0, count: 0 }
    const forecast = cost / qty
    settled.squares += (forecast - pays) * (forecast - pays)
    settled.count += 1
    this.settled.set(strategy, settled)
    this.record({
      atUs: 0,
      strategy,
      eventId: fact.eventId,
      marketId: fact.marketId,
      token: fact.token,
      side: fill.side,
      leg: "settlement",
      signalId: null,
      qty: fill.qty,
      executedQty: fill.qty,
      fillRatio: 1,
      fillProbability: 1,
      slippageBps: 0,
      targetPrice: pays,
      fillPrice: fill.price,
      fee: 0,
      realizedChange: fact.realizedChange,
      strategyEquity: 0,
      eventEquity: 0,
      allowed: true,
      reason: "settlement",
      quoteAgeUs: null,
      afterClose: false,
      risk: this.settlementRisk(fact)
    })
  }

  /** Risk is not asked about a payout; the row shows where the account stood after it. */
  private settlementRisk({ eventId, strategy }: SettlementFact): EntryRisk {
    const { exposure } = this.state
    return {
      notional: 0,
      realizedBefore: exposure.realized,
      strategyNotionalBefore: this.state.account.strategyTally(strategy).notional,
      eventNotionalBefore: this.state.account.eventNotional.get(eventId) ?? 0,
      rejectionsBefore: exposure.rejections
    }
  }

  /** Adds an entry at this moment with the equity as it is now, and an equity point to both curves. */
  private record(entry: LedgerEntry): void {
    const { account } = this.state
    entry.atUs = this.momentUs
    entry.strategyEquity = sampleEquity(account.strategyTally(entry.strategy))
    entry.eventEquity = sampleEquity(account.eventTally(entry.strategy, entry.eventId))
    this.ledger.add(entry)
  }
}
