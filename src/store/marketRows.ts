import * as Schema from "effect/Schema"
import { sharePayout } from "../core/payout.ts"
import { type FeeSchedule, type Market, type Resolution, type ResolutionState } from "../domain/Market.ts"
import { formatTime } from "../domain/time.ts"
import { flag, flagOrNull, type SqlValue } from "./statements.ts"
import { marketStatusOf } from "./texts.ts"

const text = Schema.String
const maybeText = Schema.NullOr(Schema.String)
const maybe = Schema.NullOr(Schema.Number)

/** A row of `markets`, natural units. */
export const MarketRow = Schema.Struct({
  source: text,
  market_id: text,
  canonical_id: text,
  event_id: text,
  question: text,
  status: text,
  neg_risk: Schema.Number,
  yes_price: maybe,
  no_price: maybe,
  best_bid: maybe,
  best_ask: maybe,
  mid_price: maybe,
  liquidity: Schema.Number,
  volume: Schema.Number,
  updated_at: text,
  updated_us: maybe,
  condition_id: maybeText,
  yes_token_id: maybeText,
  no_token_id: maybeText,
  yes_label: maybeText,
  no_label: maybeText,
  tick_size: maybe,
  min_order_size: maybe,
  fee_rate: maybe,
  fee_exponent: maybe,
  fee_taker_only: maybe,
  fee_rebate_rate: maybe,
  accepting_orders: maybe,
  slug: maybeText,
  end_date_us: maybe,
  source_updated_us: maybe,
  payout_yes: maybe,
  payout_no: maybe,
  resolved_us: maybe,
  resolution_state: maybeText,
  proposed_us: maybe,
  disputed_us: maybe,
  final_us: maybe
})
export type MarketRow = typeof MarketRow.Type

export const marketColumns: ReadonlyArray<string> = Object.keys(MarketRow.fields)

/** What is paid out is not taken back, and what was seen first stays first. */
export const keptOnceKnown: ReadonlyArray<string> = [
  ...["payout_yes", "payout_no", "resolved_us", "proposed_us", "disputed_us", "final_us"]
]

/** What one source may not say while another run or an earlier one did: null keeps what is known. */
export const keptWhenNull: ReadonlyArray<string> = marketColumns
  .slice(marketColumns.indexOf("condition_id"))
  .filter((column) => !keptOnceKnown.includes(column) && column !== "resolution_state")

/** A market as it is read: its payout is the recorded resolution's, whichever source that came from. */
export const StoredMarketRow = Schema.Struct({ ...MarketRow.fields, contradiction: maybeText })
type StoredMarketRow = typeof StoredMarketRow.Type

/** SELECT of `StoredMarketRow`s; the rest of the statement follows. Prices that merely look final are no payout. */
export const selectMarkets =
  `SELECT ${marketColumns
    .map((column) => `${["payout_yes", "payout_no", "resolved_us"].includes(column) ? "paid" : "markets"}.${column}`)
    .join(", ")}, ` +
  `(SELECT source || ' later: ' || report FROM resolution_contradictions AS other
    WHERE other.market_id = paid.market_id ORDER BY last_us DESC, report LIMIT 1) AS contradiction
   FROM markets LEFT JOIN market_resolutions AS paid ON paid.market_id = markets.market_id AND paid.basis = 'venue'`

type FeeColumns = Pick<MarketRow, "fee_rate" | "fee_exponent" | "fee_taker_only" | "fee_rebate_rate">

export const feeOf = (row: FeeColumns): FeeSchedule | null =>
  row.fee_rate === null
    ? null
    : {
        rate: row.fee_rate,
        exponent: row.fee_exponent ?? 1,
        takerOnly: row.fee_taker_only !== 0,
        rebateRate: row.fee_rebate_rate ?? 0
      }

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

export const marketOf = (row: StoredMarketRow): Market => ({
  source: row.source,
  marketId: row.market_id,
  canonicalId: row.canonical_id,
  eventId: row.event_id,
  question: row.question,
  status: marketStatusOf(row.status),
  negRisk: row.neg_risk !== 0,
  yesPrice: row.yes_price,
  noPrice: row.no_price,
  bestBid: row.best_bid,
  bestAsk: row.best_ask,
  midPrice: row.mid_price,
  liquidity: row.liquidity,
  volume: row.volume,
  updatedAtUs: row.updated_us ?? 0,
  conditionId: row.condition_id,
  yesTokenId: row.yes_token_id,
  noTokenId: row.no_token_id,
  yesLabel: row.yes_label,
  noLabel: row.no_label,
  tickSize: row.tick_size,
  minOrderSize: row.min_order_size,
  fee: feeOf(row),
  acceptingOrders: row.accepting_orders === null ? null : row.accepting_orders !== 0,
  slug: row.slug,
  endDateUs: row.end_date_us,
  resolution: resolutionOf(row),
  payout:
    row.payout_yes === null || row.payout_no === null ? null : sharePayout({ yes: row.payout_yes, no: row.payout_no }),
  resolvedAtUs: row.resolved_us,
  sourceUpdatedUs: row.source_updated_us
})

/** Values in the order of `marketColumns`. */
export const marketValues = (market: Market): ReadonlyArray<SqlValue> => [
  market.source,
  market.marketId,
  market.canonicalId,
  market.eventId,
  market.question,
  market.status,
  flag(market.negRisk),
  market.yesPrice,
  market.noPrice,
  market.bestBid,
  market.bestAsk,
  market.midPrice,
  market.liquidity,
  market.volume,
  formatTime(market.updatedAtUs),
  market.updatedAtUs,
  market.conditionId,
  market.yesTokenId,
  market.noTokenId,
  market.yesLabel,
  market.noLabel,
  market.tickSize,
  market.minOrderSize,
  market.fee?.rate ?? null,
  market.fee?.exponent ?? null,
  market.fee === null ? null : flag(market.fee.takerOnly),
  market.fee?.rebateRate ?? null,
  flagOrNull(market.acceptingOrders),
  market.slug,
  market.endDateUs,
  market.sourceUpdatedUs,
  market.payout?.yes ?? null,
  market.payout?.no ?? null,
  market.resolvedAtUs,
  market.resolution?.state ?? null,
  market.resolution?.proposedAtUs ?? null,
  market.resolution?.disputedAtUs ?? null,
  market.resolution?.finalAtUs ?? null
]
