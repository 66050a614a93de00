import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { fillRealizedChanges, fillsBeforeLive } from "../fillRows.ts"
import { rowsOf } from "../statements.ts"

/** How the original's refusals by risk begin. */
const riskCodes = [
  "ok",
  "invalid order qty/price",
  "global stop-loss triggered",
  "strategy notional limit exceeded",
  "event notional limit exceeded",
  "circuit breaker open",
  "order notional limit exceeded",
  "open order limit exceeded",
  "price collar exceeded",
  "stale quote",
  "resolution date notional limit exceeded",
  "scenario loss limit exceeded"
] as const

const FinalRow = Schema.Struct({ market_id: Schema.String, yes_price: Schema.Number, no_price: Schema.Number })
const PlaceRow = Schema.Struct({ id: Schema.Number, captured_us: Schema.Number })

/**
 * The original stored no resolutions. A closed market whose final prices are exactly 0 and 1 resolved, at the latest,
 * at the first snapshot from which on every snapshot shows them; without one nothing is claimed.
 */
const resolutionsFromPrices = (sql: SqlClient.SqlClient) =>
  Effect.gen(function* () {
    const finals = yield* rowsOf(FinalRow)(
      sql`SELECT market_id, yes_price, no_price FROM markets WHERE status = 'closed'
          AND ((yes_price = 0 AND no_price = 1) OR (yes_price = 1 AND no_price = 0)) ORDER BY id`
    )
    for (const { market_id, no_price, yes_price } of finals) {
      const [different] = yield* rowsOf(PlaceRow)(
        sql`SELECT id, captured_us FROM market_snapshots WHERE market_id = ${market_id} AND captured_us IS NOT NULL
            AND NOT (yes_price IS ${yes_price} AND no_price IS ${no_price}) ORDER BY captured_us DESC, id DESC LIMIT 1`
      )
      const after = different ?? { id: 0, captured_us: Number.MIN_SAFE_INTEGER }
      yield* sql`INSERT INTO market_resolutions (market_id, payout_yes, payout_no, resolved_us, basis)
        SELECT market_id, ${yes_price}, ${no_price}, captured_us, 'price' FROM market_snapshots
        WHERE market_id = ${market_id} AND (captured_us, id) > (${after.captured_us}, ${after.id})
        ORDER BY captured_us, id LIMIT 1
        ON CONFLICT (market_id) DO NOTHING`
    }
  })

/** Values of rows that the original wrote, derived from what it did store. */
export const derivedValues = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* resolutionsFromPrices(sql)
  yield* fillRealizedChanges(sql, fillsBeforeLive(sql))
  yield* sql`UPDATE orders SET filled_qty = (SELECT TOTAL(qty) FROM fills WHERE fills.order_id = orders.id)
    WHERE EXISTS (SELECT 1 FROM fills WHERE fills.order_id = orders.id)`
  // The original's refusals by risk carry the same codes; those by a switch do not count for the breaker.
  for (const code of riskCodes) {
    yield* sql`UPDATE orders SET counts_as_rejection = 1
      WHERE status = 'rejected' AND substr(message, 1, ${code.length}) = ${code}`
  }
})
