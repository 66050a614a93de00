import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Order, orderMessage } from "../domain/Order.ts"
import { otherReason, type Rejection } from "../domain/rejection.ts"
import { RejectionJson } from "../domain/rejectionSchema.ts"
import { RestBody, restBody, restOf } from "../domain/restSchema.ts"
import { expiryOf, type RestTerms } from "../domain/RestTerms.ts"
import { fromMicros, toMicros } from "../domain/units.ts"
import { formatTime } from "../domain/time.ts"
import { flag, type SqlValue } from "./statements.ts"
import { actionOf, modeOf, orderKindOf, orderStatusOf, sideOf, tifOf, tokenOf } from "./texts.ts"

/** A row of `orders`, natural units. */
export const OrderRow = Schema.Struct({
  id: Schema.Number,
  strategy: Schema.String,
  market_id: Schema.String,
  event_id: Schema.String,
  token_id: Schema.String,
  side: Schema.String,
  action: Schema.String,
  mode: Schema.String,
  price: Schema.Number,
  qty: Schema.Number,
  status: Schema.String,
  external_id: Schema.NullOr(Schema.String),
  message: Schema.String,
  reason_json: Schema.NullOr(Schema.String),
  kind: Schema.String,
  created_us: Schema.NullOr(Schema.Number),
  tif: Schema.String,
  filled_qty: Schema.Number,
  signal_id: Schema.NullOr(Schema.Number),
  rest_json: Schema.NullOr(Schema.String)
})
export const orderColumns = Object.keys(OrderRow.fields).join(", ")

const decodeReason = Schema.decodeUnknownOption(RejectionJson)
const encodeReason = Schema.encodeSync(RejectionJson)

/** As `orders.reason_json` keeps it. */
export const reasonJson = (reason: Rejection | null): string | null => (reason === null ? null : encodeReason(reason))

/**
 * A row that the original wrote has a message and no reason; neither has one whose reason a person has edited into
 * something that cannot be read. What is shown of it is its message.
 */
const reasonOf = ({
  message,
  reason_json
}: Pick<typeof OrderRow.Type, "message" | "reason_json">): Rejection | null => {
  const decoded = reason_json === null ? Option.none() : decodeReason(reason_json)
  return Option.getOrElse(decoded, () => (message === "" ? null : otherReason(message)))
}

/** What a change of an order's status writes with it: the reason, and its text for people and the original's readers. */
export const reasonColumns = (order: Pick<Order, "kind" | "reason">) => ({
  message: orderMessage(order),
  reason_code: order.reason?.code ?? null,
  reason_json: reasonJson(order.reason)
})

const RestJson = Schema.parseJson(RestBody)
const decodeRest = Schema.decodeUnknownOption(RestJson)
const encodeRest = Schema.encodeSync(RestJson)

/** As `orders.rest_json` keeps it. */
export const restJson = (rest: RestTerms | null): string | null => (rest === null ? null : encodeRest(restBody(rest)))

/** Terms that a person has edited into something that cannot be read count as none: the order rests until cancelled. */
const restFrom = (text: string | null): RestTerms | null =>
  text === null ? null : Option.match(decodeRest(text), { onNone: () => null, onSome: restOf })

/** An unknown status is shown as rejected, with the stored word in the reason; the row itself stays. */
export const orderOf = (row: typeof OrderRow.Type): Order => {
  const status = orderStatusOf(row.status)
  const kind = orderKindOf(row.kind)
  // A settlement's message is its kind.
  const reason = kind === "settlement" && row.reason_json === null ? null : reasonOf(row)
  return {
    id: row.id,
    kind,
    strategy: row.strategy,
    marketId: row.market_id,
    eventId: row.event_id,
    token: tokenOf(row.token_id),
    side: sideOf(row.side),
    action: actionOf(row.action),
    limitPrice: toMicros(row.price),
    qty: toMicros(row.qty),
    tif: tifOf(row.tif),
    mode: modeOf(row.mode),
    status: status ?? "rejected",
    filledQty: toMicros(row.filled_qty),
    externalId: row.external_id,
    reason: status === undefined ? otherReason(`status "${row.status}" ${row.message}`.trim()) : reason,
    signalId: row.signal_id,
    rest: restFrom(row.rest_json),
    createdAtUs: row.created_us ?? 0
  }
}

/** Columns of a new order, with their values; the database gives the id. */
export const newOrderColumns = [
  ...["strategy", "market_id", "event_id", "token_id", "side", "action", "mode", "price", "qty", "status"],
  ...["external_id", "message", "reason_code", "reason_json", "kind"],
  ...["created_at", "created_us", "tif", "filled_qty", "signal_id", "counts_as_rejection"],
  ...["expires_us", "rest_json"]
]
export const newOrderValues = (order: Omit<Order, "id">, countsAsRejection: boolean): ReadonlyArray<SqlValue> => [
  order.strategy,
  order.marketId,
  order.eventId,
  order.token,
  order.side,
  order.action,
  order.mode,
  fromMicros(order.limitPrice),
  fromMicros(order.qty),
  order.status,
  order.externalId,
  ...Object.values(reasonColumns(order)),
  order.kind,
  formatTime(order.createdAtUs),
  order.createdAtUs,
  order.tif,
  fromMicros(order.filledQty),
  order.signalId,
  flag(countsAsRejection),
  expiryOf(order),
  restJson(order.rest ?? null)
]
