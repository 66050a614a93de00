import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { type StoreError, type VenueUnavailable } from "../domain/errors.ts"
import { type ApprovedOrder, type Order, type OrderRequest, type OrderStatus } from "../domain/Order.ts"
import { type OrderProposal } from "../domain/OrderProposal.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type OrderResult } from "./TradeRepo.ts"

export interface ExecutionContext {
  readonly atUs: EpochMicros
  /**
   * true: no fill is worse than the limit. false: the limit is a signal's target, which the fill model widens by its own
   * slippage, so that slippage alone never refuses a signal.
   */
  readonly strictLimit: boolean
}

/** How an order ended its first moment at the venue. */
export interface ExecutionResult {
  readonly status: OrderStatus
  readonly fills: OrderResult["fills"]
  /** "" or why it was rejected or canceled. */
  readonly message: string
  /** A rejection that counts for the circuit breaker. */
  readonly countsAsRejection: boolean
}

/** What the venue shows of an order before it is sent. */
export interface Estimate extends OrderProposal {
  /** An immediate order that would find nobody to trade with ends here, before risk; null otherwise. */
  readonly noMatch: { readonly status: "canceled" | "rejected"; readonly message: string } | null
  /** Why the venue would refuse it once risk has passed it; null when it would not. */
  readonly refusal: { readonly message: string; readonly countsAsRejection: boolean } | null
}

/** What became of a resting order since the venue was last asked. */
export interface OrderUpdate {
  readonly order: Order
  readonly status: OrderStatus
  readonly fills: OrderResult["fills"]
  readonly message: string
}

/** A venue. Only risk makes an ApprovedOrder, so an unchecked order cannot be submitted. */
export interface ExecutorShape {
  readonly estimate: (
    orders: ReadonlyArray<OrderRequest>,
    context: ExecutionContext
  ) => Effect.Effect<ReadonlyArray<Estimate>, StoreError>
  /** One result for each order. Several immediate orders are one bundle: all trade, or none does. */
  readonly submit: (
    orders: ReadonlyArray<ApprovedOrder>,
    context: ExecutionContext
  ) => Effect.Effect<ReadonlyArray<ExecutionResult>, VenueUnavailable | StoreError>
  /** Only orders that something happened to. */
  readonly refresh: (
    orders: ReadonlyArray<Order>,
    atUs: EpochMicros
  ) => Effect.Effect<ReadonlyArray<OrderUpdate>, VenueUnavailable | StoreError>
  /** Succeeds once the venue has let go of the order. */
  readonly cancel: (order: Order) => Effect.Effect<void, VenueUnavailable | StoreError>
}

/** The venue that orders of one mode go to. */
export class Executor extends Context.Tag("monomarket/ports/Executor")<Executor, ExecutorShape>() {}

/** The venue of each mode: which one an order meets is decided per order, behind the gates. */
export class Executors extends Context.Tag("monomarket/ports/Executors")<
  Executors,
  { readonly paper: ExecutorShape; readonly live: ExecutorShape }
>() {}
