import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type MarketId } from "../domain/ids.ts"
import { type Market, type MarketStatus } from "../domain/Market.ts"
import { MarketRepo } from "../ports/MarketRepo.ts"
import { marketColumns, marketOf, MarketRow } from "./marketRows.ts"
import { rowsOf, storing } from "./statements.ts"

const columns = marketColumns.join(", ")
const marketsOf = rowsOf(MarketRow)

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

  return MarketRepo.of({ open, list, find, findAll })
})

export const layer: Layer.Layer<MarketRepo, never, SqlClient.SqlClient> = Layer.effect(MarketRepo, make)
