import type * as Redacted from "effect/Redacted"
import { type IdOf, type TokenId } from "./ids.ts"
import { type FeeSchedule } from "./Market.ts"
import { type Order, type OrderRequest } from "./Order.ts"
import { type EpochMicros } from "./time.ts"
import { type Price, type Shares, type Usdc } from "./units.ts"

/** An order is known to the exchange by the hash of what was signed: 0x and 64 hexadecimal digits, in lower case. */
export type OrderHash = string & IdOf<"live order">

/** Which contract settles an order: markets of neg-risk events have their own. */
export type ExchangeKind = "standard" | "negRisk"

/** `FAK`: what does not fill at once is cancelled. `GTC`: the rest stays on the book. */
export type LiveOrderType = "GTC" | "FAK"

/** What the exchange's matching engine asks of orders in one market. */
export interface VenueRules {
  readonly tick: Price
  readonly exchange: ExchangeKind
  /** Shares that a resting order must have. */
  readonly minSize: Shares
  /** null: no fee. */
  readonly fee: FeeSchedule | null
  readonly acceptingOrders: boolean
  /** Immediate orders wait a moment, and cannot be cancelled meanwhile. */
  readonly delayed: boolean
  /** Ids of the outcome tokens; null: not known. */
  readonly tokenIds: ReadonlyArray<TokenId> | null
}

/** A signed order: its hash is known, and nothing of it has been sent. */
export interface SignedLiveOrder {
  /** What was signed; may be for fewer shares than were asked for, by the exchange's lot. */
  readonly request: OrderRequest
  readonly hash: OrderHash
  readonly conditionId: string
  /** Decimal id of the outcome token. */
  readonly tokenId: TokenId
  readonly exchange: ExchangeKind
  readonly orderType: LiveOrderType
  /**
   * The market's taker fee when it was signed. The exchange does not report fees of trades: they are computed from it.
   */
  readonly fee: FeeSchedule | null
  /** What was signed, as text by field name, without the signature: the same key signs it the same way again. */
  readonly fields: Readonly<Record<string, string>>
  /** Whoever has it can send the order: it is never stored. */
  readonly signature: Redacted.Redacted
}

/** An order of this account that rests at the exchange. */
export interface RestingOrder {
  readonly hash: OrderHash
  readonly conditionId: string
  readonly tokenId: TokenId
  readonly side: Order["side"]
  readonly price: Price
  readonly qty: Shares
  readonly filledQty: Shares
  readonly createdAtUs: EpochMicros
}

/** `provisional` until the chain has it; a `failed` trade never was one, whatever was said before. */
export type TradeState = "provisional" | "final" | "failed"

/** Shares from one counterparty at its price, of the order's own token. */
export interface TradePart {
  /** Tells the parts of a trade apart. */
  readonly key: string
  readonly price: Price
  readonly qty: Shares
}

/** What one trade did for one order of this account, as the exchange reports it: without its fee. */
export interface ReportedTrade {
  readonly tradeId: string
  readonly orderHash: OrderHash
  readonly conditionId: string
  readonly role: "taker" | "maker"
  readonly state: TradeState
  /** The exchange's own word, such as `mined`. */
  readonly word: string
  readonly atUs: EpochMicros
  readonly parts: ReadonlyArray<TradePart>
}

/** What one trade did for one order of this account. */
export interface OrderTrade extends ReportedTrade {
  readonly parts: ReadonlyArray<TradePart & { readonly fee: Usdc }>
}

/** What the exchange shows of one order, read in this order: what rests, then the trades. */
export interface OrderEvidence {
  readonly atUs: EpochMicros
  /** null: it does not rest. */
  readonly resting: RestingOrder | null
  /** All that are known since it was sent. */
  readonly trades: ReadonlyArray<OrderTrade>
}
