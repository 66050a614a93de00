import { type SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type MarketId, type SourceId } from "../domain/ids.ts"
import { type EpochMicros } from "../domain/time.ts"
import { rowsOf } from "./statements.ts"

const Neighbours = Schema.Struct({
  previous: Schema.NullOr(Schema.Number),
  same: Schema.Number,
  next: Schema.NullOr(Schema.Number)
})

interface Look {
  readonly source: SourceId
  readonly lookUs: EpochMicros
  /** Every market that the source showed, as JSON. */
  readonly shown: string
}

/**
 * Extends the interval that reached the look before this one, or begins another: a look that did not show the market lies
 * between. An interval that covers this look already stays.
 */
const extend = (sql: SqlClient, { lookUs, shown, source }: Look, previousUs: EpochMicros | null) =>
  sql`INSERT INTO market_looks (source, market_id, from_us, to_us)
      SELECT ${source}, shown.value, COALESCE((
        SELECT CASE WHEN newest.to_us >= ${previousUs} THEN newest.from_us END FROM market_looks AS newest
        WHERE newest.source = ${source} AND newest.market_id = shown.value AND newest.from_us <= ${lookUs}
        ORDER BY newest.from_us DESC LIMIT 1), ${lookUs}), ${lookUs}
      FROM json_each(${shown}) AS shown WHERE true
      ON CONFLICT (source, market_id, from_us) DO UPDATE SET to_us = MAX(to_us, excluded.to_us)`

/**
 * This look is recorded after a later one: two processes look at once, or the clock was set back. Where that one was taken
 * to follow the look before this one, a market that this look did not show is cut in two.
 */
const cut = (sql: SqlClient, { lookUs, shown, source }: Look, previousUs: EpochMicros, nextUs: EpochMicros) =>
  Effect.gen(function* () {
    const spans = sql`source = ${source} AND from_us < ${lookUs} AND to_us > ${lookUs}
      AND market_id NOT IN (SELECT value FROM json_each(${shown}))`
    yield* sql`INSERT INTO market_looks (source, market_id, from_us, to_us)
      SELECT source, market_id, ${nextUs}, to_us FROM market_looks WHERE ${spans}`
    yield* sql`UPDATE market_looks SET to_us = ${previousUs} WHERE ${spans}`
  })

/** Records that a source showed these markets at `lookUs`; inside the caller's transaction, before the run's own row. */
export const recordLook = (sql: SqlClient, source: SourceId, lookUs: EpochMicros, marketIds: ReadonlyArray<MarketId>) =>
  Effect.gen(function* () {
    const look: Look = { source, lookUs, shown: JSON.stringify(marketIds) }
    const [found] = yield* rowsOf(Neighbours)(sql`SELECT
      (SELECT MAX(look_us) FROM ingestion_runs WHERE source = ${source} AND look_us < ${lookUs}) AS previous,
      EXISTS (SELECT 1 FROM ingestion_runs WHERE source = ${source} AND look_us = ${lookUs}) AS same,
      (SELECT MIN(look_us) FROM ingestion_runs WHERE source = ${source} AND look_us > ${lookUs}) AS next`)
    const { next, previous, same } = found ?? { previous: null, same: 0, next: null }
    if (next !== null && previous !== null && same === 0) yield* cut(sql, look, previous, next)
    if (marketIds.length > 0) yield* extend(sql, look, previous)
  })
