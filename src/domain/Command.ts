import { type ClientOrderId, type TimerId } from "./EngineEvent.ts"
import { type ApprovedOrder } from "./ApprovedOrder.ts"
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
  /** The order is sent as it is or refused; false: a venue rounds it to what it deals in, never to a worse price. */
  readonly exact: boolean
  /** When a simulated venue has it: the engine's time, and a leg's delay later for every leg but the first. */
  readonly arrivesAtUs: EpochMicros
  /** It is the only order of its package: a wait for its answer may be cut short. */
  readonly alone: boolean
}

/** An order that rests is to be taken off the venue. What became of it comes back as a report. */
export interface CancelCommand {
  readonly kind: "cancel"
  readonly orderId: ClientOrderId
}

/** What a venue is asked for. */
export type VenueCommand = SubmitCommand | CancelCommand

/** What the engine wants done. */
export type Command = VenueCommand | { readonly kind: "setTimer"; readonly id: TimerId; readonly atUs: EpochMicros }
