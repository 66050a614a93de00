import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { type MarketId, type SourceId, sourceIds } from "../domain/ids.ts"
import { medianSpacing } from "../domain/looks.ts"
import { type EpochMicros } from "../domain/time.ts"
import { SPACING_LOOKS } from "../policy/store.ts"
import { LookRepo } from "../ports/LookRepo.ts"
import { rowsOf, storing } from "./statements.ts"

const ConfirmationRow = Schema.Struct({
  source: Schema.Literal("gamma", "data", "clob"),
  marketId: Schema.String,
  atUs: Schema.Number
})
const TimeRow = Schema.Struct({ look_us: Schema.Number })

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const confirmations = (held: ReadonlyArray<MarketId>) =>
    rowsOf(ConfirmationRow)(
      sql`SELECT source, market_id AS "marketId", MAX(COALESCE(updated_us, 0), COALESCE((
        SELECT to_us FROM market_looks AS newest
        WHERE newest.source = markets.source AND newest.market_id = markets.market_id
        ORDER BY from_us DESC LIMIT 1), 0)) AS "atUs"
      FROM markets WHERE source IN (SELECT value FROM json_each(${JSON.stringify(sourceIds)}))
        AND (status = 'open' OR market_id IN (SELECT value FROM json_each(${JSON.stringify(held)})))
      ORDER BY source, market_id`
    ).pipe(storing("read when markets were seen"))

  const spacing = (source: SourceId) =>
    Effect.map(
      rowsOf(TimeRow)(sql`SELECT DISTINCT look_us FROM ingestion_runs
        WHERE source = ${source} AND look_us IS NOT NULL ORDER BY look_us DESC LIMIT ${SPACING_LOOKS}`),
      (rows) => medianSpacing(rows.map(({ look_us }) => look_us).reverse())
    )

  const spacings = Effect.gen(function* () {
    const found = new Map<SourceId, EpochMicros>()
    for (const source of sourceIds) {
      const median = yield* spacing(source)
      if (median !== null) found.set(source, median)
    }
    return found
  }).pipe(storing("read how often the sources were asked"))

  return LookRepo.of({ confirmations, spacings })
})

export const layer: Layer.Layer<LookRepo, never, SqlClient.SqlClient> = Layer.effect(LookRepo, make)
