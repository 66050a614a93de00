import { type Side } from "../domain/ids.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type MicroUnits } from "../domain/units.ts"

/** A new order whose credentials and signature are checked already. */
export interface VenueOrder {
  /** The order's hash: its id. */
  readonly id: string
  /** API key under which it was placed. */
  readonly owner: string
  /** The wallet whose money it is. */
  readonly maker: string
  readonly tokenId: string
  readonly side: Side
  /** Base units of 1e-6: what it gives and what it takes, as signed. */
  readonly makerAmount: MicroUnits
  readonly takerAmount: MicroUnits
  readonly orderType: "GTC" | "GTD" | "FOK" | "FAK"
  readonly postOnly: boolean
  /** Seconds; 0 for all but GTD. */
  readonly expirationSec: number
  /** Whether it was signed for the neg-risk exchange. */
  readonly negRisk: boolean
}

/** The exchange's answer to a new order, in its own words. */
export type PlaceOutcome =
  | {
      readonly _tag: "placed"
      readonly status: "live" | "matched" | "delayed"
      /** Given and taken at once; null while nothing was. */
      readonly makingAmount: MicroUnits | null
      readonly takingAmount: MicroUnits | null
      readonly tradeIds: ReadonlyArray<string>
    }
  | {
      readonly _tag: "refused"
      readonly status: number
      readonly error: string
      readonly code?: string
      /** When to come again, where the exchange knows: for `retry_after_seconds` and the header Retry-After. */
      readonly retryAfterSec?: number
    }

export interface CancelOutcome {
  readonly canceled: ReadonlyArray<string>
  readonly notCanceled: Readonly<Record<string, string>>
}

/** `normal`; `restarting`: 425 to everything about orders; `post_only`, `cancel_only`, `disabled`: 503 with its text. */
export type TradingMode = "normal" | "restarting" | "post_only" | "cancel_only" | "disabled"

/** An open order as the engine knows it. */
export interface BookedOrder {
  readonly order: VenueOrder
  readonly conditionId: string
  readonly outcome: string
  readonly price: MicroUnits
  readonly qty: MicroUnits
  readonly filledQty: MicroUnits
  readonly createdAtUs: EpochMicros
  readonly tradeIds: ReadonlyArray<string>
}

export type TradeLife = "MATCHED" | "MATCHED_NOT_BROADCASTED" | "MINED" | "CONFIRMED" | "RETRYING" | "FAILED"

export interface VenueMakerFill {
  readonly orderId: string
  readonly owner: string
  readonly maker: string
  readonly tokenId: string
  readonly outcome: string
  readonly side: Side
  readonly price: MicroUnits
  readonly qty: MicroUnits
}

export interface VenueTradeRecord {
  readonly id: string
  readonly conditionId: string
  readonly takerOrderId: string
  readonly takerOwner: string
  readonly takerMaker: string
  readonly tokenId: string
  readonly outcome: string
  readonly side: Side
  readonly price: MicroUnits
  readonly qty: MicroUnits
  readonly fee: MicroUnits
  readonly status: TradeLife
  readonly matchedAtUs: EpochMicros
  readonly updatedAtUs: EpochMicros
  readonly bucketIndex: number
  readonly transactionHash: string
  readonly makers: ReadonlyArray<VenueMakerFill>
}

/** What the next trades do after MATCHED. Default: MINED, then CONFIRMED. */
export type TradeCourse = "confirm" | "retry_then_confirm" | "fail" | "stay_matched"

/**
 * The matching engine of the loopback exchange: accounts with money, orders, trades and their way onto the chain. It is
 * synchronous, and moves on only when a method passes it the market time. Every method first brings it up to `nowUs`.
 */
export interface TradingEngine {
  /** Opens a wallet with pUSD and full allowances, once; later calls change nothing. Base units. */
  readonly openWallet: (maker: string, nowUs: EpochMicros) => void
  readonly deposit: (maker: string, amount: MicroUnits) => void
  readonly setAllowance: (maker: string, amount: "unlimited" | "none") => void
  readonly place: (order: VenueOrder, nowUs: EpochMicros) => PlaceOutcome
  readonly cancel: (owner: string, ids: ReadonlyArray<string>, nowUs: EpochMicros) => CancelOutcome
  readonly cancelAll: (owner: string, nowUs: EpochMicros) => CancelOutcome
  readonly cancelMarket: (
    owner: string,
    which: { readonly conditionId?: string; readonly tokenId?: string },
    nowUs: EpochMicros
  ) => CancelOutcome
  /** Only while it rests. */
  readonly order: (owner: string, id: string, nowUs: EpochMicros) => BookedOrder | undefined
  /** Oldest first. */
  readonly openOrders: (owner: string, nowUs: EpochMicros) => ReadonlyArray<BookedOrder>
  /** Newest first; of which the owner was the taker or a maker. */
  readonly trades: (owner: string, nowUs: EpochMicros) => ReadonlyArray<VenueTradeRecord>
  /** null: of pUSD. Base units. */
  readonly balance: (maker: string, tokenId: string | null, nowUs: EpochMicros) => MicroUnits
  readonly allowance: (maker: string) => MicroUnits
  readonly mode: (nowUs: EpochMicros) => TradingMode
  /** Until it is set again. */
  readonly setMode: (mode: TradingMode) => void
  /** A restart as it happens every week: 90 s of `restarting`, two minutes of `post_only`, then `normal`. */
  readonly restart: (nowUs: EpochMicros) => void
  readonly setCourse: (course: TradeCourse) => void
  /** Immediate orders wait this long in market time and answer `delayed`. 0: none does. */
  readonly setDelay: (delayUs: number) => void
  /** An immediate order of a trader outside our accounts: it meets whatever rests, our accounts' orders included. */
  readonly outsiderTrade: (
    order: { readonly tokenId: string; readonly side: Side; readonly price: MicroUnits; readonly qty: MicroUnits },
    nowUs: EpochMicros
  ) => { readonly filled: MicroUnits }
  /** The token's book with all that rests: best price last, natural units as text. */
  readonly book: (
    tokenId: string,
    nowUs: EpochMicros
  ) =>
    | {
        readonly bids: ReadonlyArray<readonly [price: MicroUnits, qty: MicroUnits]>
        readonly asks: ReadonlyArray<readonly [price: MicroUnits, qty: MicroUnits]>
      }
    | undefined
}
