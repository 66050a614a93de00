import * as Schema from "effect/Schema"
import { sharePayout } from "../core/account/payout.ts"
import { type Market, marketFrom, type Resolution, type ResolutionState } from "../domain/Market.ts"
import { formatTime } from "../domain/time.ts"
import {
  instrumentColumns,
  instrumentFrom,
  InstrumentRow,
  instrumentValues,
  maybeInstrumentColumns
} from "./instrumentColumns.ts"
import { flagOf, flagOrNull, type SqlValue } from "./statements.ts"
import { marketStatusOf } from "./texts.ts"

const text = Schema.String
const maybeText = Schema.NullOr(Schema.String)
const maybe = Schema.NullOr(Schema.Number)

/** What a row of `markets` holds besides the instrument, natural units. */
const SeenRow = Schema.Struct({
  status: text,
  yes_price: maybe,
  no_price: maybe,
  best_bid: maybe,
  best_ask: maybe,
  mid_price: maybe,
  liquidity: Schema.Number,
  volume: Schema.Number,
  updated_at: text,
  updated_us: maybe,
  accepting_orders: maybe,
  source_updated_us: maybe,
  payout_yes: maybe,
  payout_no: maybe,
  resolved_us: maybe,
  resolution_state: maybeText,
  proposed_us: maybe,
  disputed_us: maybe,
  final_us: maybe
})

export const marketColumns: ReadonlyArray<string> = [...instrumentColumns, ...Object.keys(SeenRow.fields)]

/** What is paid out is not taken back, and what was seen first stays first. */
export const keptOnceKnown: ReadonlyArray<string> = [
  ...["payout_yes", "payout_no", "resolved_us", "proposed_us", "disputed_us", "final_us"]
]

/** What one source may not say while another run or an earlier one did: null keeps what is known. */
export const keptWhenNull: ReadonlyArray<string> = [...maybeInstrumentColumns, "accepting_orders", "source_updated_us"]

/** A market as it is read: its payout is the recorded resolution's, whichever source that came from. */
export const StoredMarketRow = Schema.extend(
  InstrumentRow,
  Schema.Struct({ ...SeenRow.fields, contradiction: maybeText })
)
type StoredMarketRow = typeof StoredMarketRow.Type

/** SELECT of `StoredMarketRow`s; the rest of the statement follows. Prices that merely look final are no payout. */
export const selectMarkets =
  `SELECT ${marketColumns
    .map((column) => `${["payout_yes", "payout_no", "resolved_us"].includes(column) ? "paid" : "markets"}.${column}`)
    .join(", ")}, ` +
  `(SELECT source || ' later: ' || report FROM resolution_contradictions AS other
    WHERE other.market_id = paid.market_id ORDER BY last_us DESC, report LIMIT 1) AS contradiction
   FROM markets LEFT JOIN market_resolutions AS paid ON paid.market_id = markets.market_id AND paid.basis = 'venue'`

/** SELECT of `StoredMarketRow`s as their own source showed them; the rest of the statement follows. */
export const selectShown =
  `SELECT ${marketColumns.map((column) => `markets.${column}`).join(", ")}, ` +
  `(SELECT source || ' later: ' || report FROM resolution_contradictions AS other
    WHERE other.market_id = markets.market_id AND other.source = markets.source
    ORDER BY last_us DESC, report LIMIT 1) AS contradiction FROM markets`

const stateOf = (text: string | null): ResolutionState | null =>
  text === "proposed" || text === "disputed" || text === "final" ? text : null

const resolutionOf = (row: StoredMarketRow): Resolution | null => {
  const state = row.payout_yes === null ? stateOf(row.resolution_state) : "final"
  return state === null
    ? null
    : {
        state,
        proposedAtUs: row.proposed_us,
        disputedAtUs: row.disputed_us,
        finalAtUs: row.final_us,
        contradiction: row.contradiction
      }
}

export const marketOf = (row: StoredMarketRow): Market =>
  marketFrom(
    instrumentFrom(instrumentColumns.map((column) => row[column] ?? null)),
    {
      status: marketStatusOf(row.status),
      acceptingOrders: flagOf(row.accepting_orders),
      yesPrice: row.yes_price,
      noPrice: row.no_price,
      bestBid: row.best_bid,
      bestAsk: row.best_ask,
      midPrice: row.mid_price,
      liquidity: row.liquidity,
      volume: row.volume,
      updatedAtUs: row.updated_us ?? 0
    },
    {
      resolution: resolutionOf(row),
      payout:
        row.payout_yes === null || row.payout_no === null
          ? null
          : sharePayout({ yes: row.payout_yes, no: row.payout_no }),
      resolvedAtUs: row.resolved_us,
      sourceUpdatedUs: row.source_updated_us
    }
  )

/** Values in the order of `marketColumns`. */
export const marketValues = (market: Market): ReadonlyArray<SqlValue> => [
  ...instrumentValues(market),
  market.status,
  market.yesPrice,
  market.noPrice,
  market.bestBid,
  market.bestAsk,
  market.midPrice,
  market.liquidity,
  market.volume,
  formatTime(market.updatedAtUs),
  market.updatedAtUs,
  flagOrNull(market.acceptingOrders),
  market.sourceUpdatedUs,
  market.payout?.yes ?? null,
  market.payout?.no ?? null,
  market.resolvedAtUs,
  market.resolution?.state ?? null,
  market.resolution?.proposedAtUs ?? null,
  market.resolution?.disputedAtUs ?? null,
  market.resolution?.finalAtUs ?? null
]
