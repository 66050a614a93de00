import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { type VenueUnavailable } from "../domain/errors.ts"
import {
  type OrderHash,
  type ReportedTrade,
  type RestingOrder,
  type SignedLiveOrder,
  type VenueRules
} from "../domain/LiveOrder.ts"
import { type Instrument } from "../domain/instrument.ts"
import { type OrderRequest } from "../domain/Order.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type Shares, type Usdc } from "../domain/units.ts"

/** What the exchange said to a new order. */
export type Placement =
  /** `delayed`: it waits for its turn, and may still fill, rest or fail. */
  | {
      readonly _tag: "Taken"
      readonly state: "live" | "matched" | "delayed"
      /** Shares that it says were filled at once; null: it did not say. */
      readonly filledQty: Shares | null
    }
  | {
      readonly _tag: "Refused"
      /** Stable, such as `no_balance`. */
      readonly code: string
      readonly reason: string
      /** There was no counterparty, which is no fault of the order. */
      readonly notFilled: boolean
    }

export interface CancelAnswer {
  readonly canceled: ReadonlyArray<OrderHash>
  /** By hash, why not: for instance because it is filled. */
  readonly notCanceled: ReadonlyMap<OrderHash, string>
}

/** The account at the exchange. */
export interface AccountStatus {
  /** Of the key that signs; null: a gateway signs, and its key is not known here. */
  readonly address: string | null
  /** The wallet that holds the money; null: likewise. */
  readonly wallet: string | null
  /** 0: own key, 1: proxy, 2: Safe, 3: deposit wallet. */
  readonly signatureType: number
  /** pUSD, micro-USDC; open orders reserve a part of it. */
  readonly balance: Usdc
  /** The exchange lets the account give back only. */
  readonly closedOnly: boolean
}

export interface LiveVenueShape {
  /** Fails with `nothingSent` and the names of credentials that are missing or wrong; asks the exchange nothing. */
  readonly ready: Effect.Effect<void, VenueUnavailable>
  /** What holds in the market at this moment: tick sizes change while a market is open. */
  readonly rules: (market: Instrument) => Effect.Effect<VenueRules, VenueUnavailable>
  /**
   * Signs an order exactly as it is asked for; nothing is sent. What cannot be signed exactly fails with `nothingSent` and
   * the reason.
   */
  readonly sign: (
    order: OrderRequest,
    market: Instrument,
    rules: VenueRules
  ) => Effect.Effect<SignedLiveOrder, VenueUnavailable>
  /** Sends a signed order. Unless a failure says `nothingSent`, it may have arrived. */
  readonly post: (order: SignedLiveOrder) => Effect.Effect<Placement, VenueUnavailable>
  readonly account: Effect.Effect<AccountStatus, VenueUnavailable>
  readonly resting: Effect.Effect<ReadonlyArray<RestingOrder>, VenueUnavailable>
  /** null: it does not rest: filled, cancelled, or never arrived. */
  readonly order: (hash: OrderHash) => Effect.Effect<RestingOrder | null, VenueUnavailable>
  /** This account's part in trades matched at or after a moment. */
  readonly trades: (afterUs: EpochMicros) => Effect.Effect<ReadonlyArray<ReportedTrade>, VenueUnavailable>
  readonly cancel: (hashes: ReadonlyArray<OrderHash>) => Effect.Effect<CancelAnswer, VenueUnavailable>
  /** Every order of the account, also those that this database does not know. */
  readonly cancelAll: Effect.Effect<CancelAnswer, VenueUnavailable>
  readonly cancelMarket: (conditionId: string) => Effect.Effect<CancelAnswer, VenueUnavailable>
}

/** The exchange, as the account of this configuration meets it. */
export class LiveVenue extends Context.Tag("monomarket/ports/LiveVenue")<LiveVenue, LiveVenueShape>() {}
