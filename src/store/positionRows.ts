import { type SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { averagePrice } from "../core/account/portfolio.ts"
import { type MarketId, type StrategyId, type Token } from "../domain/ids.ts"
import { type Position } from "../domain/Position.ts"
import { type EpochMicros, formatTime } from "../domain/time.ts"
import { fromMicros, MICRO, toMicros, usdc } from "../domain/units.ts"
import { rowsOf } from "./statements.ts"
import { tokenOf } from "./texts.ts"

/** A row of `positions`, natural units but for the exact cost. */
const PositionRow = Schema.Struct({
  strategy: Schema.String,
  market_id: Schema.String,
  event_id: Schema.String,
  token_id: Schema.String,
  net_qty: Schema.Number,
  avg_price: Schema.Number,
  realized_pnl: Schema.Number,
  cost_micros: Schema.NullOr(Schema.Number)
})
const columns = Object.keys(PositionRow.fields).join(", ")

/**
 * What `PositionRow` says, without its cost, which is most of the time that reading thousands of positions takes. What it
 * does not know is the schema's to judge, and to explain.
 */
const isPositionRow = (row: unknown): row is typeof PositionRow.Type => {
  if (typeof row !== "object" || row === null) return false
  const { avg_price, cost_micros, event_id, market_id, net_qty, realized_pnl, strategy, token_id } = row as {
    readonly [Name in keyof typeof PositionRow.Type]?: unknown
  }
  return (
    typeof strategy === "string" &&
    typeof market_id === "string" &&
    typeof event_id === "string" &&
    typeof token_id === "string" &&
    typeof net_qty === "number" &&
    typeof avg_price === "number" &&
    typeof realized_pnl === "number" &&
    (cost_micros === null || typeof cost_micros === "number")
  )
}

const decodeRows = Schema.decodeUnknown(Schema.Array(PositionRow))

/** The exact cost counts only while it fits quantity and average: the original does not know of it. */
const positionOf = (row: typeof PositionRow.Type): Position => {
  const derived = Math.round(row.avg_price * row.net_qty * MICRO)
  const exact = row.cost_micros
  return {
    strategy: row.strategy,
    marketId: row.market_id,
    eventId: row.event_id,
    token: tokenOf(row.token_id),
    qty: toMicros(row.net_qty),
    cost: usdc(exact !== null && Math.abs(exact - derived) <= 1 ? exact : derived),
    realized: toMicros(row.realized_pnl)
  }
}

export const readPositions = (sql: SqlClient) =>
  Effect.map(
    Effect.flatMap(
      sql.unsafe(`SELECT ${columns} FROM positions ORDER BY strategy, event_id, market_id, token_id`),
      (rows: ReadonlyArray<unknown>) => (rows.every(isPositionRow) ? Effect.succeed(rows) : decodeRows(rows))
    ),
    (rows) => rows.map(positionOf)
  )

export const readPosition = (sql: SqlClient, strategy: StrategyId, marketId: MarketId, token: Token) =>
  Effect.map(
    rowsOf(PositionRow)(
      sql.unsafe(`SELECT ${columns} FROM positions WHERE strategy = ? AND market_id = ? AND token_id = ?`, [
        strategy,
        marketId,
        token
      ])
    ),
    (rows) => Option.map(Option.fromNullable(rows[0]), positionOf)
  )

export const writePosition = (sql: SqlClient, position: Position, atUs: EpochMicros) => {
  const row = {
    strategy: position.strategy,
    market_id: position.marketId,
    event_id: position.eventId,
    token_id: position.token,
    net_qty: fromMicros(position.qty),
    avg_price: fromMicros(averagePrice(position)),
    realized_pnl: fromMicros(position.realized),
    cost_micros: position.cost,
    updated_at: formatTime(atUs)
  }
  return sql`INSERT INTO positions ${sql.insert(row)} ON CONFLICT (strategy, market_id, token_id) DO UPDATE SET
    net_qty = excluded.net_qty, avg_price = excluded.avg_price, realized_pnl = excluded.realized_pnl,
    cost_micros = excluded.cost_micros, updated_at = excluded.updated_at`
}
