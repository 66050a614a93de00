import { type SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Account } from "../core/account/account.ts"
import { positionKey } from "../core/account/portfolio.ts"
import { type OrderId } from "../domain/ids.ts"
import { type VenueState } from "../domain/Fill.ts"
import { type Position } from "../domain/Position.ts"
import { type EpochMicros, formatTime } from "../domain/time.ts"
import { fromMicros, type Shares, shares, type Usdc } from "../domain/units.ts"
import { type OrderResult } from "../ports/TradeRepo.ts"
import { readPosition, writePosition } from "./positionRows.ts"
import { insertRows, rowsOf, type SqlValue } from "./statements.ts"

type ReportedFill = OrderResult["fills"][number]

const fillColumns = [
  ...["order_id", "strategy", "market_id", "event_id", "token_id", "side", "price", "qty", "fee"],
  ...["external_fill_id", "raw_report_json", "created_at", "created_us", "realized_change"],
  "venue_state"
]

const fillValues = (
  orderId: OrderId,
  fill: ReportedFill,
  realizedChange: Usdc,
  venueState: VenueState | null
): ReadonlyArray<SqlValue> => [
  orderId,
  fill.strategy,
  fill.marketId,
  fill.eventId,
  fill.token,
  fill.side,
  fromMicros(fill.price),
  fromMicros(fill.qty),
  fromMicros(fill.fee),
  fill.externalFillId,
  fill.report,
  formatTime(fill.atUs),
  fill.atUs,
  fromMicros(realizedChange),
  venueState
]

const IdRow = Schema.Struct({ external_fill_id: Schema.String })

/** The fills that are not stored yet, each external id once. */
const freshFills = (sql: SqlClient, fills: ReadonlyArray<ReportedFill>) =>
  Effect.gen(function* () {
    const ids = fills.flatMap(({ externalFillId }) => (externalFillId === null ? [] : [externalFillId]))
    if (ids.length === 0) return fills
    const stored = yield* rowsOf(IdRow)(
      sql`SELECT external_fill_id FROM fills WHERE external_fill_id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`
    )
    const seen = new Set(stored.map((row) => row.external_fill_id))
    return fills.filter(({ externalFillId }) => {
      if (externalFillId === null) return true
      if (seen.has(externalFillId)) return false
      seen.add(externalFillId)
      return true
    })
  })

/**
 * Adds the fills that are new to an order and to the positions they change; runs inside the caller's transaction.
 * Gives the quantity that was added.
 */
export const recordFills = (
  sql: SqlClient,
  orderId: OrderId,
  fills: ReadonlyArray<ReportedFill>,
  atUs: EpochMicros,
  venueState: VenueState | null = null
) =>
  Effect.gen(function* () {
    if (fills.length === 0) return shares(0)
    const fresh = yield* freshFills(sql, fills)
    const account = new Account()
    const touched = new Map<string, ReportedFill>()
    const rows: Array<ReadonlyArray<SqlValue>> = []
    let added: Shares = shares(0)
    for (const fill of fresh) {
      const key = positionKey(fill)
      if (!touched.has(key)) {
        touched.set(key, fill)
        const stored = yield* readPosition(sql, fill.strategy, fill.marketId, fill.token)
        if (Option.isSome(stored)) account.restore(stored.value, null)
      }
      rows.push(fillValues(orderId, fill, account.fill(fill, null).realizedChange, venueState))
      added = shares(added + fill.qty)
    }
    yield* insertRows(sql, { table: "fills", columns: fillColumns }, rows)
    for (const { eventId, marketId, strategy, token } of touched.values()) {
      const held = account.holding(strategy, marketId, token)?.position
      if (held === undefined) continue
      const position: Position = { strategy, marketId, eventId, token, ...held }
      yield* writePosition(sql, position, atUs)
    }
    return added
  })
