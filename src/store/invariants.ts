import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { emptyPosition, positionKey } from "../core/account/portfolio.ts"
import { type Fill } from "../domain/Fill.ts"
import { type Position } from "../domain/Position.ts"
import { formatTime, parseTime } from "../domain/time.ts"
import { fromMicros, type MicroUnits } from "../domain/units.ts"
import { PAGE_ROWS } from "../policy/store.ts"
import { COUNTS, fillOf, foldRows, fillsInOrder, isFractional } from "./fillRows.ts"
import { readPositions } from "./positionRows.ts"
import { rowsOf, storing } from "./statements.ts"
import { CLAIMED } from "./texts.ts"
import { type TimeColumn, timeColumns } from "./times.ts"

/** One broken rule, and where. */
export interface Problem {
  readonly check: "positions" | "orders" | "signals" | "times" | "integrity"
  readonly detail: string
}

const noPosition = emptyPosition()
type Held = Pick<Position, "qty" | "cost" | "realized">

const differs = (stored: Held, folded: Held, tolerance: MicroUnits): string | undefined => {
  for (const field of ["qty", "cost", "realized"] as const) {
    if (Math.abs(stored[field] - folded[field]) > tolerance) {
      return `${field} is ${fromMicros(stored[field])}, its fills give ${fromMicros(folded[field])}`
    }
  }
  return undefined
}

const checkPositions = (sql: SqlClient.SqlClient) =>
  Effect.gen(function* () {
    const rows = yield* fillsInOrder(sql)
    const fills: ReadonlyArray<Fill> = rows.map(fillOf)
    const folded = foldRows(rows).positions
    const tolerances = new Map<string, MicroUnits>()
    rows.forEach((row, index) => {
      const fill = fills[index]
      if (fill === undefined || !isFractional(row)) return
      tolerances.set(positionKey(fill), (tolerances.get(positionKey(fill)) ?? 0) + 2)
    })
    const stored = new Map((yield* readPositions(sql)).map((position) => [positionKey(position), position]))
    const problems: Array<Problem> = []
    for (const key of new Set([...folded.keys(), ...stored.keys()])) {
      const position = stored.get(key) ?? folded.get(key)
      const tolerance = tolerances.get(key) ?? 0
      const difference = differs(stored.get(key) ?? noPosition, folded.get(key) ?? noPosition, tolerance)
      if (position === undefined || difference === undefined) continue
      const { marketId, strategy, token } = position
      problems.push({ check: "positions", detail: `position ${strategy} ${marketId} ${token}: ${difference}` })
    }
    return problems
  })

const DetailRow = Schema.Struct({ detail: Schema.String })

const sqlChecks: ReadonlyArray<{ readonly check: Problem["check"]; readonly query: string }> = [
  {
    check: "orders",
    query: `SELECT 'fill ' || id || ': its order ' || order_id || ' is not stored' AS detail FROM fills
      WHERE NOT EXISTS (SELECT 1 FROM orders WHERE orders.id = fills.order_id) ORDER BY id LIMIT 100`
  },
  {
    check: "orders",
    query: `SELECT 'order ' || orders.id || ': filled ' || filled_qty || ', its fills give ' || ROUND(TOTAL(fills.qty), 6) AS detail
      FROM orders LEFT JOIN fills ON fills.order_id = orders.id AND ${COUNTS} GROUP BY orders.id
      HAVING ABS(ROUND(filled_qty * 1e6) - ROUND(TOTAL(fills.qty) * 1e6)) > 0 ORDER BY orders.id LIMIT 100`
  },
  {
    check: "orders",
    query: `SELECT 'live order ' || order_id || ': its trades give ' || traded || ', it is filled ' || filled_qty AS detail FROM
      (SELECT live_orders.order_id, filled_qty, ROUND(TOTAL(live_trades.qty), 6) AS traded FROM live_orders
        JOIN orders ON orders.id = live_orders.order_id
        LEFT JOIN live_trades ON live_trades.order_id = live_orders.order_id AND live_trades.state <> 'failed'
        GROUP BY live_orders.order_id)
      WHERE ABS(ROUND(filled_qty * 1e6) - ROUND(traded * 1e6)) > 0 ORDER BY order_id LIMIT 100`
  },
  {
    check: "orders",
    query: `SELECT 'live order ' || traded.order_id || ': trade ' || trade_id || ' is ' || state || ', a fill of it is ' ||
        COALESCE(venue_state, 'not of the exchange') AS detail
      FROM live_trades AS traded
        JOIN live_orders ON live_orders.order_id = traded.order_id
        JOIN fills ON fills.order_id = traded.order_id
          AND substr(external_fill_id, 1, length(trade_id || hash) + 2) = trade_id || ':' || hash || ':'
      WHERE venue_state IS NOT CASE state WHEN 'failed' THEN 'reversed' ELSE state END
      ORDER BY traded.order_id LIMIT 100`
  },
  {
    // A claimed signal whose process died says so; nothing is sent for it again.
    // The original did not say which signal an order came from: one of the same strategy and market will do.
    check: "signals",
    query: `SELECT 'signal ' || id || ' is executed without an order' AS detail FROM signals
      WHERE status = 'executed' AND status_reason <> '${CLAIMED}'
        AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.signal_id = signals.id)
        AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.signal_id IS NULL
          AND orders.strategy = signals.strategy AND orders.market_id = signals.market_id)
      ORDER BY id LIMIT 100`
  },
  {
    check: "integrity",
    query: `SELECT "table" || ' row ' || COALESCE(rowid, '?') || ' refers to a missing row of ' || parent AS detail
      FROM pragma_foreign_key_check LIMIT 100`
  },
  {
    check: "integrity",
    query: `SELECT integrity_check AS detail FROM pragma_integrity_check WHERE integrity_check <> 'ok' LIMIT 100`
  }
]

const TimeRow = Schema.Struct({
  row_id: Schema.Number,
  text: Schema.Unknown,
  us: Schema.NullOr(Schema.Number)
})

/** A text that is no time must have no integer; any other must have exactly its own. */
const checkTimes = (sql: SqlClient.SqlClient, { table, text, us }: TimeColumn) =>
  Effect.gen(function* () {
    let after = Number.MIN_SAFE_INTEGER
    let wrong = 0
    let example = ""
    for (;;) {
      const page = yield* rowsOf(TimeRow)(
        sql.unsafe(
          `SELECT rowid AS row_id, ${text} AS text, ${us} AS us FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ?`,
          [after, PAGE_ROWS]
        )
      )
      for (const row of page) {
        after = row.row_id
        const expected = typeof row.text === "string" ? (parseTime(row.text) ?? null) : null
        if (row.us === expected) continue
        if (wrong++ === 0) {
          const kept = row.us === null ? "nothing" : formatTime(row.us)
          example = `row ${row.row_id} says ${String(row.text)}, ${us} says ${kept}`
        }
      }
      if (page.length < PAGE_ROWS) break
    }
    const problems: ReadonlyArray<Problem> =
      wrong === 0
        ? []
        : [{ check: "times", detail: `${table}.${us}: ${wrong} row(s) disagree with ${text}: ${example}` }]
    return problems
  })

/** Everything that must hold between rows, whatever killed whoever wrote them. Reads the whole database. */
export const checkInvariants = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const problems: Array<Problem> = [...(yield* checkPositions(sql))]
  for (const { check, query } of sqlChecks) {
    for (const { detail } of yield* rowsOf(DetailRow)(sql.unsafe(query))) problems.push({ check, detail })
  }
  for (const column of timeColumns) problems.push(...(yield* checkTimes(sql, column)))
  const result: ReadonlyArray<Problem> = problems
  return result
}).pipe(storing("check the database"))
