import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type MarketId } from "../domain/ids.ts"
import { type Market, type MarketStatus } from "../domain/Market.ts"
import { MarketRepo } from "../ports/MarketRepo.ts"
import { marketColumns, marketOf, MarketRow } from "./marketRows.ts"
import { rowsOf, storing } from "./statements.ts"

const columns = marketColumns.join(", ")
const marketsOf = rowsOf(MarketRow)
const lastOf = rowsOf(Schema.Struct({ last: Schema.Number }))
const resolutionsOf = rowsOf(
  Schema.Struct({
    market_id: Schema.String,
    payout_yes: Schema.Number,
    payout_no: Schema.Number,
    seen_us: Schema.Number
  })
)

const storedAfter = "SELECT source, market_id FROM market_snapshots WHERE id > ?"

const jsonOf = (texts: ReadonlyArray<string>): string => JSON.stringify([...new Set(texts)])

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const select = (rest: string, parameters: ReadonlyArray<string | number>) =>
    Effect.map(marketsOf(sql.unsafe(`SELECT ${columns} FROM markets ${rest}`, parameters)), (rows) =>
      rows.map(marketOf)
    )

  const open = select("WHERE status = 'open' ORDER BY source, market_id", []).pipe(storing("read open markets"))

  const list = (query: { readonly limit: number; readonly status: MarketStatus | "all" }) => {
    const where = { all: "", open: "WHERE status = 'open'", closed: "WHERE status <> 'open'" }[query.status]
    return select(`${where} ORDER BY updated_us DESC, id DESC LIMIT ?`, [query.limit]).pipe(storing("list markets"))
  }

  const find = (marketId: MarketId) =>
    select("WHERE market_id = ? ORDER BY updated_us DESC, id DESC LIMIT 1", [marketId]).pipe(
      Effect.map((found) => Option.fromNullable(found[0])),
      storing("read a market")
    )

  const findAll = (ids: ReadonlyArray<MarketId>) =>
    select("WHERE market_id IN (SELECT value FROM json_each(?)) ORDER BY updated_us, id", [JSON.stringify(ids)]).pipe(
      // The one seen last comes last and stays.
      Effect.map((found): ReadonlyMap<MarketId, Market> => new Map(found.map((market) => [market.marketId, market]))),
      storing("read markets")
    )

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
          payout: { yes: row.payout_yes, no: row.payout_no },
          seenAtUs: row.seen_us
        }))
    )

  const changedSince = (cursor: number | null, held: ReadonlyArray<MarketId>) =>
    Effect.gen(function* () {
      // Every stored market leaves a snapshot, and SQLite has one writer: ids rise in the order of storing. Read first:
      // what another process stores meanwhile comes now and again next time, never not at all.
      const [end] = yield* lastOf(sql`SELECT COALESCE(MAX(id), 0) AS last FROM market_snapshots`)
      const markets = yield* cursor === null
        ? select("WHERE status = 'open' OR market_id IN (SELECT value FROM json_each(?)) ORDER BY source, market_id", [
            jsonOf(held)
          ])
        : select(`WHERE (source, market_id) IN (${storedAfter}) ORDER BY source, market_id`, [cursor])
      const resolutions = markets.length === 0 && held.length === 0 ? [] : yield* resolutionsFor(markets, held)
      return { markets, resolutions, cursor: end?.last ?? 0 }
    }).pipe(storing("read changed markets"))

  return MarketRepo.of({ open, list, find, findAll, changedSince })
})

export const layer: Layer.Layer<MarketRepo, never, SqlClient.SqlClient> = Layer.effect(MarketRepo, make)
