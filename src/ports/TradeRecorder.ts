import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { type OrderId } from "../domain/ids.ts"
import { type StoreError } from "../domain/errors.ts"
import { type ReportedFill } from "../domain/Execution.ts"
import { type Order, type OrderStatus } from "../domain/Order.ts"
import { type Portfolio } from "../domain/Portfolio.ts"
import { type Position } from "../domain/Position.ts"
import { type Rejection } from "../domain/rejection.ts"
import { type NewSignal, type Signal } from "../domain/Signal.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type Shares, type Usdc } from "../domain/units.ts"
import { type RecordInput, type SettledPosition } from "./TradeRepo.ts"

/** Where the trading program starts from and what it leaves behind: a database, or memory in a backtest. */
export class TradeRecorder extends Context.Tag("monomarket/ports/TradeRecorder")<
  TradeRecorder,
  {
    /** One at a time: what is read inside is still true when something is recorded inside. */
    readonly exclusively: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
    readonly positions: Effect.Effect<ReadonlyArray<Position>, StoreError>
    /** Orders that can still fill, oldest first. */
    readonly working: Effect.Effect<ReadonlyArray<Order>, StoreError>
    /** Sum of realized changes at or after `sinceUs`, micro-USDC. */
    readonly realizedSince: (sinceUs: EpochMicros) => Effect.Effect<Usdc, StoreError>
    /** Breaker-counting rejections and accepted orders at or after `sinceUs`, oldest first. */
    readonly decisionsSince: (sinceUs: EpochMicros) => Effect.Effect<Portfolio["decisions"], StoreError>
    /** Wishes whose signals were executed or rejected at or after `sinceUs`, each with the last time. */
    readonly triedSince: (sinceUs: EpochMicros) => Effect.Effect<Portfolio["tried"], StoreError>
    /** Highest equity since the drawdown stop was last reset, micro-USDC; null: none was stored since. */
    readonly equityPeak: Effect.Effect<Usdc | null, StoreError>
    /** Stores the peak, so that it outlives the process. A lower one than is stored changes nothing. */
    readonly raiseEquityPeak: (peak: Usdc, atUs: EpochMicros) => Effect.Effect<void, StoreError>
    /** Fills on the simulated venue at or after `sinceUs` that are newer than the snapshot of their market. */
    readonly takenSince: (sinceUs: EpochMicros) => Effect.Effect<Portfolio["taken"], StoreError>
    /** Whether another process wrote since the last time this was asked: then what is in memory may be out of date. */
    readonly changedOutside: Effect.Effect<boolean, StoreError>
    readonly signals: (
      signals: ReadonlyArray<NewSignal>,
      atUs: EpochMicros
    ) => Effect.Effect<ReadonlyArray<Signal>, StoreError>
    /**
     * Marks new signals as executed, before anything is sent for them. false: one of them is no longer "new" (another
     * process has it), and nothing changed. A process that dies now leaves them executed: rather not at all than twice.
     */
    readonly claim: (signalIds: ReadonlyArray<number>, atUs: EpochMicros) => Effect.Effect<boolean, StoreError>
    /** Makes claimed signals new again: certainly nothing was sent. What was recorded since stays as it is. */
    readonly release: (signalIds: ReadonlyArray<number>, atUs: EpochMicros) => Effect.Effect<void, StoreError>
    /**
     * Orders (one, or all legs of a bundle), their fills, the positions they change and the signals' new status, all or
     * nothing. `None`: one of the signals is no longer "new", and nothing was stored.
     */
    readonly record: (input: RecordInput) => Effect.Effect<Option.Option<ReadonlyArray<Order>>, StoreError>
    /**
     * How often a position of `qty` micro-shares was paid out before: a fill that came in late is paid too. null: that is
     * not what is held, because another process paid it out or traded it.
     */
    readonly timesPaid: (position: SettledPosition, qty: Shares) => Effect.Effect<number | null, StoreError>
    /** More fills for a stored order, and its new status. `None` when the order is no longer working. */
    readonly apply: (input: {
      readonly orderId: OrderId
      readonly fills: ReadonlyArray<ReportedFill>
      readonly status: OrderStatus
      readonly reason: Rejection | null
      /** How it rests from now on; absent or null: unchanged. */
      readonly rest?: Order["rest"]
      readonly atUs: EpochMicros
    }) => Effect.Effect<Option.Option<Order>, StoreError>
  }
>() {}
