import { type OrderId } from "./ids.ts"
import { type ExecutionResult, type ShownFill } from "./Execution.ts"
import { type MarketId, type StrategyId } from "./ids.ts"
import { type MarketEvent } from "./MarketEvent.ts"
import { type OrderPackage } from "./OrderPackage.ts"
import { type Portfolio } from "./Portfolio.ts"
import { type SwitchState } from "./Switches.ts"
import { type EpochMicros } from "./time.ts"

/**
 * The engine's own number of an order. Orders that were read from a database keep their positive id; those that the
 * engine makes count down from -1, so that a replay gives them the same numbers whatever a database calls them.
 */
export type ClientOrderId = OrderId

/** What a venue said of an order. */
export interface OrderReport extends ExecutionResult {
  /** No answer came: more may have traded than the report says. */
  readonly lost: boolean
  /** The venue takes no orders at the moment, and this one was not sent to it. */
  readonly nothingSent: boolean
  /**
   * The fill that the simulated venue derived from its quote; null: on another venue, or when it did not look for one.
   */
  readonly shown: ShownFill | null
  /** Time of the quote that filled a resting order; null: the report has another cause. */
  readonly quoteAtUs: EpochMicros | null
  /** How long the answer took, on a monotonic clock; event time on the simulated venue. */
  readonly tookUs: EpochMicros
}

/** What a timer is for. */
export type TimerId =
  /** The strategies are asked for signals. */
  | { readonly kind: "scan" }
  /** The pause before a package tries again to give a leg back is over. */
  | { readonly kind: "package"; readonly run: number }
  /** The time to live of a resting order is over. */
  | { readonly kind: "expire"; readonly orderId: ClientOrderId }
  /** The signal of a resting order was withdrawn. */
  | { readonly kind: "withdraw"; readonly orderId: ClientOrderId }
  /** A strategy that asked for regular timer events gets one. */
  | { readonly kind: "strategy"; readonly strategy: StrategyId }

/** One source was asked. */
export interface LookEvent {
  readonly kind: "look"
  readonly atUs: EpochMicros
  /** When the source was seen to say so; `atUs` may be later, because the engine's time never goes back. */
  readonly seenUs: EpochMicros
  readonly source: string
  /** The source listed what there is, all or a part of it. */
  readonly answered: boolean
  /** Its markets that it listed and that are as they were known. */
  readonly confirmed: ReadonlyArray<MarketId>
}

/**
 * Everything that can change what the engine knows. `atUs` is when it was learnt; the engine's time is the time of its
 * events and never goes back. The order of the members is their order within one moment.
 */
export type EngineEvent =
  /** The portfolio as it is stored: at the start, and after another process wrote. */
  | { readonly kind: "account"; readonly atUs: EpochMicros; readonly portfolio: Portfolio }
  | { readonly kind: "switches"; readonly atUs: EpochMicros; readonly switches: ReadonlyArray<SwitchState> }
  /** Whether the venue shows this account's orders. `problem`: why it does not; null: it does. */
  | { readonly kind: "venue"; readonly atUs: EpochMicros; readonly problem: string | null }
  | LookEvent
  /** Market data: a market as it was seen, or its final resolution, which takes effect when it was learnt. */
  | MarketEvent
  | {
      readonly kind: "report"
      readonly atUs: EpochMicros
      readonly orderId: ClientOrderId
      readonly report: OrderReport
    }
  /**
   * A package to carry out, made of signals or placed by a person. Its signals are claimed already where others could
   * take them.
   */
  | { readonly kind: "package"; readonly atUs: EpochMicros; readonly package: OrderPackage }
  | { readonly kind: "timer"; readonly atUs: EpochMicros; readonly id: TimerId }
  /** The program was asked to stop: from now on no package is begun. */
  | { readonly kind: "stop"; readonly atUs: EpochMicros }
