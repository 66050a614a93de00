import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isJsonObject } from "../domain/json.ts"
import { type OrderFields } from "../polymarket/signedOrder.ts"
import { type Hex } from "../polymarket/rulebook.ts"
import { type VenueOrder } from "./TradingEngine.ts"

const hex = (digits: string) =>
  Schema.TemplateLiteral("0x", Schema.String).pipe(
    Schema.filter((text) => new RegExp(`^0x[0-9a-fA-F]${digits}$`).test(text))
  )

const Address = hex("{40}")
const Bytes32 = hex("{64}")
/** Whole and not below zero, at most what 256 bits hold or nearly so. */
const Whole = Schema.String.pipe(Schema.pattern(/^\d{1,78}$/))

/** What `POST /order` takes; members that it does not know are passed over. */
const OrderPayload = Schema.Struct({
  order: Schema.Struct({
    salt: Schema.Number.pipe(Schema.int(), Schema.between(0, Number.MAX_SAFE_INTEGER)),
    maker: Address,
    signer: Address,
    tokenId: Whole,
    makerAmount: Whole,
    takerAmount: Whole,
    side: Schema.Literal("BUY", "SELL"),
    signatureType: Schema.Literal(0, 1, 2, 3),
    timestamp: Whole,
    expiration: Whole,
    metadata: Bytes32,
    builder: Bytes32,
    signature: hex("*")
  }),
  owner: Schema.String,
  orderType: Schema.Literal("GTC", "GTD", "FOK", "FAK"),
  postOnly: Schema.optional(Schema.Boolean),
  deferExec: Schema.optional(Schema.Boolean)
})

/** An order as it was sent. */
export interface PostedOrder {
  readonly fields: OrderFields
  readonly signature: Hex
  readonly owner: string
  readonly orderType: VenueOrder["orderType"]
  readonly postOnly: boolean
}

export const INVALID_PAYLOAD = "Invalid order payload"

/** Orders of the exchange's first version had a nonce, and no time. */
const isFirstVersion = (payload: unknown): boolean => {
  const order = isJsonObject(payload) ? payload["order"] : undefined
  return isJsonObject(order) && "nonce" in order && !("timestamp" in order)
}

/** Reads one order, or says in the exchange's words why not. */
export const readOrder = (payload: unknown): Effect.Effect<PostedOrder, string> =>
  Schema.decodeUnknown(OrderPayload)(payload).pipe(
    Effect.mapError(() => (isFirstVersion(payload) ? "order_version_mismatch" : INVALID_PAYLOAD)),
    Effect.map(({ order: { salt, signature, ...fields }, orderType, owner, postOnly }) => ({
      fields: { salt: String(salt), ...fields },
      signature,
      owner,
      orderType,
      postOnly: postOnly ?? false
    }))
  )

/** JSON of a body; undefined when it is none. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
