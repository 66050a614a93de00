import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { type StoreError } from "../domain/errors.ts"
import { type EventId, type StrategyId } from "../domain/ids.ts"
import { type ApprovedOrder } from "../domain/Order.ts"
import { type OrderProposal } from "../domain/OrderProposal.ts"
import { type RiskDecision, type RiskLimits } from "../domain/Risk.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type Micros } from "../domain/units.ts"

/** All proposals passed, or none may go: `refusedAt` is the index of the first that risk refused. */
export type RiskVerdict =
  | {
      readonly _tag: "Approved"
      readonly orders: ReadonlyArray<ApprovedOrder>
      readonly decisions: ReadonlyArray<RiskDecision>
    }
  | { readonly _tag: "Refused"; readonly refusedAt: number; readonly decisions: ReadonlyArray<RiskDecision> }

/** Where the account stands against its limits. Money in micro-USDC. */
export interface RiskStatus {
  readonly atUs: EpochMicros
  readonly limits: RiskLimits
  /** Of the current UTC day. */
  readonly realizedToday: Micros
  /** Positions at cost plus what still rests, by name. */
  readonly strategies: ReadonlyArray<{ readonly strategy: StrategyId; readonly notional: Micros }>
  readonly events: ReadonlyArray<{ readonly eventId: EventId; readonly notional: Micros }>
  readonly openOrders: number
  readonly breaker: {
    /** `probe`: one order may pass; accepted it closes the breaker, rejected it opens it again. */
    readonly phase: "closed" | "open" | "probe"
    readonly rejections: number
    /** When an open breaker will let a probe through; null when it is closed. */
    readonly probeAtUs: EpochMicros | null
  }
}

/** Asks risk about orders against the stored portfolio. */
export class RiskGuard extends Context.Tag("monomarket/ports/RiskGuard")<
  RiskGuard,
  {
    /** Risk looks at the sum of all proposals. */
    readonly check: (
      proposals: ReadonlyArray<OrderProposal>,
      atUs: EpochMicros
    ) => Effect.Effect<RiskVerdict, StoreError>
    readonly status: (atUs: EpochMicros) => Effect.Effect<RiskStatus, StoreError>
  }
>() {}
