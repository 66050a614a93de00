import { type Estimate } from "./Execution.ts"
import { type EventId, type MarketId, type StrategyId } from "./ids.ts"
import { type ApprovedOrder } from "./ApprovedOrder.ts"
import { type Rejection } from "./rejection.ts"
import { type RiskDecision } from "./Risk.ts"
import { type EpochMicros } from "./time.ts"
import { type Usdc } from "./units.ts"

/** `probe`: one order may pass; accepted it closes the circuit breaker, rejected it opens it again. */
export type BreakerPhase = "closed" | "open" | "probe"

/** Worst loss before and after, micro-USDC; negative where even the worst outcome gains. */
export interface LossChange {
  readonly before: Usdc
  readonly after: Usdc
}

/** What an order would do to the worst loss over the joint outcomes. */
export interface ScenarioPreview {
  readonly book: LossChange
  /** The events that it belongs to. */
  readonly events: ReadonlyArray<LossChange & { readonly eventId: EventId }>
}

/** What of the bankroll is in use. */
export interface BankrollUse {
  /**
   * Cost of what is held, and what resting orders and unsent legs may still cost, less what was realized so far (fees
   * included): the bankroll less this is free cash.
   */
  readonly used: () => Usdc
  /** The most that an order may cost: its notional and the fee on it. */
  readonly costOf: (order: Estimate) => Usdc
}

/** What is at stake before a package: positions at cost plus what still rests, micro-USDC. */
export interface Exposure {
  /** Realized PnL of the current UTC day. */
  readonly realized: Usdc
  readonly strategyNotional: (strategy: StrategyId) => Usdc
  readonly eventNotional: (eventId: EventId) => Usdc
  /** Of everything that resolves on a UTC day, by its number; null when the limit is off, so it is not counted. */
  readonly resolutionDayNotional: ((day: number) => Usdc) | null
  /** How old a quote of a source may be, microseconds (source null: none showed the market); null: the limit is off. */
  readonly maxQuoteAge: ((source: string | null) => EpochMicros) | null
  readonly openOrders: number
  readonly breaker: BreakerPhase
  /** Rejections in a row that count. */
  readonly rejections: number
  /**
   * What an order would do, given earlier ones of its package; null when no scenario limit is set, so it is not counted.
   */
  readonly scenario: ((order: Estimate, given: ReadonlyArray<Estimate>) => ScenarioPreview) | null
  /** Whether the resolution of a market's contract was last said to be disputed. */
  readonly disputed: (marketId: MarketId) => boolean
  /** Of everything in a market's contract; null when the limit is off, so it is not counted. */
  readonly marketNotional: ((marketId: MarketId) => Usdc) | null
  /** Of everything; null as before. */
  readonly totalNotional: (() => Usdc) | null
  /** null when no bankroll is configured. */
  readonly bankroll: BankrollUse | null
  /** How far equity has fallen since its peak; null when the stop is off. */
  readonly drawdown: Usdc | null
}

/** What refuses an order: no counterparty is there (`market`), the limits (`risk`), or the venue's rules. */
export type RefusedBy = "market" | "risk" | "venue"

/** Why a package does not go: the order that could not, and whether that counts for the circuit breaker. */
export interface OrderRefusal {
  /** Index of the order. */
  readonly at: number
  readonly by: RefusedBy
  readonly status: "rejected" | "canceled"
  readonly reason: Rejection
  readonly counts: boolean
}

export interface PackageVerdict {
  readonly decisions: ReadonlyArray<RiskDecision>
  /** null: the orders may go. */
  readonly refusal: OrderRefusal | null
  readonly approved: ReadonlyArray<ApprovedOrder>
}
