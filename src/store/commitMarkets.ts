import { type SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Market } from "../domain/Market.ts"
import { type EpochMicros, formatTime } from "../domain/time.ts"
import { keptWhenNull, marketColumns, marketValues } from "./marketRows.ts"
import { flagOrNull, insertRows, rowsOf } from "./statements.ts"

/** The source whose canonical id stands for a contract that several sources list. */
const LEADING_SOURCE = "gamma"

const kept = new Set(keptWhenNull)
const updates = marketColumns
  .filter((column) => !["source", "market_id", "canonical_id"].includes(column))
  .map((column) => `${column} = ${kept.has(column) ? `COALESCE(excluded.${column}, ${column})` : `excluded.${column}`}`)

/** A follower that was tied once stays tied: otherwise every run would untie it and tie it again. */
const upsert =
  `ON CONFLICT (source, market_id) DO UPDATE SET ${updates.join(", ")}, ` +
  `canonical_id = CASE WHEN excluded.source <> '${LEADING_SOURCE}' AND excluded.condition_id = markets.condition_id ` +
  `THEN markets.canonical_id ELSE excluded.canonical_id END`

const snapshotColumns = [
  ...["source", "market_id", "event_id", "yes_price", "no_price", "best_bid", "best_ask", "mid_price"],
  ...["liquidity", "volume", "status", "accepting_orders", "tick_size", "captured_at", "captured_us"]
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

/**
 * What the venue says replaces what prices suggested, and is never replaced. A resolution holds for every source's
 * row of the contract; where another source calls our YES token NO, its payouts change places.
 */
const recordResolutions = (sql: SqlClient, markets: ReadonlyArray<Market>, capturedAtUs: EpochMicros) => {
  const resolved = markets.filter(({ payout }) => payout !== null)
  if (resolved.length === 0) return Effect.void
  const ids = JSON.stringify(resolved.map(({ marketId }) => marketId))
  const source = resolved[0]?.source ?? ""
  return sql`INSERT INTO market_resolutions (market_id, payout_yes, payout_no, resolved_us, seen_us, basis)
    SELECT twin.market_id,
      CASE WHEN twin.id <> seen.id AND twin.yes_token_id = seen.no_token_id THEN seen.payout_no ELSE seen.payout_yes END,
      CASE WHEN twin.id <> seen.id AND twin.yes_token_id = seen.no_token_id THEN seen.payout_yes ELSE seen.payout_no END,
      COALESCE(seen.resolved_us, ${capturedAtUs}), ${capturedAtUs}, 'venue'
    FROM json_each(${ids}) AS asked
    CROSS JOIN markets AS seen ON seen.source = ${source} AND seen.market_id = asked.value
    JOIN markets AS twin ON twin.id = seen.id OR (twin.condition_id = seen.condition_id
      AND twin.yes_token_id IN (seen.yes_token_id, seen.no_token_id))
    WHERE TRUE
    ON CONFLICT (market_id) DO UPDATE SET payout_yes = excluded.payout_yes, payout_no = excluded.payout_no,
      resolved_us = excluded.resolved_us, seen_us = excluded.seen_us, basis = excluded.basis
      WHERE basis <> 'venue'`
}

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
      capturedAtUs
    ])
    yield* insertRows(sql, { table: "market_snapshots", columns: snapshotColumns }, snapshots)
    yield* recordResolutions(sql, markets, capturedAtUs)
  })
