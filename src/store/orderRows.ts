import * as Schema from "effect/Schema"
import { type Order } from "../domain/Order.ts"
import { fromMicros, toMicros } from "../domain/units.ts"
import { formatTime } from "../domain/time.ts"
import { flag, type SqlValue } from "./statements.ts"
import { actionOf, modeOf, orderStatusOf, sideOf, tifOf, tokenOf } from "./texts.ts"

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
  created_us: Schema.NullOr(Schema.Number),
  tif: Schema.String,
  filled_qty: Schema.Number,
  signal_id: Schema.NullOr(Schema.Number)
})
export const orderColumns = Object.keys(OrderRow.fields).join(", ")

/** A status nobody knows is shown as rejected, with the stored word in the message; the row itself stays. */
export const orderOf = (row: typeof OrderRow.Type): Order => {
  const status = orderStatusOf(row.status)
  return {
    id: row.id,
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
    message: status === undefined ? `status "${row.status}" ${row.message}`.trim() : row.message,
    signalId: row.signal_id,
    createdAtUs: row.created_us ?? 0
  }
}

/** Columns of a new order, with their values; the database gives the id. */
export const newOrderColumns = [
  ...["strategy", "market_id", "event_id", "token_id", "side", "action", "mode", "price", "qty", "status"],
  ...["external_id", "message", "created_at", "created_us", "tif", "filled_qty", "signal_id", "counts_as_rejection"]
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
  order.message,
  formatTime(order.createdAtUs),
  order.createdAtUs,
  order.tif,
  fromMicros(order.filledQty),
  order.signalId,
  flag(countsAsRejection)
]
