import * as Schema from "effect/Schema"
import { type Side, type TokenId } from "../domain/ids.ts"
import { MICROS_PER_MS, type EpochMicros } from "../domain/time.ts"
import { type OrderAmounts } from "./amounts.ts"
import { type Hex, type OrderType, type SignatureType } from "./rulebook.ts"

export const zeroBytes32: Hex = `0x${"0".repeat(64)}`

/** An order as the exchange reads it. All but `expiration` is signed. */
export interface OrderFields {
  /** Decimal, at most 2^53 - 1: it travels as a JSON number. */
  readonly salt: string
  readonly maker: Hex
  readonly signer: Hex
  readonly tokenId: TokenId
  /** Base units of 1e-6. */
  readonly makerAmount: string
  readonly takerAmount: string
  readonly side: "BUY" | "SELL"
  readonly signatureType: SignatureType
  /** Creation, milliseconds: what tells two equal orders apart. */
  readonly timestamp: string
  /** Seconds; "0" for all but GTD. */
  readonly expiration: string
  readonly metadata: Hex
  readonly builder: Hex
}

export interface OrderTerms {
  readonly side: Side
  readonly tokenId: TokenId
  readonly amounts: OrderAmounts
  /** Any whole number up to 2^53 - 1, given so that the same order can be made again. */
  readonly salt: number
  readonly createdAtUs: EpochMicros
  /** Seconds since 1970, for GTD only. */
  readonly expirationSec?: number
  /** The builder's code, 32 bytes. */
  readonly builder?: Hex
}

export interface OrderParties {
  readonly maker: Hex
  readonly signer: Hex
  readonly signatureType: SignatureType
}

/** The unsigned order. */
export const orderFieldsOf = (terms: OrderTerms, parties: OrderParties): OrderFields => ({
  salt: String(terms.salt),
  maker: parties.maker,
  signer: parties.signer,
  tokenId: terms.tokenId,
  makerAmount: String(terms.amounts.makerAmount),
  takerAmount: String(terms.amounts.takerAmount),
  side: terms.side === "buy" ? "BUY" : "SELL",
  signatureType: parties.signatureType,
  timestamp: String(Math.floor(terms.createdAtUs / MICROS_PER_MS)),
  expiration: String(terms.expirationSec ?? 0),
  metadata: zeroBytes32,
  builder: terms.builder ?? zeroBytes32
})

export interface SignedOrder extends OrderFields {
  readonly signature: Hex
  /** The id under which the exchange will know the order, known before anything is sent. */
  readonly hash: Hex
}

export interface PostOptions {
  readonly orderType: OrderType
  /** Refused instead of filled at once; GTC and GTD only. */
  readonly postOnly?: boolean
  /** The API key under which the order is placed, not an address. */
  readonly owner: string
}

/** What `POST /order` takes for one order, fields in the order of the exchange's own client. */
export const orderPayload = (order: SignedOrder, options: PostOptions) => ({
  deferExec: false,
  postOnly: options.postOnly ?? false,
  order: {
    salt: Number(order.salt),
    maker: order.maker,
    signer: order.signer,
    tokenId: order.tokenId,
    makerAmount: order.makerAmount,
    takerAmount: order.takerAmount,
    side: order.side,
    signatureType: order.signatureType,
    timestamp: order.timestamp,
    expiration: order.expiration,
    metadata: order.metadata,
    builder: order.builder,
    signature: order.signature
  },
  owner: options.owner,
  orderType: options.orderType
})

/** The exact text to authenticate and to send. */
export const orderBody = (order: SignedOrder, options: PostOptions): string =>
  JSON.stringify(orderPayload(order, options))

const HexText = Schema.TemplateLiteral("0x", Schema.String)

/** The fields of an order as they were stored: all text. */
export const StoredFields = Schema.Struct({
  salt: Schema.String,
  maker: HexText,
  signer: HexText,
  tokenId: Schema.String,
  makerAmount: Schema.String,
  takerAmount: Schema.String,
  side: Schema.Literal("BUY", "SELL"),
  signatureType: Schema.transformLiterals(["0", 0], ["1", 1], ["2", 2], ["3", 3]),
  timestamp: Schema.String,
  expiration: Schema.String,
  metadata: HexText,
  builder: HexText,
  signature: HexText,
  hash: HexText
})
