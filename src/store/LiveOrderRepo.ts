import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { startLife, stepLife } from "../core/orderLife.ts"
import { type OrderId } from "../domain/ids.ts"
import { StoreError } from "../domain/errors.ts"
import { type OrderHash, type SignedLiveOrder } from "../domain/LiveOrder.ts"
import { doubtfulStatuses, type Order, workingStatuses } from "../domain/Order.ts"
import { type OrderEvent } from "../domain/OrderLife.ts"
import { type EpochMicros, MICROS_PER_MS } from "../domain/time.ts"
import { tradesMarginUs } from "../policy/store.ts"
import { type LiveOrder, type LiveOrderChange, LiveOrderRepo } from "../ports/LiveOrderRepo.ts"
import { addTrades, confirmTrades, reverseTrades } from "./liveFills.ts"
import { insertLiveOrder, readLiveOrders, writeLife } from "./liveOrderRows.ts"
import { newOrderColumns, newOrderValues } from "./orderRows.ts"
import { placeholders, rowsOf, storing } from "./statements.ts"
import { wordsOf } from "./texts.ts"
import { immediate } from "./transaction.ts"

const IdRow = Schema.Struct({ id: Schema.Number })
const MomentRow = Schema.Struct({ us: Schema.NullOr(Schema.Number) })

const insertOrder = `INSERT INTO orders (${newOrderColumns.join(", ")}) VALUES ${placeholders(newOrderColumns.length)} RETURNING id`

/** A running program that did not do this itself must see that something changed: its own version is not this one. */
const bump = (sql: SqlClient.SqlClient) => sql`UPDATE trading_version SET version = version + 1`

/** Only what the exchange shows of this very order. */
const ownEvent = (event: OrderEvent, { hash }: LiveOrder): OrderEvent => {
  if (event._tag !== "Looked") return event
  const { evidence } = event
  const trades = evidence.trades.filter(({ orderHash }) => orderHash === hash)
  return { ...event, evidence: { ...evidence, trades } }
}

const makeWrites = (sql: SqlClient.SqlClient) => {
  const stage = (signed: SignedLiveOrder, atUs: EpochMicros) =>
    Effect.gen(function* () {
      const { conditionId, fee, hash, request, tokenId } = signed
      const life = startLife({ tif: request.tif, qty: request.qty, stagedAtUs: atUs })
      const { filledQty, reason, status } = life
      const order: Omit<Order, "id"> = {
        ...{ ...request, kind: "order", mode: "live", status, reason, filledQty },
        ...{ externalId: hash, signalId: null, rest: request.rest ?? null, createdAtUs: atUs }
      }
      const [row] = yield* rowsOf(IdRow)(sql.unsafe(insertOrder, newOrderValues(order, false)))
      const id = row?.id ?? 0
      yield* insertLiveOrder(sql, id, signed, atUs)
      yield* bump(sql)
      const stored: LiveOrder = { order: { ...order, id }, hash, conditionId, tokenId, fee, life }
      return stored
    }).pipe(immediate(sql, { durable: true }), storing("store a signed order"))

  const advance = (orderId: OrderId, event: OrderEvent, atUs: EpochMicros) =>
    Effect.gen(function* () {
      const operation = `update live order ${orderId}`
      const [before] = yield* readLiveOrders(sql, "orders.id = ?", [orderId])
      if (before === undefined) return yield* new StoreError({ operation, detail: "no such live order is stored" })
      const { add, confirm, life, reverse } = stepLife(before.life, ownEvent(event, before))
      const added = yield* addTrades(sql, before, add, atUs)
      yield* confirmTrades(sql, before, confirm)
      const reversed = yield* reverseTrades(sql, before, reverse, atUs)
      const visible = yield* writeLife(sql, before, life)
      if (visible || added.length + confirm.length + reversed.length > 0) yield* bump(sql)
      const { filledQty, reason, status } = life
      const after: LiveOrder = { ...before, order: { ...before.order, status, reason, filledQty }, life }
      const change: LiveOrderChange = { before, after, added, reversed }
      return change
    }).pipe(immediate(sql), storing(`update live order ${orderId}`))

  // Nothing that a running program holds in memory depends on it: it is no change of the trading version.
  const markSynced = (atUs: EpochMicros) =>
    sql`INSERT INTO live_sync (id, synced_us) VALUES (1, ${atUs})
        ON CONFLICT (id) DO UPDATE SET synced_us = MAX(synced_us, excluded.synced_us)`.pipe(
      Effect.asVoid,
      storing("note the reconciliation")
    )

  return { stage, advance, markSynced }
}

const makeReads = (sql: SqlClient.SqlClient) => {
  const inStatus = (statuses: Parameters<typeof wordsOf>[0]) => {
    const words = wordsOf(statuses)
    return { where: `status IN ${placeholders(words.length)}`, words }
  }
  const working = inStatus(workingStatuses)
  const doubtful = inStatus(doubtfulStatuses)

  const find = (orderId: OrderId) =>
    readLiveOrders(sql, "orders.id = ?", [orderId]).pipe(
      Effect.map((found) => Option.fromNullable(found[0])),
      storing(`read live order ${orderId}`)
    )

  const tracked = readLiveOrders(
    sql,
    `(${working.where} OR orders.id IN (SELECT order_id FROM fills WHERE venue_state = 'provisional'))`,
    working.words
  ).pipe(storing("read live orders"))

  const unresolved = readLiveOrders(sql, doubtful.where, doubtful.words).pipe(storing("read unresolved live orders"))

  const byHash = (hashes: ReadonlyArray<OrderHash>) =>
    readLiveOrders(sql, "hash IN (SELECT value FROM json_each(?))", [JSON.stringify(hashes)]).pipe(
      Effect.map((found): ReadonlyMap<OrderHash, LiveOrder> => new Map(found.map((order) => [order.hash, order]))),
      storing("look up live orders")
    )

  const moment = (query: string, parameters: ReadonlyArray<string>) =>
    Effect.map(rowsOf(MomentRow)(sql.unsafe(query, parameters)), (rows) => rows[0]?.us ?? null)

  const syncedAt = moment("SELECT synced_us AS us FROM live_sync", []).pipe(storing("read the last reconciliation"))

  // What the last complete reconciliation saw need not be seen again, but for what was then still in flight. Before the
  // first one that is all that was ever staged; where nothing was, nothing of ours can have traded.
  const tradesSince = Effect.gen(function* () {
    const nowUs = (yield* Effect.clockWith((clock) => clock.currentTimeMillis)) * MICROS_PER_MS
    const since = yield* moment(
      `SELECT MIN(us) AS us FROM (
         SELECT staged_us AS us FROM live_orders JOIN orders ON orders.id = order_id
           WHERE ${working.where} OR NOT EXISTS (SELECT 1 FROM live_sync)
         UNION ALL SELECT created_us FROM fills WHERE venue_state = 'provisional'
         UNION ALL SELECT synced_us FROM live_sync)`,
      working.words
    )
    return Math.max(0, (since ?? nowUs) - tradesMarginUs)
  }).pipe(storing("read since when trades matter"))

  return { find, tracked, unresolved, byHash, syncedAt, tradesSince }
}

const make = Effect.map(SqlClient.SqlClient, (sql) => LiveOrderRepo.of({ ...makeWrites(sql), ...makeReads(sql) }))

export const layer: Layer.Layer<LiveOrderRepo, never, SqlClient.SqlClient> = Layer.effect(LiveOrderRepo, make)
