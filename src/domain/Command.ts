import { type ClientOrderId, type TimerId } from "./EngineEvent.ts"
import { type ApprovedOrder } from "./ApprovedOrder.ts"
import { type Rejection } from "./rejection.ts"
import { type EpochMicros } from "./time.ts"
import { type Shares } from "./units.ts"

/** An order for the venue. */
export interface SubmitCommand {
  readonly kind: "submit"
  readonly orderId: ClientOrderId
  readonly order: ApprovedOrder
  /** Shares of the leg as it was planned: `order` may be for fewer, sized to the legs before it. Micro-shares. */
  readonly plannedQty: Shares
  /** No fill is worse than the limit. */
  readonly strictLimit: boolean
  /**
   * The order is sent as it is or refused; false: the venue may round it to its ticks and lots, never to a worse price.
   */
  readonly exact: boolean
  /**
   * When it arrives at a simulated venue: at once for the first order of a package, after the leg delay for the others.
   */
  readonly arrivesAtUs: EpochMicros
  /** It is the only order of its package, so the wait for its answer may be cut short when the program stops. */
  readonly alone: boolean
}

/** A resting order is to be cancelled. What became of it comes back as a report. */
export interface CancelCommand {
  readonly kind: "cancel"
  readonly orderId: ClientOrderId
  /** How it ends and why: what the simulated venue answers with. */
  readonly status: "canceled" | "expired"
  readonly reason: Rejection
}

/** What a venue is asked to do. */
export type VenueCommand = SubmitCommand | CancelCommand

/** What the engine wants done. */
export type Command = VenueCommand | { readonly kind: "setTimer"; readonly id: TimerId; readonly atUs: EpochMicros }
