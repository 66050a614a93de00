import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { type StoreError, type VenueUnavailable } from "../domain/errors.ts"
import { type ExecutionResult, type ReportedFill } from "../domain/Execution.ts"
import { type MarketId } from "../domain/ids.ts"
import { type Instrument } from "../domain/instrument.ts"
import { type ApprovedOrder } from "../domain/ApprovedOrder.ts"
import { type Order } from "../domain/Order.ts"
import { type EpochMicros } from "../domain/time.ts"

/** The moment at which an exchange is asked, and what is known of the markets then. */
export interface ExecutionContext {
  readonly atUs: EpochMicros
  readonly market: (marketId: MarketId) => Instrument | undefined
  /** No fill is worse than the limit. */
  readonly strictLimit: boolean
  /**
   * A person typed the order, so it is sent as it is or refused. false: the exchange's adapter rounds it to what the
   * exchange deals in, never to a worse price or a larger quantity.
   */
  readonly exact: boolean
}

/** An order that the exchange has let go of, as it ended there. */
export interface CanceledOrder {
  readonly order: Order
  /** What it traded that was not known before. */
  readonly fills: ReadonlyArray<ReportedFill>
}

/** An exchange outside. Only risk makes an ApprovedOrder, so an unchecked order cannot be submitted. */
export interface Exchange {
  /** One result for each order, once it is known what became of it. */
  readonly submit: (
    orders: ReadonlyArray<ApprovedOrder>,
    context: ExecutionContext
  ) => Effect.Effect<ReadonlyArray<ExecutionResult>, VenueUnavailable | StoreError>
  /** Succeeds once the exchange has let go of the order, with the order as it ended there, stored already. */
  readonly cancel: (order: Order) => Effect.Effect<Option.Option<CanceledOrder>, VenueUnavailable | StoreError>
}

/** What a venue can do. The engine asks for these and never for a venue's name. */
export interface VenueCapabilities {
  /** It says before an order is sent what would become of it: an order that would find no counterparty ends before risk. */
  readonly foresees: boolean
  /** Orders of several packages may be on their way at the same time. */
  readonly parallel: boolean
}

/** The venue of one mode. */
export interface ExecutorShape {
  readonly capabilities: VenueCapabilities
  /** null: the engine's simulated venue carries the orders out, on the quotes that it has seen. */
  readonly exchange: Exchange | null
}

/** The venue of each mode: the mode that an order bears says which one it goes to. */
export class Executors extends Context.Tag("monomarket/ports/Executors")<
  Executors,
  { readonly paper: ExecutorShape; readonly live: ExecutorShape }
>() {}

/**
 * Where the trading program's orders go, as the gates see it: "paper" in a backtest and on paper, "live" to the exchange. It
 * is a part of the world that a Layer gives to the program, so that one program value runs in each of them.
 */
export class OrderMode extends Context.Tag("monomarket/ports/OrderMode")<OrderMode, Order["mode"]>() {}
