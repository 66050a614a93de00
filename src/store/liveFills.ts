import { type SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { positionKey } from "../core/account/portfolio.ts"
import { type ReportedFill } from "../domain/Execution.ts"
import { type OrderTrade } from "../domain/LiveOrder.ts"
import { type Position } from "../domain/Position.ts"
import { type EpochMicros } from "../domain/time.ts"
import { fromMicros, shares, toMicros, usdc } from "../domain/units.ts"
import { type LiveOrder } from "../ports/LiveOrderRepo.ts"
import { COUNTS, fillColumns, fillOf, FillRow, foldRows, StoredFillRow, storedFillColumns } from "./fillRows.ts"
import { writePosition } from "./positionRows.ts"
import { recordFills } from "./recordFills.ts"
import { rowsOf } from "./statements.ts"

/** How the ids of all fills of a trade begin. */
const idPrefix = ({ hash }: LiveOrder, tradeId: string): string => `${tradeId}:${hash}:`

const fillsOfTrade = (
  live: LiveOrder,
  { atUs, parts, role, tradeId, word }: OrderTrade
): ReadonlyArray<ReportedFill> => {
  const { eventId, marketId, side, strategy, token } = live.order
  return parts.map(({ fee, key, price, qty }) => ({
    ...{ strategy, marketId, eventId, token, side, price, qty, fee, atUs },
    externalFillId: `${idPrefix(live, tradeId)}${key}`,
    report: JSON.stringify({ trade: tradeId, word, role })
  }))
}

/** Stores the fills of trades that are seen for the first time; inside the caller's transaction. */
export const addTrades = (sql: SqlClient, live: LiveOrder, trades: ReadonlyArray<OrderTrade>, atUs: EpochMicros) =>
  Effect.gen(function* () {
    const added: Array<ReportedFill> = []
    for (const trade of trades) {
      const fills = fillsOfTrade(live, trade)
      yield* recordFills(sql, live.order.id, fills, atUs, trade.state === "final" ? "final" : "provisional")
      added.push(...fills)
    }
    return added
  })

const ofTrade = (sql: SqlClient, live: LiveOrder, tradeId: string) => {
  const prefix = idPrefix(live, tradeId)
  return sql`order_id = ${live.order.id} AND substr(external_fill_id, 1, ${prefix.length}) = ${prefix}`
}

export const confirmTrades = (sql: SqlClient, live: LiveOrder, tradeIds: ReadonlyArray<string>) =>
  Effect.forEach(
    tradeIds,
    (tradeId) =>
      sql`UPDATE fills SET venue_state = 'final'
          WHERE ${ofTrade(sql, live, tradeId)} AND venue_state = 'provisional'`,
    { concurrency: 1, discard: true }
  )

/**
 * Makes the position of an order's token, and what each of its fills realized, what they would be had the reversed fills
 * never been.
 */
const refold = (sql: SqlClient, { order }: LiveOrder, atUs: EpochMicros) =>
  Effect.gen(function* () {
    const { eventId, marketId, strategy, token } = order
    const rows = yield* rowsOf(FillRow)(
      sql.unsafe(
        `SELECT ${fillColumns} FROM fills
         WHERE strategy = ? AND market_id = ? AND token_id = ? AND ${COUNTS} ORDER BY id`,
        [strategy, marketId, token]
      )
    )
    const { positions, realizedChanges } = foldRows(rows)
    for (const [index, { id, realized_change }] of rows.entries()) {
      const change = realizedChanges[index] ?? 0
      if (realized_change !== null && toMicros(realized_change) === change) continue
      yield* sql`UPDATE fills SET realized_change = ${fromMicros(change)} WHERE id = ${id}`
    }
    const empty: Position = { strategy, marketId, eventId, token, qty: shares(0), cost: usdc(0), realized: usdc(0) }
    yield* writePosition(sql, positions.get(positionKey(order)) ?? empty, atUs)
  })

const ReversedRow = Schema.Struct({ ...StoredFillRow.fields, raw_report_json: Schema.String })

/** Takes the fills of failed trades out of the books; inside the caller's transaction. */
export const reverseTrades = (sql: SqlClient, live: LiveOrder, tradeIds: ReadonlyArray<string>, atUs: EpochMicros) =>
  Effect.gen(function* () {
    const reversed: Array<ReportedFill> = []
    for (const tradeId of tradeIds) {
      const rows = yield* rowsOf(ReversedRow)(
        sql`UPDATE fills SET venue_state = 'reversed', realized_change = 0
            WHERE ${ofTrade(sql, live, tradeId)} AND ${sql.literal(COUNTS)}
            RETURNING ${sql.literal(storedFillColumns)}, raw_report_json`
      )
      for (const row of rows) {
        const { externalFillId, fee, price, qty, side, atUs: tradedAtUs } = fillOf(row)
        const { eventId, marketId, strategy, token } = live.order
        reversed.push({
          ...{ strategy, marketId, eventId, token, side, price, qty, fee, atUs: tradedAtUs, externalFillId },
          report: row.raw_report_json
        })
      }
    }
    if (reversed.length > 0) yield* refold(sql, live, atUs)
    return reversed
  })
