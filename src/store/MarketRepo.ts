import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { sharePayout } from "../core/account/payout.ts"
import { type MarketId, type SourceId } from "../domain/ids.ts"
import { type Market, type MarketStatus } from "../domain/Market.ts"
import { MarketRepo } from "../ports/MarketRepo.ts"
import { marketOf, selectMarkets, selectShown, StoredMarketRow } from "./marketRows.ts"
import { rowsOf, storing } from "./statements.ts"

const marketsOf = rowsOf(StoredMarketRow)
const lastOf = rowsOf(Schema.Struct({ last: Schema.Number }))
const resolutionsOf = rowsOf(
  Schema.Struct({
    market_id: Schema.String,
    payout_yes: Schema.Number,
    payout_no: Schema.Number,
    seen_us: Schema.Number
  })
)

const bySource = "ORDER BY markets.source, markets.market_id"
const storedAfter = "SELECT source, market_id FROM market_snapshots WHERE id > ?"

const jsonOf = (texts: ReadonlyArray<string>): string => JSON.stringify([...new Set(texts)])

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const select = (rest: string, parameters: ReadonlyArray<string | number>) =>
    Effect.map(marketsOf(sql.unsafe(`${selectMarkets} ${rest}`, parameters)), (rows) => rows.map(marketOf))

  const open = select(`WHERE markets.status = 'open' ${bySource}`, []).pipe(storing("read open markets"))

  const list = (query: { readonly limit: number; readonly status: MarketStatus | "all" }) => {
    const where = { all: "", open: "WHERE markets.status = 'open'", closed: "WHERE markets.status <> 'open'" }[
      query.status
    ]
    return select(`${where} ORDER BY markets.updated_us DESC, markets.id DESC LIMIT ?`, [query.limit]).pipe(
      storing("list markets")
    )
  }

  const find = (marketId: MarketId) =>
    select("WHERE markets.market_id = ? ORDER BY markets.updated_us DESC, markets.id DESC LIMIT 1", [marketId]).pipe(
      Effect.map((found) => Option.fromNullable(found[0])),
      storing("read a market")
    )

  const findAll = (ids: ReadonlyArray<MarketId>) =>
    select("WHERE markets.market_id IN (SELECT value FROM json_each(?)) ORDER BY markets.updated_us, markets.id", [
      JSON.stringify(ids)
    ]).pipe(
      // The one seen last comes last and stays.
      Effect.map((found): ReadonlyMap<MarketId, Market> => new Map(found.map((market) => [market.marketId, market]))),
      storing("read markets")
    )

  const shownBy = (source: SourceId, ids: ReadonlyArray<MarketId>) =>
    Effect.map(
      marketsOf(
        sql.unsafe(
          `${selectShown} WHERE markets.source = ? AND markets.market_id IN (SELECT value FROM json_each(?))`,
          [source, JSON.stringify(ids)]
        )
      ),
      (rows): ReadonlyMap<MarketId, Market> => new Map(rows.map(marketOf).map((market) => [market.marketId, market]))
    ).pipe(storing("read what a source showed"))

  /** Of the markets and, as a resolution holds for a contract, of other sources' rows with their condition ids. */
  const resolutionsFor = (markets: ReadonlyArray<Market>, held: ReadonlyArray<MarketId>) =>
    Effect.map(
      resolutionsOf(sql`SELECT market_id, payout_yes, payout_no, COALESCE(seen_us, resolved_us) AS seen_us
        FROM market_resolutions WHERE basis = 'venue' AND market_id IN (
          SELECT value FROM json_each(${jsonOf([...markets.map(({ marketId }) => marketId), ...held])})
          UNION SELECT twin.market_id FROM markets AS twin WHERE twin.condition_id IN (SELECT value
            FROM json_each(${jsonOf(markets.flatMap(({ conditionId }) => conditionId ?? []))})))
        ORDER BY market_id`),
      (rows) =>
        rows.map((row) => ({
          marketId: row.market_id,
          payout: sharePayout({ yes: row.payout_yes, no: row.payout_no }),
          seenAtUs: row.seen_us
        }))
    )

  const changedSince = (cursor: number | null, held: ReadonlyArray<MarketId>) =>
    Effect.gen(function* () {
      // Every stored market leaves a snapshot, and SQLite has one writer: ids rise in the order of storing. Read first:
      // what another process stores meanwhile comes now and again next time, never not at all.
      const [end] = yield* lastOf(sql`SELECT COALESCE(MAX(id), 0) AS last FROM market_snapshots`)
      const markets = yield* cursor === null
        ? select(`WHERE markets.status = 'open' OR markets.market_id IN (SELECT value FROM json_each(?)) ${bySource}`, [
            jsonOf(held)
          ])
        : select(`WHERE (markets.source, markets.market_id) IN (${storedAfter}) ${bySource}`, [cursor])
      const resolutions = markets.length === 0 && held.length === 0 ? [] : yield* resolutionsFor(markets, held)
      return { markets, resolutions, cursor: end?.last ?? 0 }
    }).pipe(storing("read changed markets"))

  return MarketRepo.of({ open, list, find, findAll, shownBy, changedSince })
})

export const layer: Layer.Layer<MarketRepo, never, SqlClient.SqlClient> = Layer.effect(MarketRepo, make)
