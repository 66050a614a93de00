import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { type InputError, type StoreError } from "../domain/errors.ts"
import { type NewFill } from "../domain/Fill.ts"
import { type Order, type OrderRequest } from "../domain/Order.ts"
import { type RiskDecision } from "../domain/Risk.ts"

/** An order as somebody wishes it; whether it opens or closes depends on what is held when its turn comes. */
export interface OrderWish extends Omit<OrderRequest, "action"> {
  readonly signalId: number | null
}

export interface RouteRequest {
  /** One order, or a bundle that trades together or not at all. */
  readonly wishes: ReadonlyArray<OrderWish>
  readonly mode: Order["mode"]
  /** The person said so for this very order (`--confirm-live`). */
  readonly confirmed: boolean
  /** What a sale of more than is held becomes: a purchase of the other outcome, or a refusal. */
  readonly shortage: "buy_other" | "refuse"
  readonly strictLimit: boolean
}

/** One order of the bundle as it was stored. */
export interface RoutedOrder {
  readonly order: Order
  readonly fills: ReadonlyArray<NewFill>
  /** What risk saw; null when it was not asked. */
  readonly decision: RiskDecision | null
}

export type RouteOutcome =
  | { readonly _tag: "Accepted"; readonly orders: ReadonlyArray<RoutedOrder> }
  | {
      readonly _tag: "Refused"
      /** Who refused. A switch judges the moment, not the signal: the signal stays new. */
      readonly by: "switch" | "risk" | "venue" | "market"
      readonly reason: string
      readonly orders: ReadonlyArray<RoutedOrder>
    }
  /** Somebody else executed one of the signals first; nothing was stored. */
  | { readonly _tag: "Superseded" }

/**
 * The one way to a venue: kill switch, live enablement, manual confirmation, risk, executor, in this order. Whatever
 * happens is stored, orders with their fills, positions and signal status in one transaction.
 */
export class ExecutionRouter extends Context.Tag("monomarket/ports/ExecutionRouter")<
  ExecutionRouter,
  {
    readonly route: (request: RouteRequest) => Effect.Effect<RouteOutcome, StoreError | InputError>
  }
>() {}
