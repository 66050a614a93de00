import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { MICRO, type MicroUnits } from "../domain/units.ts"

const DECIMALS = 6

/** Digits after the sixth are cut: the chain has none, only averages do. */
const microsOfText = (text: string): MicroUnits | undefined => {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text.trim())
  if (match === null) return undefined
  const [, sign = "", whole = "", fraction = ""] = match
  const micros = Number(whole) * MICRO + Number(fraction.slice(0, DECIMALS).padEnd(DECIMALS, "0"))
  return Number.isSafeInteger(micros) ? (sign === "-" ? -micros : micros) : undefined
}

/** Decimal text, or a JSON number, of shares, USDC or a price. */
export const DecimalMicros = Schema.transformOrFail(Schema.Union(Schema.String, Schema.Number), Schema.Number, {
  strict: true,
  decode: (value, _, ast) => {
    const micros = microsOfText(String(value))
    return micros === undefined
      ? ParseResult.fail(new ParseResult.Type(ast, value, "not a decimal amount"))
      : ParseResult.succeed(micros)
  },
  encode: (micros) => ParseResult.succeed(String(micros / MICRO))
})

/** "" where an amount does not exist yet. */
const EmptyOrMicros = Schema.Union(
  Schema.transform(Schema.Literal(""), Schema.Null, { strict: true, decode: () => null, encode: () => "" as const }),
  DecimalMicros
)

/** Base units of 1e-6 as whole text. They may exceed what a number holds: an unlimited allowance does. */
const BaseUnits = Schema.transformOrFail(Schema.Union(Schema.String, Schema.Number), Schema.BigIntFromSelf, {
  strict: true,
  decode: (value, _, ast) =>
    /^\d+$/.test(String(value))
      ? ParseResult.succeed(BigInt(value))
      : ParseResult.fail(new ParseResult.Type(ast, value, "not a whole amount")),
  encode: (units) => ParseResult.succeed(String(units))
})

const Side = Schema.transformLiterals(["BUY", "buy"], ["SELL", "sell"])

/** Statuses come bare at one place and with the prefix of their enum at another. */
const bareStatus = (prefix: string, text: string): string => text.toUpperCase().replace(prefix, "").toLowerCase()

export const tradeStatuses = [
  "matched",
  "matched_not_broadcasted",
  "mined",
  "confirmed",
  "retrying",
  "failed",
  "unknown"
] as const
/** Final are `confirmed` and `failed`, and a failed trade never was one. `unknown`: a word that this version cannot read. */
export type TradeStatus = (typeof tradeStatuses)[number]

const TradeStatus = Schema.transform(Schema.String, Schema.Literal(...tradeStatuses), {
  strict: true,
  decode: (text) => tradeStatuses.find((known) => known === bareStatus("TRADE_STATUS_", text)) ?? "unknown",
  encode: (status) => `TRADE_STATUS_${status.toUpperCase()}`
})

/** Seconds since 1970, as text or number. */
const Seconds = Schema.transformOrFail(Schema.Union(Schema.String, Schema.Number), Schema.Number, {
  strict: true,
  decode: (value, _, ast) => {
    const seconds = /^\d+$/.test(String(value)) ? Number(value) : Date.parse(String(value)) / 1_000
    return Number.isFinite(seconds)
      ? ParseResult.succeed(seconds)
      : ParseResult.fail(new ParseResult.Type(ast, value, "not a time"))
  },
  encode: (seconds) => ParseResult.succeed(String(seconds))
})

const optionalText = Schema.optional(Schema.NullOr(Schema.String))

/** An order that rests at the exchange. */
export const OpenOrder = Schema.Struct({
  id: Schema.String,
  /** In lower case and without prefix; `live` while it rests. */
  status: Schema.transform(Schema.String, Schema.String, {
    strict: true,
    decode: (text) => bareStatus("ORDER_STATUS_", text),
    encode: (text) => text.toUpperCase()
  }),
  maker_address: Schema.String,
  market: Schema.String,
  asset_id: Schema.String,
  side: Side,
  original_size: DecimalMicros,
  size_matched: DecimalMicros,
  price: DecimalMicros,
  associate_trades: Schema.optional(Schema.NullOr(Schema.Array(Schema.String))),
  outcome: optionalText,
  created_at: Seconds,
  order_type: optionalText
})
export type OpenOrder = typeof OpenOrder.Type

/** Of an order that does not rest the exchange says null, nothing, or an object without id. */
export const OrderAnswer = Schema.Union(
  OpenOrder,
  Schema.transform(
    Schema.NullOr(Schema.Struct({ id: Schema.optional(Schema.NullOr(Schema.Literal(""))) })),
    Schema.Null,
    { strict: true, decode: () => null, encode: () => null }
  )
)

/** A resting order's part in a trade: where the account was the maker, this and not the trade itself is its fill. */
const MakerOrder = Schema.Struct({
  order_id: Schema.String,
  owner: Schema.String,
  maker_address: optionalText,
  matched_amount: DecimalMicros,
  price: DecimalMicros,
  asset_id: Schema.String,
  outcome: optionalText,
  side: Schema.optional(Schema.NullOr(Side))
})

/** A trade of the account. Top-level side, size, price and token are the taker's. */
export const VenueTrade = Schema.Struct({
  id: Schema.String,
  taker_order_id: Schema.String,
  market: Schema.String,
  asset_id: Schema.String,
  side: Side,
  size: DecimalMicros,
  price: DecimalMicros,
  status: TradeStatus,
  match_time: Seconds,
  last_update: Schema.optional(Schema.NullOr(Seconds)),
  outcome: optionalText,
  bucket_index: Schema.optional(Schema.NullOr(Schema.Number)),
  owner: optionalText,
  maker_address: optionalText,
  maker_orders: Schema.optional(Schema.NullOr(Schema.Array(MakerOrder))),
  transaction_hash: optionalText,
  err_msg: optionalText,
  trader_side: Schema.optional(Schema.NullOr(Schema.String))
})
export type VenueTrade = typeof VenueTrade.Type

/** The answer to a new order, before it is judged. */
export const PostAnswer = Schema.Struct({
  success: Schema.optional(Schema.Boolean),
  errorMsg: optionalText,
  orderID: optionalText,
  status: optionalText,
  makingAmount: Schema.optional(Schema.NullOr(EmptyOrMicros)),
  takingAmount: Schema.optional(Schema.NullOr(EmptyOrMicros)),
  tradeIDs: Schema.optional(Schema.NullOr(Schema.Array(Schema.String)))
})

export const CancelAnswer = Schema.Struct({
  canceled: Schema.optional(Schema.NullOr(Schema.Array(Schema.String))),
  not_canceled: Schema.optional(Schema.NullOr(Schema.Record({ key: Schema.String, value: Schema.String })))
})

export const BalanceAnswer = Schema.Struct({
  balance: BaseUnits,
  allowances: Schema.optional(Schema.NullOr(Schema.Record({ key: Schema.String, value: BaseUnits })))
})
export type BalanceAnswer = typeof BalanceAnswer.Type

/** Credentials as the exchange hands them out. */
export const KeyAnswer = Schema.Struct({ apiKey: Schema.String, secret: Schema.String, passphrase: Schema.String })

/** A market as the matching engine sees it: tick, kind of exchange, fee, delays. */
export const ClobMarket = Schema.Struct({
  t: Schema.Array(Schema.Struct({ t: Schema.String, o: Schema.String })),
  mts: DecimalMicros,
  nr: Schema.optional(Schema.NullOr(Schema.Boolean)),
  fd: Schema.optional(
    Schema.NullOr(
      Schema.Struct({ r: Schema.Number, e: Schema.Number, to: Schema.optional(Schema.NullOr(Schema.Boolean)) })
    )
  ),
  mos: Schema.optional(Schema.NullOr(DecimalMicros)),
  ao: Schema.optional(Schema.NullOr(Schema.Boolean)),
  sd: Schema.optional(Schema.NullOr(Schema.Number)),
  itode: Schema.optional(Schema.NullOr(Schema.Boolean))
})
