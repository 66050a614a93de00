import { type SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { foldFills } from "../core/account/portfolio.ts"
import { type Fill, type VenueState } from "../domain/Fill.ts"
import { fromMicros, MICRO, toMicros } from "../domain/units.ts"
import { rowsOf, type SqlValue } from "./statements.ts"
import { sideOf, tokenOf } from "./texts.ts"

/** A row of `fills` as every version of the database has it, natural units. */
const BareFillRow = Schema.Struct({
  id: Schema.Number,
  order_id: Schema.Number,
  strategy: Schema.String,
  market_id: Schema.String,
  event_id: Schema.String,
  token_id: Schema.String,
  side: Schema.String,
  price: Schema.Number,
  qty: Schema.Number,
  fee: Schema.Number,
  external_fill_id: Schema.NullOr(Schema.String),
  realized_change: Schema.NullOr(Schema.Number),
  created_us: Schema.NullOr(Schema.Number)
})
type BareFillRow = typeof BareFillRow.Type

/** A row of `fills` as it is stored. */
export const StoredFillRow = Schema.Struct({ ...BareFillRow.fields, venue_state: Schema.NullOr(Schema.String) })
/** For RETURNING: the columns of `StoredFillRow`. */
export const storedFillColumns = Object.keys(StoredFillRow.fields).join(", ")

/** A row of `fills` with what its order says of it, natural units. */
export const FillRow = Schema.Struct({ ...StoredFillRow.fields, settlement: Schema.Number })
export type FillRow = typeof FillRow.Type

/** For SELECT: the columns of `FillRow`. */
export const fillColumns = `${storedFillColumns},
  order_id IN (SELECT id FROM orders WHERE kind = 'settlement') AS settlement`

/** For WHERE: fills of trades that failed are a record of what was said, and count nowhere. */
export const COUNTS = "venue_state IS NOT 'reversed'"

const venueStateOf = (text: string | null | undefined): { readonly venueState?: VenueState } =>
  text === "provisional" || text === "final" || text === "reversed" ? { venueState: text } : {}

/** A fill whose stored time cannot be read shows as the epoch: it is listed, and outside every window. */
export const fillOf = (row: BareFillRow & Partial<FillRow>): Fill => ({
  id: row.id,
  orderId: row.order_id,
  strategy: row.strategy,
  marketId: row.market_id,
  eventId: row.event_id,
  token: tokenOf(row.token_id),
  side: sideOf(row.side),
  price: toMicros(row.price),
  qty: toMicros(row.qty),
  fee: toMicros(row.fee),
  externalFillId: row.external_fill_id,
  atUs: row.created_us ?? 0,
  ...venueStateOf(row.venue_state),
  ...(row.settlement === 1 ? { settlement: true } : {})
})

/** The original traded fractions of a micro-unit; each such fill may move a sum by a unit or two when rounded. */
export const isFractional = (row: BareFillRow): boolean =>
  [row.price, row.qty, row.fee].some((value) => Math.abs(value * MICRO - Math.round(value * MICRO)) > 1e-3)

/** Those that count, in the order in which they were applied to the positions. */
export const fillsInOrder = (sql: SqlClient) =>
  rowsOf(FillRow)(sql.unsafe(`SELECT ${fillColumns} FROM fills WHERE ${COUNTS} ORDER BY id`))

/** Every fill of a database that is being upgraded, and may not have all columns yet. */
export const fillsBeforeLive = (sql: SqlClient) =>
  rowsOf(BareFillRow)(sql.unsafe(`SELECT ${Object.keys(BareFillRow.fields).join(", ")} FROM fills ORDER BY id`))

/** Positions and realized changes that rows come to, in this order. */
export const foldRows = (rows: ReadonlyArray<BareFillRow>): ReturnType<typeof foldFills> => foldFills(rows.map(fillOf))

/** Folds the given fills and stores the realized change of those that lack it. */
export const fillRealizedChanges = <E, R>(sql: SqlClient, fills: Effect.Effect<ReadonlyArray<BareFillRow>, E, R>) =>
  Effect.gen(function* () {
    const rows = yield* fills
    const { realizedChanges } = foldRows(rows)
    const values: Array<SqlValue> = []
    rows.forEach((row, index) => {
      if (row.realized_change === null) values.push(row.id, fromMicros(realizedChanges[index] ?? 0))
    })
    for (let at = 0; at < values.length; at += 2_000) {
      const page = values.slice(at, at + 2_000)
      const tuples = new Array(page.length / 2).fill("(?,?)").join(",")
      yield* sql.unsafe(
        `UPDATE fills SET realized_change = filled.column2 FROM (VALUES ${tuples}) AS filled ` +
          `WHERE fills.id = filled.column1`,
        page
      )
    }
  })
