import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type MarketId, type OrderId, type StrategyId, type Token } from "../domain/ids.ts"
import { isWorking, type Order, type OrderStatus, workingStatuses } from "../domain/Order.ts"
import { type TakingFill } from "../domain/Portfolio.ts"
import { type SignalStatus } from "../domain/Signal.ts"
import { type EpochMicros, formatTime } from "../domain/time.ts"
import { fromMicros, shares, toMicros, usdc } from "../domain/units.ts"
import {
  type OrderQuery,
  type OrderResult,
  type RecordInput,
  type SettledPosition,
  TradeRepo
} from "../ports/TradeRepo.ts"
import { fillColumns, fillOf, FillRow, fillsInOrder, isFractional } from "./fillRows.ts"
import {
  newOrderColumns,
  newOrderValues,
  orderColumns,
  orderOf,
  OrderRow,
  reasonColumns,
  restJson
} from "./orderRows.ts"
import { readPosition, readPositions } from "./positionRows.ts"
import { recordFills } from "./recordFills.ts"
import { flag, placeholders, rowsOf, storing, type SqlValue } from "./statements.ts"
import { CLAIMED, orderStatusOf, sideOf, tokenOf, wordsBesidesRejected, wordsOf } from "./texts.ts"
import { immediate } from "./transaction.ts"

const VersionRow = Schema.Struct({ version: Schema.Number })
const TimesRow = Schema.Struct({ times: Schema.Number })
const IdRow = Schema.Struct({ id: Schema.Number })
const SumRow = Schema.Struct({ sum: Schema.Number })
const CountRow = Schema.Struct({ status: Schema.String, count: Schema.Number })
const TakenRow = Schema.Struct({
  market_id: Schema.String,
  token_id: Schema.String,
  side: Schema.String,
  qty: Schema.Number,
  created_us: Schema.Number
})
const DecisionRow = Schema.Struct({ created_us: Schema.Number, rejected: Schema.Number })

/** Another process took the signal first: everything of this transaction goes. */
class SignalTaken extends Schema.TaggedError<SignalTaken>()("SignalTaken", {}) {}

const insertOrder = `INSERT INTO orders (${newOrderColumns.join(", ")}) VALUES ${placeholders(newOrderColumns.length)} RETURNING id`

const conditionsOf = (query: OrderQuery): { readonly where: string; readonly parameters: ReadonlyArray<SqlValue> } => {
  const conditions: Array<string> = []
  const parameters: Array<SqlValue> = []
  if (query.status !== "all") {
    const rejected = query.status === "rejected"
    const wanted: ReadonlyArray<OrderStatus> = query.status === "working" ? workingStatuses : [query.status]
    const words = rejected ? wordsBesidesRejected : wordsOf(wanted)
    conditions.push(`status ${rejected ? "NOT IN" : "IN"} ${placeholders(words.length)}`)
    parameters.push(...words)
  }
  if (query.strategy !== null) {
    conditions.push("strategy = ?")
    parameters.push(query.strategy)
  }
  return { where: conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`, parameters }
}

const makeWrites = (sql: SqlClient.SqlClient) => {
  let written = 0
  const bump = Effect.map(
    rowsOf(VersionRow)(sql`UPDATE trading_version SET version = version + 1 RETURNING version`),
    (rows) => rows[0]?.version ?? 0
  )
  const noteVersion = (version: number): void => {
    written = version
  }

  const settleSignal = (signal: { readonly id: number; readonly status: SignalStatus }, atUs: EpochMicros) =>
    sql`UPDATE signals SET status = ${signal.status}, updated_at = ${formatTime(atUs)}
        WHERE id = ${signal.id} AND status = 'new' RETURNING id`.pipe(
      Effect.filterOrFail(
        (changed) => changed.length === 1,
        () => new SignalTaken()
      )
    )

  /** A claimed signal is ours: what was traded for it is stored even if its row was changed meanwhile. */
  const settleClaimed = (signal: { readonly id: number; readonly status: SignalStatus }, atUs: EpochMicros) =>
    sql`UPDATE signals SET status = ${signal.status}, status_reason = '', updated_at = ${formatTime(atUs)}
        WHERE id = ${signal.id} AND status_reason = ${CLAIMED}`

  const selectOrder = (where: string, values: ReadonlyArray<SqlValue>) =>
    Effect.map(
      rowsOf(OrderRow)(
        sql.unsafe(`SELECT ${orderColumns} FROM orders WHERE ${where} ORDER BY id DESC LIMIT 1`, values)
      ),
      (rows) => Option.map(Option.fromNullable(rows[0]), orderOf)
    )
  const findOrder = (id: number) => selectOrder("id = ?", [id])

  /**
   * The order as the executor staged it. Where the executor's answer was lost as a whole, not even the hash is known: then
   * it is the last one of this kind that is not recorded yet, so that there is no second order which nothing ever ends.
   */
  const findStaged = ({ externalId, mode, request, status }: OrderResult) => {
    if (externalId !== undefined) return selectOrder("external_id = ?", [externalId])
    if (mode !== "live" || !isWorking(status)) return Effect.succeedNone
    const { marketId, side, strategy, token } = request
    return selectOrder(
      `strategy = ? AND market_id = ? AND token_id = ? AND side = ?
       AND id IN (SELECT order_id FROM live_orders WHERE recorded = 0)`,
      [strategy, marketId, token, side]
    )
  }

  /** What the executor staged lives its own life: only where it came from is added. */
  const link = (staged: Order, { countsAsRejection, signalId }: OrderResult) => {
    const order: Order = { ...staged, signalId: signalId ?? staged.signalId }
    return sql`UPDATE orders SET signal_id = ${order.signalId}, counts_as_rejection = ${flag(countsAsRejection)}
      WHERE id = ${order.id}`.pipe(
      Effect.zipRight(sql`UPDATE live_orders SET recorded = 1 WHERE order_id = ${order.id}`),
      Effect.as(order)
    )
  }

  const place = (result: OrderResult, recordedUs: EpochMicros) =>
    Effect.gen(function* () {
      const { fills, kind = "order", mode, reason, request, signalId, status } = result
      const { atUs = recordedUs } = result
      const externalId = result.externalId ?? null
      const staged = yield* findStaged(result)
      if (Option.isSome(staged)) return yield* link(staged.value, result)
      const order = {
        ...request,
        kind,
        mode,
        status,
        reason,
        signalId,
        externalId,
        filledQty: shares(0),
        createdAtUs: atUs
      }
      const rows = yield* rowsOf(IdRow)(sql.unsafe(insertOrder, newOrderValues(order, result.countsAsRejection)))
      const id = rows[0]?.id ?? 0
      const filledQty = yield* recordFills(sql, id, fills, atUs)
      if (filledQty > 0) yield* sql`UPDATE orders SET filled_qty = ${fromMicros(filledQty)} WHERE id = ${id}`
      const stored: Order = { ...order, id, filledQty }
      return stored
    })

  const record = (input: RecordInput) =>
    Effect.gen(function* () {
      const settle = input.claimed === true ? settleClaimed : settleSignal
      for (const signal of input.signals) yield* settle(signal, input.atUs)
      const orders: Array<Order> = []
      for (const result of input.results) orders.push(yield* place(result, input.atUs))
      return { version: yield* bump, orders: Option.some<ReadonlyArray<Order>>(orders) }
    }).pipe(
      immediate(sql),
      Effect.map(({ orders, version }) => {
        noteVersion(version)
        return orders
      }),
      Effect.catchTag("SignalTaken", () => Effect.succeed(Option.none<ReadonlyArray<Order>>())),
      storing("record orders")
    )

  /** The signal is marked, so that a replay withdraws its order at the same moment. */
  const withdrawSignalOf = (orderId: OrderId, atUs: EpochMicros) =>
    sql`UPDATE signals SET withdrawn_us = ${atUs}
        WHERE withdrawn_us IS NULL AND id = (SELECT signal_id FROM orders WHERE id = ${orderId})`

  const apply = (input: {
    readonly orderId: OrderId
    readonly fills: OrderResult["fills"]
    readonly status: OrderStatus
    readonly reason: Order["reason"]
    readonly rest?: Order["rest"]
    readonly atUs: EpochMicros
  }) =>
    Effect.gen(function* () {
      if (input.rest !== undefined && input.rest !== null) {
        // What followed its fills is this program's own doing, also where the exchange's word is stored by another part.
        yield* sql`UPDATE orders SET rest_json = ${restJson(input.rest)} WHERE id = ${input.orderId}`
      }
      if (input.reason?.code === "signal gone") yield* withdrawSignalOf(input.orderId, input.atUs)
      const stored = yield* findOrder(input.orderId)
      const alive = yield* sql`SELECT 1 FROM live_orders WHERE order_id = ${input.orderId}`
      if (Option.isSome(stored) && alive.length > 0) return { version: null, order: stored.value }
      const found = Option.filter(stored, (order) => isWorking(order.status))
      if (Option.isNone(found)) return null
      const added = yield* recordFills(sql, input.orderId, input.fills, input.atUs)
      // Another process stored these very fills, and with them what became of the order.
      if (added === 0 && input.fills.length > 0) return { version: null, order: found.value }
      const { reason, status } = input
      const order: Order = { ...found.value, status, reason, filledQty: shares(found.value.filledQty + added) }
      yield* sql`UPDATE orders SET ${sql.update({ status, ...reasonColumns(order) })}, filled_qty =
        (SELECT ROUND(TOTAL(qty) * 1000000) / 1000000 FROM fills
          WHERE order_id = ${input.orderId} AND venue_state IS NOT 'reversed')
        WHERE id = ${input.orderId}`
      return { version: yield* bump, order }
    }).pipe(
      immediate(sql),
      Effect.map((stored) => {
        if (stored === null) return Option.none<Order>()
        if (stored.version !== null) noteVersion(stored.version)
        return Option.some(stored.order)
      }),
      storing(`update order ${input.orderId}`)
    )

  return {
    record,
    apply,
    writtenVersion: Effect.sync(() => written),
    findOrder: (id: number) => findOrder(id).pipe(storing(`read order ${id}`))
  }
}

const makeReads = (sql: SqlClient.SqlClient) => {
  const orders = (query: OrderQuery) => {
    const { parameters, where } = conditionsOf(query)
    const order = query.status === "working" ? "ASC" : "DESC"
    return rowsOf(OrderRow)(
      sql.unsafe(`SELECT ${orderColumns} FROM orders ${where} ORDER BY id ${order} LIMIT ?`, [
        ...parameters,
        query.limit
      ])
    ).pipe(
      Effect.map((rows) => rows.map(orderOf)),
      storing("list orders")
    )
  }

  const fills = (query: { readonly limit: number; readonly strategy: StrategyId | null }) =>
    rowsOf(FillRow)(
      sql.unsafe(
        `SELECT ${fillColumns} FROM fills ${query.strategy === null ? "" : "WHERE strategy = ?"} ORDER BY id DESC LIMIT ?`,
        query.strategy === null ? [query.limit] : [query.strategy, query.limit]
      )
    ).pipe(
      Effect.map((rows) => rows.map(fillOf)),
      storing("list fills")
    )

  const fillHistory = fillsInOrder(sql).pipe(
    Effect.map((rows) =>
      rows.map((row) => ({
        ...fillOf(row),
        realizedChange: toMicros(row.realized_change ?? 0),
        ...(isFractional(row) ? { fractional: true } : {})
      }))
    ),
    storing("read fills")
  )

  const position = (strategy: StrategyId, marketId: MarketId, token: Token) =>
    readPosition(sql, strategy, marketId, token).pipe(storing("read a position"))

  // Rounded row by row to whole units, so that the sum is exact.
  const realizedSince = (sinceUs: EpochMicros) =>
    rowsOf(SumRow)(
      sql`SELECT COALESCE(SUM(CAST(ROUND(realized_change * 1000000) AS INTEGER)), 0) AS sum
          FROM fills WHERE created_us >= ${sinceUs} AND venue_state IS NOT 'reversed'`
    ).pipe(
      Effect.map((rows) => usdc(rows[0]?.sum ?? 0)),
      storing("sum realized changes")
    )

  const decisionsSince = (sinceUs: EpochMicros) =>
    rowsOf(DecisionRow)(
      sql`SELECT created_us, counts_as_rejection AS rejected FROM orders
          WHERE created_us >= ${sinceUs} AND (counts_as_rejection = 1 OR status <> 'rejected' AND NOT EXISTS
              (SELECT 1 FROM live_orders WHERE order_id = orders.id AND accepted = 0))
            AND NOT (tif = 'ioc' AND status = 'canceled' AND filled_qty = 0) AND kind <> 'settlement'
          ORDER BY created_us, id`
    ).pipe(
      Effect.map((rows) => rows.map((row) => ({ atUs: row.created_us, rejected: row.rejected === 1 }))),
      storing("read decisions")
    )

  const takenSince = (sinceUs: EpochMicros) =>
    rowsOf(TakenRow)(
      sql`SELECT fills.market_id, fills.token_id, fills.side, fills.qty, fills.created_us
          FROM fills JOIN orders ON orders.id = fills.order_id
          WHERE fills.created_us >= ${sinceUs} AND orders.mode = 'paper' AND orders.kind = 'order'
            AND fills.created_us >= COALESCE(
              (SELECT MAX(updated_us) FROM markets WHERE markets.market_id = fills.market_id), 0)
          ORDER BY fills.created_us, fills.id`
    ).pipe(
      Effect.map((rows) =>
        rows.map((row): TakingFill => ({
          marketId: row.market_id,
          token: tokenOf(row.token_id),
          side: sideOf(row.side),
          qty: toMicros(row.qty),
          atUs: row.created_us
        }))
      ),
      storing("read what was taken")
    )

  const timesPaid = ({ marketId, strategy, token }: SettledPosition) =>
    rowsOf(TimesRow)(
      sql`SELECT COUNT(*) AS times FROM fills JOIN orders ON orders.id = fills.order_id
          WHERE orders.strategy = ${strategy} AND orders.market_id = ${marketId} AND orders.token_id = ${token}
            AND orders.kind = 'settlement'`
    ).pipe(
      Effect.map((rows) => rows[0]?.times ?? 0),
      storing("count payouts")
    )

  const countsByStatus = rowsOf(CountRow)(sql`SELECT status, COUNT(*) AS count FROM orders GROUP BY status`).pipe(
    Effect.map((rows): ReadonlyMap<OrderStatus, number> => {
      const counts = new Map<OrderStatus, number>()
      for (const row of rows) {
        const status = orderStatusOf(row.status) ?? "rejected"
        counts.set(status, (counts.get(status) ?? 0) + row.count)
      }
      return counts
    }),
    storing("count orders")
  )

  const positions = readPositions(sql).pipe(storing("read positions"))
  const version = rowsOf(VersionRow)(sql`SELECT version FROM trading_version`).pipe(
    Effect.map((rows) => rows[0]?.version ?? 0),
    storing("read the trading version")
  )
  return {
    timesPaid,
    takenSince,
    version,
    orders,
    fills,
    fillHistory,
    positions,
    position,
    realizedSince,
    decisionsSince,
    countsByStatus
  }
}

const make = Effect.map(SqlClient.SqlClient, (sql) => TradeRepo.of({ ...makeWrites(sql), ...makeReads(sql) }))

export const layer: Layer.Layer<TradeRepo, never, SqlClient.SqlClient> = Layer.effect(TradeRepo, make)
