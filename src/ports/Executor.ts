import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { type StoreError, type VenueUnavailable } from "../domain/errors.ts"
import { type Estimate, type ExecutionResult, type OrderUpdate } from "../domain/Execution.ts"
import { type MarketId } from "../domain/ids.ts"
import { type Market } from "../domain/Market.ts"
import { type ApprovedOrder, type Order, type OrderRequest } from "../domain/Order.ts"
import { type EpochMicros } from "../domain/time.ts"

/** The moment at which a venue is asked, and what is known of the markets then. */
export interface ExecutionContext {
  readonly atUs: EpochMicros
  /** A market as last seen at or before `atUs`. A venue with data of its own need not ask. */
  readonly market: (marketId: MarketId) => Market | undefined
  /**
   * true: no fill is worse than the limit. false: the limit is a signal's target, which the fill model widens by its own
   * slippage, so that slippage alone never refuses a signal.
   */
  readonly strictLimit: boolean
  /**
   * true: a person typed the order, so it is sent as it is or refused. Otherwise a venue rounds it to what it deals in, never
   * to a worse price or a larger quantity.
   */
  readonly exact?: boolean
}

/** A venue. Only risk makes an ApprovedOrder, so an unchecked order cannot be submitted. */
export interface ExecutorShape {
  /** Several immediate orders submitted together all trade, or none does. An exchange cannot promise that. */
  readonly atomic: boolean
  readonly estimate: (
    orders: ReadonlyArray<OrderRequest>,
    context: ExecutionContext
  ) => Effect.Effect<ReadonlyArray<Estimate>, StoreError>
  /** One result for each order. */
  readonly submit: (
    orders: ReadonlyArray<ApprovedOrder>,
    context: ExecutionContext
  ) => Effect.Effect<ReadonlyArray<ExecutionResult>, VenueUnavailable | StoreError>
  /** Only orders that something happened to. */
  readonly refresh: (
    orders: ReadonlyArray<Order>,
    context: Pick<ExecutionContext, "atUs" | "market">
  ) => Effect.Effect<ReadonlyArray<OrderUpdate>, VenueUnavailable | StoreError>
  /**
   * Succeeds once the venue has let go of the order. Some: as it ended there, stored already, perhaps filled; None: it is
   * for the caller to store that it is cancelled.
   */
  readonly cancel: (order: Order) => Effect.Effect<Option.Option<Order>, VenueUnavailable | StoreError>
}

/** The venue that orders of one mode go to. */
export class Executor extends Context.Tag("monomarket/ports/Executor")<Executor, ExecutorShape>() {}

/** The venue of each mode: which one an order meets is decided per order, behind the gates. */
export class Executors extends Context.Tag("monomarket/ports/Executors")<
  Executors,
  { readonly paper: ExecutorShape; readonly live: ExecutorShape }
>() {}
