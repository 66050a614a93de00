import { type NewFill } from "./Fill.ts"
import { type OrderStatus } from "./Order.ts"
import { type OrderProposal } from "./OrderProposal.ts"
import { type Rejection } from "./rejection.ts"
import { type Price, type Shares, shares, type Usdc } from "./units.ts"

/** A fill as the venue reported it. */
export interface ReportedFill extends NewFill {
  /** The venue's id; null: it gave none. */
  readonly externalFillId: string | null
  /** What the venue or its model said about the fill, as JSON. */
  readonly report: string
}

/** Shares of all fills together, micro-shares. */
export const filledIn = (fills: ReadonlyArray<ReportedFill>): Shares =>
  shares(fills.reduce((sum, { qty }) => sum + qty, 0))

/** What a snapshot of the market would give for an order: shares, price and how they came about. Micro-units. */
export interface ShownFill {
  readonly price: Price
  readonly qty: Shares
  readonly fee: Usdc
  readonly fillRatio: number
  readonly fillProbability: number
  readonly slippageBps: number
}

/** What the venue shows of an order before it is sent. */
export interface Estimate extends OrderProposal {
  /** An immediate order that would find no counterparty ends here, before risk; null otherwise. */
  readonly noMatch: { readonly status: "canceled" | "rejected"; readonly reason: Rejection } | null
  /** Why the venue would refuse it once risk has passed it; null when it would not. */
  readonly refusal: { readonly reason: Rejection; readonly countsAsRejection: boolean } | null
  /** null: the venue does not say beforehand. */
  readonly shown: ShownFill | null
}

/** How an order ended its first moment at the venue. */
export interface ExecutionResult {
  readonly status: OrderStatus
  readonly fills: ReadonlyArray<ReportedFill>
  /** Why it was rejected or canceled; null where nothing went wrong. */
  readonly reason: Rejection | null
  /** A rejection that counts for the circuit breaker. */
  readonly countsAsRejection: boolean
  /** The venue's id of an order that is stored already and has a life of its own; absent: it is not stored yet. */
  readonly externalId?: string
}
