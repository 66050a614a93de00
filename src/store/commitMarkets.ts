import { type SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { disputeOf } from "../domain/dispute.ts"
import { type Market } from "../domain/Market.ts"
import { type EpochMicros, formatTime } from "../domain/time.ts"
import { keptOnceKnown, keptWhenNull, marketColumns, marketValues } from "./marketRows.ts"
import { recordResolutions } from "./recordResolutions.ts"
import { flagOrNull, insertRows, rowsOf } from "./statements.ts"

/** The source whose canonical id stands for a contract that several sources list. */
const LEADING_SOURCE = "gamma"

/** The value of a column when the market is seen again. */
const updated = (column: string): string =>
  column === "resolution_state"
    ? "CASE WHEN markets.payout_yes IS NULL THEN excluded.resolution_state ELSE markets.resolution_state END"
    : keptOnceKnown.includes(column)
      ? `COALESCE(markets.${column}, excluded.${column})`
      : keptWhenNull.includes(column)
        ? `COALESCE(excluded.${column}, ${column})`
        : `excluded.${column}`

const updates = marketColumns
  .filter((column) => !["source", "market_id", "canonical_id"].includes(column))
  .map((column) => `${column} = ${updated(column)}`)

/** A follower that was tied once stays tied: otherwise every run would untie it and tie it again. */
const upsert =
  `ON CONFLICT (source, market_id) DO UPDATE SET ${updates.join(", ")}, ` +
  `canonical_id = CASE WHEN excluded.source <> '${LEADING_SOURCE}' AND excluded.condition_id = markets.condition_id ` +
  `THEN markets.canonical_id ELSE excluded.canonical_id END`

const snapshotColumns = [
  ...["source", "market_id", "event_id", "yes_price", "no_price", "best_bid", "best_ask", "mid_price"],
  ...["liquidity", "volume", "status", "accepting_orders", "tick_size", "captured_at", "captured_us", "disputed"]
]

const ConditionRow = Schema.Struct({ condition_id: Schema.String })

/** Rows of one condition id get one canonical id: the leading source's, else that of the row stored first. */
const tieSources = (sql: SqlClient, markets: ReadonlyArray<Market>) =>
  Effect.gen(function* () {
    const source = markets[0]?.source ?? ""
    const others = yield* sql`SELECT 1 FROM (SELECT MIN(source) AS low, MAX(source) AS high FROM markets)
      WHERE low <> ${source} OR high <> ${source}`
    if (others.length === 0) return
    const conditions = JSON.stringify(markets.flatMap(({ conditionId }) => (conditionId === null ? [] : [conditionId])))
    const untied = yield* rowsOf(ConditionRow)(
      sql`SELECT markets.condition_id FROM json_each(${conditions}) AS asked
          CROSS JOIN markets ON markets.condition_id = asked.value
          GROUP BY markets.condition_id HAVING MIN(canonical_id) <> MAX(canonical_id)`
    )
    if (untied.length === 0) return
    const ids = JSON.stringify(untied.map((row) => row.condition_id))
    yield* sql`UPDATE markets SET canonical_id = (
        SELECT leading.canonical_id FROM markets AS leading WHERE leading.condition_id = markets.condition_id
        ORDER BY leading.source <> ${LEADING_SOURCE}, leading.id LIMIT 1)
      WHERE condition_id IN (SELECT value FROM json_each(${ids}))`
  })

/** Upserts the markets of one source and writes a snapshot of each; inside the caller's transaction. */
export const commitMarkets = (sql: SqlClient, all: ReadonlyArray<Market>, capturedAtUs: EpochMicros) =>
  Effect.gen(function* () {
    if (all.length === 0) return
    // Pages can overlap when the venue's list moves: the later row of a market wins, and it gets one snapshot.
    const markets = [...new Map(all.map((market) => [market.marketId, market])).values()]
    yield* insertRows(sql, { table: "markets", columns: marketColumns, tail: upsert }, markets.map(marketValues))
    yield* tieSources(sql, markets)
    const capturedAt = formatTime(capturedAtUs)
    const snapshots = markets.map((market) => [
      market.source,
      market.marketId,
      market.eventId,
      market.yesPrice,
      market.noPrice,
      market.bestBid,
      market.bestAsk,
      market.midPrice,
      market.liquidity,
      market.volume,
      market.status,
      flagOrNull(market.acceptingOrders),
      market.tickSize,
      capturedAt,
      capturedAtUs,
      flagOrNull(disputeOf(market))
    ])
    yield* insertRows(sql, { table: "market_snapshots", columns: snapshotColumns }, snapshots)
    yield* recordResolutions(sql, markets, capturedAtUs)
  })
