import { type OrderEvidence, type OrderTrade, type TradeState } from "./LiveOrder.ts"
import { type OrderStatus, type TimeInForce } from "./Order.ts"
import { type Rejection } from "./rejection.ts"
import { type EpochMicros } from "./time.ts"
import { type Shares } from "./units.ts"

/** What is known of a live order. */
export interface OrderLife {
  readonly status: OrderStatus
  readonly tif: TimeInForce
  readonly qty: Shares
  /** Of all its trades that have not failed. */
  readonly filledQty: Shares
  readonly stagedAtUs: EpochMicros
  /** The exchange said that it took the order, or showed it. */
  readonly accepted: boolean
  /** Shares that the exchange said were filled at once, whose trades may come later; null: it did not say. */
  readonly reportedQty: Shares | null
  /** The exchange said that it let go of it. */
  readonly cancelConfirmed: boolean
  /** Since when every look has found neither the order nor all its shares; null: the last look found it. */
  readonly absentSinceUs: EpochMicros | null
  /** Its trades by id. */
  readonly trades: ReadonlyMap<string, { readonly qty: Shares; readonly state: TradeState }>
  /** Why it ended, or what is not as it should be while it works; null: all is well. */
  readonly reason: Rejection | null
}

/** What happens to a live order. */
export type OrderEvent =
  | {
      readonly _tag: "Accepted"
      readonly state: "live" | "matched" | "delayed"
      /** Shares that it says were filled at once: more an immediate order never gets. null: it did not say. */
      readonly filledQty: Shares | null
    }
  | {
      readonly _tag: "Refused"
      /** The exchange's reason as a stable code, such as `no_balance`, and in words. */
      readonly venueCode: string
      readonly detail: string
      readonly notFilled: boolean
    }
  /** Certainly nothing was sent. */
  | { readonly _tag: "NotSent"; readonly detail: string }
  | { readonly _tag: "AnswerLost"; readonly detail: string }
  | { readonly _tag: "Looked"; readonly evidence: OrderEvidence; readonly absentAfterUs: number }
  | { readonly _tag: "CancelConfirmed" }
  | { readonly _tag: "CancelRefused"; readonly detail: string }

export interface LifeStep {
  readonly life: OrderLife
  /** Trades to store now. */
  readonly add: ReadonlyArray<OrderTrade>
  /** Ids of stored trades that are final now. */
  readonly confirm: ReadonlyArray<string>
  /** Ids of stored trades that never were. */
  readonly reverse: ReadonlyArray<string>
  /** Why the event says nothing about an order that is where this one is; null: it was taken in. */
  readonly ignored: string | null
}
