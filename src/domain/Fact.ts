import { type ClientOrderId } from "./EngineEvent.ts"
import { type Estimate, type ReportedFill, type ShownFill } from "./Execution.ts"
import { type NewFill } from "./Fill.ts"
import { type EventId, type MarketId, type SignalId, type StrategyId, type Token } from "./ids.ts"
import { type Payout } from "./Market.ts"
import { type OrderStatus } from "./Order.ts"
import { type OrderPackage, type PlannedOrder } from "./OrderPackage.ts"
import { type PackageAlarm } from "./PackageAlarm.ts"
import { type Rejection } from "./rejection.ts"
import { type RiskDecision } from "./Risk.ts"
import { type NewSignal } from "./Signal.ts"
import { type EpochMicros } from "./time.ts"
import { type Shares, type Usdc } from "./units.ts"

/** Who refused a package. A gate judges the moment, not the signals: they may be tried again. */
export type Refuser = "gate" | "market" | "risk" | "venue"

export interface PackageRefusal {
  readonly by: Refuser
  readonly reason: Rejection
  /** Index of the order that failed; null: it concerns every order alike. */
  readonly at: number | null
  readonly status: "rejected" | "canceled"
  /** It counts for the circuit breaker. */
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

/** An order reached the venue and came back, changed later, or was never sent because its package ended. */
export interface OrderFact {
  readonly kind: "order"
  readonly atUs: EpochMicros
  readonly orderId: ClientOrderId
  /** null: an order of an earlier session. */
  readonly run: number | null
  /** The first that is heard of it. */
  readonly first: boolean
  readonly purpose: "entry" | "unwind"
  /** What it was planned to be; the order that was sent may have been for fewer shares. */
  readonly planned: PlannedOrder
  readonly status: OrderStatus
  /** New ones only. */
  readonly fills: ReadonlyArray<ReportedFill>
  /** What each of them realized, micro-USDC. */
  readonly realizedChanges: ReadonlyArray<Usdc>
  /** Of the order in all, micro-shares. */
  readonly filledQty: Shares
  /** Why it was refused or cancelled; null: it was not. */
  readonly reason: Rejection | null
  readonly countsAsRejection: boolean
  readonly externalId: string | null
  /** The simulated venue's look at it; null: none. */
  readonly shown: ShownFill | null
  readonly decision: RiskDecision | null
  /** The quote that filled a resting order. */
  readonly quoteAtUs: EpochMicros | null
  readonly createdAtUs: EpochMicros
}

/** A package that was sent came to its end. */
export interface PackageFact {
  readonly kind: "package"
  readonly atUs: EpochMicros
  readonly run: number
  readonly package: OrderPackage
  readonly outcome: "complete" | "unwound" | "nothing" | "stranded"
  /** Why nothing traded; null: something did, or rests. */
  readonly refusal: PackageRefusal | null
  readonly alarm: PackageAlarm | null
  /** What giving legs back lost, price and fees, micro-USDC; negative: it gained. */
  readonly unwindLoss: Usdc
  /** `unwindLoss`, and what stranded legs are worth less at the quote of this moment than was paid for them. */
  readonly legCost: Usdc
  /** The venue has seen one of its orders, or it is not known that it has not. */
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

/** It was time to ask the strategies. */
export interface ScanFact {
  readonly kind: "scan"
  readonly atUs: EpochMicros
  /** false: nothing new was seen since they were asked last, or the own orders cannot be seen. */
  readonly asked: boolean
  /** What they want, best score first, as far as it is traded now. */
  readonly chosen: ReadonlyArray<ChosenSignal>
  /** Signals that were left: in their cooldown, or beyond the maximum. */
  readonly left: number
  /** Why the own orders cannot be seen; null: they can. */
  readonly held: string | null
}

/** Packages that were chosen and not begun: the program was asked to stop, or a gate closed. */
export interface DroppedFact {
  readonly kind: "dropped"
  readonly atUs: EpochMicros
  readonly packages: ReadonlyArray<OrderPackage>
  /** The gate that closed; null: the program was asked to stop. */
  readonly reason: Rejection | null
}

/** What happened: read by ledger, journal, store and reports, never by the engine. */
export type Fact = DecisionFact | OrderFact | PackageFact | SettlementFact | ScanFact | DroppedFact
