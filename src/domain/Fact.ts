import { type ClientOrderId } from "./EngineEvent.ts"
import { type Estimate, type ReportedFill, type ShownFill } from "./Execution.ts"
import { type NewFill } from "./Fill.ts"
import { type EventId, type MarketId, type SignalId, type StrategyId, type Token } from "./ids.ts"
import { type Payout } from "./Market.ts"
import { type OrderStatus } from "./Order.ts"
import { type OrderPackage, type PlannedOrder } from "./OrderPackage.ts"
import { type PackageAlarm } from "./PackageAlarm.ts"
import { type Rejection } from "./rejection.ts"
import { type RestTerms } from "./RestTerms.ts"
import { type RiskDecision } from "./Risk.ts"
import { type NewSignal } from "./Signal.ts"
import { type EpochMicros } from "./time.ts"
import { type Shares, type Usdc } from "./units.ts"

/**
 * What refused a package. A gate (a switch such as the kill switch) says that nothing may be traded now. It does not
 * judge the signals, so they may be tried again later.
 */
export type Refuser = "gate" | "market" | "risk" | "venue"

export interface PackageRefusal {
  readonly by: Refuser
  readonly reason: Rejection
  /** Index of the order that failed; null: it concerns every order alike. */
  readonly at: number | null
  readonly status: "rejected" | "canceled"
  /** Whether the refusal counts as a rejection for the circuit breaker. */
  readonly counts: boolean
}

/** What gates and risk said of a package, before anything was sent. */
export interface DecisionFact {
  readonly kind: "decision"
  readonly atUs: EpochMicros
  /** The engine's number of the package. */
  readonly run: number
  readonly package: OrderPackage
  readonly planned: ReadonlyArray<PlannedOrder>
  readonly estimates: ReadonlyArray<Estimate>
  readonly decisions: ReadonlyArray<RiskDecision>
  /** null: its orders go to the venue. Otherwise the package ends here. */
  readonly refusal: PackageRefusal | null
}

/** The venue answered an order, a resting order changed, or an order was never sent because its package ended. */
export interface OrderFact {
  readonly kind: "order"
  readonly atUs: EpochMicros
  readonly orderId: ClientOrderId
  /** Number of its package; null: a later change of a resting order, perhaps of an earlier session. */
  readonly run: number | null
  /** Whether this is the first fact about the order. */
  readonly first: boolean
  readonly purpose: "entry" | "unwind"
  /** The order as it was planned; the order that was sent may have been for fewer shares. */
  readonly planned: PlannedOrder
  readonly status: OrderStatus
  /** Only those that no earlier fact had. */
  readonly fills: ReadonlyArray<ReportedFill>
  /** What each of them realized, micro-USDC. */
  readonly realizedChanges: ReadonlyArray<Usdc>
  /** What all fills of the order come to, micro-shares. */
  readonly filledQty: Shares
  /** Why it was refused or cancelled; null: it was not. */
  readonly reason: Rejection | null
  readonly countsAsRejection: boolean
  readonly externalId: string | null
  /** The fill that the simulated venue derived from its quote; null: there was none. */
  readonly shown: ShownFill | null
  readonly decision: RiskDecision | null
  /** Time of the quote that filled a resting order; null: the order changed for another reason. */
  readonly quoteAtUs: EpochMicros | null
  /** How the order rests, with what followed its fills so far; null: it does not. */
  readonly rest: RestTerms | null
  readonly createdAtUs: EpochMicros
}

/** A package that was sent came to its end. */
export interface PackageFact {
  readonly kind: "package"
  readonly atUs: EpochMicros
  readonly run: number
  readonly package: OrderPackage
  readonly outcome: "complete" | "unwound" | "nothing" | "stranded"
  /** Why nothing traded; null: something traded or rests. */
  readonly refusal: PackageRefusal | null
  readonly alarm: PackageAlarm | null
  /** What giving legs back lost, price and fees, micro-USDC; negative: it gained. */
  readonly unwindLoss: Usdc
  /** `unwindLoss`, plus what stranded legs cost beyond what they are worth at the quote of this moment. */
  readonly legCost: Usdc
  /** Whether one of its orders reached the venue, or may have. */
  readonly reached: boolean
}

/** A position was paid out. */
export interface SettlementFact {
  readonly kind: "settlement"
  readonly atUs: EpochMicros
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly eventId: EventId
  readonly token: Token
  readonly fill: NewFill
  readonly payout: Payout
  /** The position before, micro-shares and micro-USDC. */
  readonly qty: Shares
  readonly cost: Usdc
  readonly realizedChange: Usdc
}

/** A signal of a strategy, under the engine's own number. */
export interface ChosenSignal {
  readonly id: SignalId
  readonly signal: NewSignal
}

/** A scan was due: the strategies were asked for signals, unless `asked` is false. */
export interface ScanFact {
  readonly kind: "scan"
  readonly atUs: EpochMicros
  /** false: no source answered since they were asked last, or the own orders cannot be seen. */
  readonly asked: boolean
  /** Open markets that the strategies did not see, because what is known of them is too old. */
  readonly stale: number
  /** The signals that are traded now, best score first. */
  readonly chosen: ReadonlyArray<ChosenSignal>
  /** How many signals are not traded: they are in their cooldown, or beyond the maximum of a scan. */
  readonly left: number
  /** Why nothing was asked although it was due: the own orders cannot be seen; null: they can. */
  readonly held: string | null
}

/** Packages that were wanted and not begun: the program was asked to stop, or a gate closed. */
export interface DroppedFact {
  readonly kind: "dropped"
  readonly atUs: EpochMicros
  readonly packages: ReadonlyArray<OrderPackage>
  /** The gate that closed; null: the program was asked to stop. */
  readonly reason: Rejection | null
}

/** What happened: read by ledger, journal, store and reports, never by the engine. */
export type Fact = DecisionFact | OrderFact | PackageFact | SettlementFact | ScanFact | DroppedFact
