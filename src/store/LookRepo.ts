import * as SqlClient from "@effect/sql/SqlClient"
import { type Fragment } from "@effect/sql/Statement"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { type MarketId, sourceIds } from "../domain/ids.ts"
import { type SpacingTimes, spacingsOf } from "../domain/looks.ts"
import { isWorking, orderStatuses } from "../domain/Order.ts"
import { MICRO } from "../domain/units.ts"
import { isAtStake, type WatchedMarket } from "../domain/watched.ts"
import { LookRepo } from "../ports/LookRepo.ts"
import { newestLooks, newestMoments } from "./lookSpacings.ts"
import { wordsOf } from "./texts.ts"
import { rowsOf, storing } from "./statements.ts"

const ConfirmationRow = Schema.Struct({
  source: Schema.Literal("gamma", "data", "clob"),
  marketId: Schema.String,
  atUs: Schema.Number
})
const WatchedRow = Schema.Struct({
  source: Schema.NullOr(Schema.Literal("gamma", "data", "clob")),
  market_id: Schema.String,
  question: Schema.NullOr(Schema.String),
  weight: Schema.Number,
  seen_us: Schema.NullOr(Schema.Number),
  started_us: Schema.NullOr(Schema.Number)
})

const reasons = ["signalled", "resting", "held"] as const

const watchedOf = (row: typeof WatchedRow.Type): WatchedMarket => ({
  source: row.source,
  marketId: row.market_id,
  question: row.question ?? row.market_id,
  reason: reasons[row.weight] ?? "signalled",
  lastSeenUs: row.seen_us
})

const working = JSON.stringify(wordsOf(orderStatuses.filter(isWorking)))

/** A quantity below half a micro-share is none (Position). */
const LEAST_QTY = 0.5 / MICRO

const TimeRow = Schema.Struct({ at_us: Schema.Number })

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const newestLook = `(SELECT to_us FROM market_looks AS newest WHERE newest.source = markets.source
    AND newest.market_id = markets.market_id ORDER BY from_us DESC LIMIT 1)`
  /** When a row of `markets` was seen last: older versions recorded no looks, but when they stored it. */
  const seenUs = sql.literal(
    `MAX(COALESCE(markets.updated_us, ${newestLook}), COALESCE(${newestLook}, markets.updated_us))`
  )

  const select = (rows: Fragment) =>
    rowsOf(ConfirmationRow)(
      sql`SELECT source, market_id AS "marketId", COALESCE(${seenUs}, 0) AS "atUs"
      FROM markets WHERE source IN (SELECT value FROM json_each(${JSON.stringify(sourceIds)})) AND ${rows}
      ORDER BY source, market_id`
    ).pipe(storing("read when markets were seen"))
  const among = (marketIds: ReadonlyArray<MarketId>) =>
    sql`market_id IN (SELECT value FROM json_each(${JSON.stringify(marketIds)}))`
  const confirmations = (held: ReadonlyArray<MarketId>) => select(sql`(status = 'open' OR ${among(held)})`)
  const confirmationsOf = (marketIds: ReadonlyArray<MarketId>) => select(among(marketIds))

  const timesOf = (query: string, parameters: ReadonlyArray<string | number>) =>
    Effect.map(rowsOf(TimeRow)(sql.unsafe(query, parameters)), (rows) => rows.map(({ at_us }) => at_us))

  const spacings = Effect.gen(function* () {
    const times: Array<SpacingTimes> = []
    for (const source of sourceIds) {
      const looks = yield* timesOf(newestLooks, [source, Number.MAX_SAFE_INTEGER])
      const moments = looks.length > 1 ? [] : yield* timesOf(newestMoments, [Number.MAX_SAFE_INTEGER, source])
      times.push([source, looks, () => moments])
    }
    return spacingsOf(times)
  }).pipe(storing("read how often the sources were asked"))

  const watchedRows = rowsOf(WatchedRow)(sql`WITH wanted (market_id, weight) AS (
      SELECT market_id, 2 FROM positions WHERE ABS(net_qty) >= ${LEAST_QTY}
      UNION ALL SELECT market_id, 1 FROM orders WHERE status IN (SELECT value FROM json_each(${working}))
      UNION ALL SELECT market_id, 0 FROM signals WHERE status = 'new'
      UNION ALL SELECT json_extract(leg.value, '$[1]'), 0
        FROM signals, json_each(CASE WHEN json_valid(legs_json) THEN legs_json ELSE '[]' END) AS leg
        WHERE signals.status = 'new' AND legs_json IS NOT NULL AND leg.type = 'array'),
    weighed AS (SELECT market_id, MAX(weight) AS weight FROM wanted WHERE market_id IS NOT NULL AND market_id NOT IN (
      SELECT market_id FROM market_resolutions WHERE basis = 'venue') GROUP BY market_id)
    SELECT markets.source, weighed.market_id, markets.question, weight, ${seenUs} AS seen_us,
      (SELECT MAX(started_us) FROM ingestion_runs AS run WHERE markets.source IS NULL OR run.source = markets.source)
        AS started_us
    FROM weighed LEFT JOIN markets ON markets.market_id = weighed.market_id
      AND markets.source IN (SELECT value FROM json_each(${JSON.stringify(sourceIds)}))
    ORDER BY weighed.market_id, markets.source`)

  const watched = Effect.map(watchedRows, (rows) => rows.map(watchedOf)).pipe(storing("read the watched markets"))

  const unread = Effect.map(watchedRows, (rows) =>
    rows
      .filter(({ seen_us, started_us }) => started_us !== null && (seen_us === null || seen_us < started_us))
      .map(watchedOf)
      .filter(isAtStake)
  ).pipe(storing("read the markets that were not seen"))

  return LookRepo.of({ confirmations, confirmationsOf, spacings, watched, unread })
})

export const layer: Layer.Layer<LookRepo, never, SqlClient.SqlClient> = Layer.effect(LookRepo, make)
