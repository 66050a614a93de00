import { type SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type OrderId } from "../domain/ids.ts"
import { type SignedLiveOrder, type TradeState } from "../domain/LiveOrder.ts"
import { type Order } from "../domain/Order.ts"
import { type OrderLife } from "../domain/OrderLife.ts"
import { type EpochMicros } from "../domain/time.ts"
import { fromMicros, toMicros } from "../domain/units.ts"
import { type LiveOrder } from "../ports/LiveOrderRepo.ts"
import { orderColumns, orderOf, OrderRow, reasonColumns, reasonJson } from "./orderRows.ts"
import { flag, insertRows, rowsOf, type SqlValue } from "./statements.ts"

const Fee = Schema.parseJson(
  Schema.Struct({
    rate: Schema.Number,
    exponent: Schema.Number,
    takerOnly: Schema.Boolean,
    rebateRate: Schema.Number
  })
)
const writeFee = Schema.encodeSync(Fee)

/** What `live_orders` adds to a row of `orders`. */
const LifeRow = Schema.Struct({
  hash: Schema.String,
  condition_id: Schema.String,
  clob_token_id: Schema.String,
  fee_json: Schema.NullOr(Fee),
  staged_us: Schema.Number,
  accepted: Schema.Number,
  reported_qty: Schema.NullOr(Schema.Number),
  cancel_confirmed: Schema.Number,
  absent_since_us: Schema.NullOr(Schema.Number)
})
const LiveOrderRow = Schema.Struct({ ...OrderRow.fields, ...LifeRow.fields })
const lifeColumns = Object.keys(LifeRow.fields).join(", ")

const TradeRow = Schema.Struct({
  order_id: Schema.Number,
  trade_id: Schema.String,
  qty: Schema.Number,
  state: Schema.Literal("provisional", "final", "failed")
})

type Trades = OrderLife["trades"]

const readTrades = (sql: SqlClient, orderIds: ReadonlyArray<number>) =>
  Effect.map(
    rowsOf(TradeRow)(
      sql`SELECT order_id, trade_id, qty, state FROM live_trades
          WHERE order_id IN (SELECT value FROM json_each(${JSON.stringify(orderIds)})) ORDER BY order_id, rowid`
    ),
    (rows) => {
      const trades = new Map<number, Map<string, { readonly qty: number; readonly state: TradeState }>>()
      for (const { order_id, qty, state, trade_id } of rows) {
        const own = trades.get(order_id) ?? new Map()
        trades.set(order_id, own.set(trade_id, { qty: toMicros(qty), state }))
      }
      return trades
    }
  )

const liveOrderOf = (row: typeof LiveOrderRow.Type, trades: Trades): LiveOrder => {
  const order = orderOf(row)
  const { filledQty, qty, reason, status, tif } = order
  return {
    order,
    hash: row.hash,
    conditionId: row.condition_id,
    tokenId: row.clob_token_id,
    fee: row.fee_json,
    life: {
      ...{ status, tif, qty, filledQty, reason, trades },
      stagedAtUs: row.staged_us,
      accepted: row.accepted === 1,
      reportedQty: row.reported_qty === null ? null : toMicros(row.reported_qty),
      cancelConfirmed: row.cancel_confirmed === 1,
      absentSinceUs: row.absent_since_us
    }
  }
}

/** Live orders, oldest first; `where` may use the columns of `orders` and `live_orders`. */
export const readLiveOrders = (sql: SqlClient, where: string, parameters: ReadonlyArray<SqlValue>) =>
  Effect.gen(function* () {
    const rows = yield* rowsOf(LiveOrderRow)(
      sql.unsafe(
        `SELECT ${orderColumns}, ${lifeColumns} FROM orders JOIN live_orders ON order_id = orders.id
         WHERE ${where} ORDER BY orders.id`,
        parameters
      )
    )
    if (rows.length === 0) return []
    const trades = yield* readTrades(
      sql,
      rows.map(({ id }) => id)
    )
    return rows.map((row) => liveOrderOf(row, trades.get(row.id) ?? new Map()))
  })

/** The part of a newly signed order that `orders` does not hold. */
export const insertLiveOrder = (sql: SqlClient, orderId: OrderId, signed: SignedLiveOrder, atUs: EpochMicros) => {
  const row = {
    order_id: orderId,
    hash: signed.hash,
    condition_id: signed.conditionId,
    clob_token_id: signed.tokenId,
    exchange: signed.exchange,
    order_type: signed.orderType,
    fee_json: signed.fee === null ? null : writeFee(signed.fee),
    fields_json: JSON.stringify(signed.fields),
    staged_us: atUs
  }
  return sql`INSERT INTO live_orders ${sql.insert(row)}`
}

const writeOrder = (sql: SqlClient, { id, kind }: Order, { filledQty, reason, status }: OrderLife) => {
  const row = { status, ...reasonColumns({ kind, reason }), filled_qty: fromMicros(filledQty) }
  return sql`UPDATE orders SET ${sql.update(row)} WHERE id = ${id}`
}

const writeProgress = (sql: SqlClient, { id }: Order, life: OrderLife) =>
  sql`UPDATE live_orders SET accepted = ${flag(life.accepted)}, cancel_confirmed = ${flag(life.cancelConfirmed)},
      reported_qty = ${life.reportedQty === null ? null : fromMicros(life.reportedQty)},
      absent_since_us = ${life.absentSinceUs} WHERE order_id = ${id}`

const writeTrades = (sql: SqlClient, { id }: Order, before: Trades, after: Trades) => {
  const changed = [...after].filter(([tradeId, { state }]) => before.get(tradeId)?.state !== state)
  return insertRows(
    sql,
    {
      table: "live_trades",
      columns: ["order_id", "trade_id", "qty", "state"],
      tail: "ON CONFLICT (order_id, trade_id) DO UPDATE SET state = excluded.state"
    },
    changed.map(([tradeId, { qty, state }]) => [id, tradeId, fromMicros(qty), state])
  )
}

/** Stores what a step changed; gives whether the order itself did, as positions and risk see it. */
export const writeLife = (sql: SqlClient, { life: before, order }: LiveOrder, after: OrderLife) =>
  Effect.gen(function* () {
    const visible =
      before.status !== after.status ||
      before.filledQty !== after.filledQty ||
      (before.reason !== after.reason && reasonJson(before.reason) !== reasonJson(after.reason))
    const progressed =
      before.accepted !== after.accepted ||
      before.cancelConfirmed !== after.cancelConfirmed ||
      before.reportedQty !== after.reportedQty ||
      before.absentSinceUs !== after.absentSinceUs
    if (visible) yield* writeOrder(sql, order, after)
    if (progressed) yield* writeProgress(sql, order, after)
    yield* writeTrades(sql, order, before.trades, after.trades)
    return visible
  })
