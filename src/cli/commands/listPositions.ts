import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { existingStore } from "../../app/store.ts"
import { type Position } from "../../domain/Position.ts"
import { MarketRepo } from "../../ports/MarketRepo.ts"
import { TradeRepo } from "../../ports/TradeRepo.ts"
import { renderTable } from "../../reports/terminal.ts"
import { defineCommand } from "../command.ts"
import { flag, parsed } from "../options.ts"
import { Output } from "../Output.ts"
import { resolutionColumn, resolutionJson } from "../resolutionView.ts"
import { positionJson } from "../tradeJson.ts"
import { positionColumns } from "../tradeTables.ts"

export const command = defineCommand({
  name: "list-positions",
  description: "Shows what each strategy holds. Cost and realized PnL are USDC.",
  settings: {
    strategy: parsed("strategy", "name", "Only this strategy", (text) => ({ value: text.trim().toLowerCase() })).pipe(
      Options.optional
    ),
    all: flag("all", "Also positions that were closed")
  },
  layer: existingStore,
  handler: ({ all, strategy }) =>
    Effect.gen(function* () {
      const wanted = Option.getOrNull(strategy)
      const stored = yield* (yield* TradeRepo).positions
      const positions = stored.filter(
        (position) => (all || position.qty !== 0) && (wanted === null || position.strategy === wanted)
      )
      const markets = yield* (yield* MarketRepo).findAll([...new Set(positions.map(({ marketId }) => marketId))])
      const marketOf = ({ marketId }: Position) => markets.get(marketId)
      const json = positions.map((position) => {
        const market = marketOf(position)
        return { ...positionJson(position), resolution: market === undefined ? null : resolutionJson(market) }
      })
      const columns = positions.some((position) => (marketOf(position)?.resolution ?? null) !== null)
        ? [...positionColumns, resolutionColumn(marketOf)]
        : positionColumns
      const output = yield* Output
      yield* output.result(json, (screen) => renderTable(columns, positions, screen, "Nothing is held."))
    })
})
