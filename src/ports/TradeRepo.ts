import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { type StoreError } from "../domain/errors.ts"
import { type ReportedFill } from "../domain/Execution.ts"
import { type Fill } from "../domain/Fill.ts"
import { type MarketId, type OrderId, type SignalId, type StrategyId } from "../domain/ids.ts"
import { type Order, type OrderKind, type OrderRequest, type OrderStatus } from "../domain/Order.ts"
import { type TakingFill } from "../domain/Portfolio.ts"
import { type Position } from "../domain/Position.ts"
import { type Rejection } from "../domain/rejection.ts"
import { type SignalStatus } from "../domain/Signal.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type Usdc } from "../domain/units.ts"

/** An order as it ended its first moment at the venue (or was refused before it). */
export interface OrderResult {
  readonly request: OrderRequest
  readonly mode: "paper" | "live"
  readonly status: OrderStatus
  /** Why it did not trade, or not in full; null where nothing went wrong. */
  readonly reason: Rejection | null
  /** Absent: an order. */
  readonly kind?: OrderKind
  /** A refusal that counts for the circuit breaker (by risk or the venue, not by a switch). */
  readonly countsAsRejection: boolean
  readonly fills: ReadonlyArray<ReportedFill>
  readonly signalId: SignalId | null
  /** When it came to this; absent: when it is recorded. */
  readonly atUs?: EpochMicros
  /**
   * The venue's id. An order that is stored under it already is not stored again: only what it came from and whether it
   * counts as a rejection are added to it; its status and fills are its own life's (LiveOrderRepo).
   */
  readonly externalId?: string
}

/** A position that a resolution pays out. */
export type SettledPosition = Pick<OrderRequest, "strategy" | "marketId" | "token">

/** What is stored together. */
export interface RecordInput {
  readonly results: ReadonlyArray<OrderResult>
  readonly signals: ReadonlyArray<{ readonly id: number; readonly status: SignalStatus }>
  readonly atUs: EpochMicros
  /** The signals were claimed before (SignalRepo.claim): they are ours, and what was traded is stored in any case. */
  readonly claimed?: boolean
}

/** A stored fill with what it realized, micro-USDC. */
export type RecordedFill = Fill & {
  readonly realizedChange: Usdc
  /** The original wrote it with fractions of a micro-unit, which are rounded away here. */
  readonly fractional?: boolean
}

export interface OrderQuery {
  readonly limit: number
  readonly status: OrderStatus | "working" | "all"
  readonly strategy: StrategyId | null
}

/** Orders, fills and positions; every method that writes is one transaction. */
export class TradeRepo extends Context.Tag("monomarket/ports/TradeRepo")<
  TradeRepo,
  {
    /**
     * Orders (one, or all legs of a bundle), their fills, the positions they change and the signals' new status, all
     * or nothing. A signal that is no longer "new" gives `None` and nothing is stored: two processes cannot execute
     * one signal. A fill whose external id is already stored is passed over.
     */
    readonly record: (input: RecordInput) => Effect.Effect<Option.Option<ReadonlyArray<Order>>, StoreError>
    /**
     * More fills for a stored order, and its new status. `None` when the order is no longer working. An order with a life
     * of its own (LiveOrderRepo) is given back as it is stored: what the venue said of it is in there. So is an order whose
     * fills are all stored already.
     */
    readonly apply: (input: {
      readonly orderId: OrderId
      readonly fills: OrderResult["fills"]
      readonly status: OrderStatus
      readonly reason: Rejection | null
      /** How it rests from now on; absent or null: unchanged. */
      readonly rest?: Order["rest"]
      readonly atUs: EpochMicros
    }) => Effect.Effect<Option.Option<Order>, StoreError>
    readonly findOrder: (id: number) => Effect.Effect<Option.Option<Order>, StoreError>
    /** Newest first; "working" are those that can still fill, oldest first. */
    readonly orders: (query: OrderQuery) => Effect.Effect<ReadonlyArray<Order>, StoreError>
    /** Newest first; also those that were reversed, which count nowhere. */
    readonly fills: (query: {
      readonly limit: number
      readonly strategy: StrategyId | null
    }) => Effect.Effect<ReadonlyArray<Fill>, StoreError>
    /** Every fill that counts, with its realized change, oldest first: what metrics are folded from. */
    readonly fillHistory: Effect.Effect<ReadonlyArray<RecordedFill>, StoreError>
    readonly positions: Effect.Effect<ReadonlyArray<Position>, StoreError>
    readonly position: (
      strategy: StrategyId,
      marketId: MarketId,
      token: Position["token"]
    ) => Effect.Effect<Option.Option<Position>, StoreError>
    /** Sum of realized changes at or after `sinceUs`, micro-USDC. */
    readonly realizedSince: (sinceUs: EpochMicros) => Effect.Effect<Usdc, StoreError>
    /**
     * Times of breaker-counting rejections and of accepted orders at or after `sinceUs`, oldest first. An immediate order
     * that merely found no counterparty is neither, nor is a settlement, nor a live order as long as the exchange has
     * not shown that it has it.
     */
    readonly decisionsSince: (
      sinceUs: EpochMicros
    ) => Effect.Effect<ReadonlyArray<{ readonly atUs: EpochMicros; readonly rejected: boolean }>, StoreError>
    /**
     * Fills on the simulated venue at or after `sinceUs` that are not older than the newest snapshot of their market: what
     * they took of the displayed size is gone until the next one.
     */
    readonly takenSince: (sinceUs: EpochMicros) => Effect.Effect<ReadonlyArray<TakingFill>, StoreError>
    /** How often a position was paid out, each time under an id of its own (`settlementFillId`). */
    readonly timesPaid: (position: SettledPosition) => Effect.Effect<number, StoreError>
    readonly countsByStatus: Effect.Effect<ReadonlyMap<OrderStatus, number>, StoreError>
    /** Counts the stored transactions of `record` and `apply`, whichever process made them. */
    readonly version: Effect.Effect<number, StoreError>
    /** The version after the last transaction of this service; 0 before the first. */
    readonly writtenVersion: Effect.Effect<number>
  }
>() {}
