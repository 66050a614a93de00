import {
  type EventId,
  type MarketId,
  type OrderId,
  type Side,
  type SignalId,
  type StrategyId,
  type Token
} from "./ids.ts"
import { type RestTerms } from "./RestTerms.ts"
import { reasonText, type Rejection } from "./rejection.ts"
import { type EpochMicros } from "./time.ts"
import { type Price, type Shares } from "./units.ts"

/** `ioc`: what cannot fill at once is cancelled. `gtc`: the rest stays open until cancelled or the market closes. */
export type TimeInForce = "ioc" | "gtc"

/**
 * `pending`: stored, and perhaps sent. `submitted`: the exchange has it and has not said what became of it. `unknown`: its
 * answer was lost.
 */
export const orderStatuses = [
  "pending",
  "submitted",
  "unknown",
  "open",
  "partially_filled",
  "filled",
  "canceled",
  "expired",
  "rejected"
] as const
export type OrderStatus = (typeof orderStatuses)[number]

/** Whether the order adds to what is held or gives it back. */
export type OrderAction = "open" | "close"

/** A limit order before risk has seen it. Price in micro-USDC per share, quantity in micro-shares. */
export interface OrderRequest {
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly eventId: EventId
  readonly token: Token
  readonly side: Side
  readonly action: OrderAction
  readonly limitPrice: Price
  readonly qty: Shares
  readonly tif: TimeInForce
  /** How it rests; absent or null: until it is cancelled or its market closes, if it may rest at all. */
  readonly rest?: RestTerms | null
}

/** `settlement`: it was never sent; it holds what the resolution of its market paid out. */
export type OrderKind = "order" | "settlement"

/** A stored order. */
export interface Order extends OrderRequest {
  readonly id: OrderId
  readonly kind: OrderKind
  readonly mode: "paper" | "live"
  readonly status: OrderStatus
  readonly filledQty: Shares
  readonly externalId: string | null
  /** Why it was rejected or canceled, or what is not as it should be; null otherwise. */
  readonly reason: Rejection | null
  readonly signalId: SignalId | null
  readonly createdAtUs: EpochMicros
}

/** What people read of an order: why it ended, or that it is a settlement; "" where there is nothing to say. */
export const orderMessage = ({ kind, reason }: Pick<Order, "kind" | "reason">): string =>
  kind === "settlement" && reason === null ? kind : reasonText(reason)

/** It is not known whether the venue has the order, or what it made of it. */
export const doubtfulStatuses = ["pending", "submitted", "unknown"] as const satisfies ReadonlyArray<OrderStatus>
export const isDoubtful = (status: OrderStatus): boolean => doubtfulStatuses.some((doubtful) => doubtful === status)

export const workingStatuses = [
  ...doubtfulStatuses,
  "open",
  "partially_filled"
] as const satisfies ReadonlyArray<OrderStatus>

/** Whether an order can still fill. */
export const isWorking = (status: OrderStatus): boolean => workingStatuses.some((working) => working === status)

/** Whether the program's own simulated venue has the order. */
export const isSimulated = ({ mode }: Pick<Order, "mode">): boolean => mode === "paper"
