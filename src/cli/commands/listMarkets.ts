import * as Effect from "effect/Effect"
import * as Options from "@effect/cli/Options"
import { existingStore } from "../../app/store.ts"
import { type Market } from "../../domain/Market.ts"
import { MarketRepo } from "../../ports/MarketRepo.ts"
import { type Column, renderTable } from "../../reports/terminal.ts"
import { formatInstant, formatNumber, formatPrice } from "../../reports/terminalFormat.ts"
import { defineCommand } from "../command.ts"
import { marketJson } from "../json.ts"
import { choice, limit } from "../options.ts"
import { Output } from "../Output.ts"
import { resolutionColumn } from "../resolutionView.ts"

const columns: ReadonlyArray<Column<Market>> = [
  { header: "source", value: ({ source }) => source },
  { header: "market", value: ({ marketId }) => marketId, flexible: true },
  { header: "event", value: ({ eventId }) => eventId, flexible: true, atLeast: 5 },
  { header: "question", value: ({ question }) => question, flexible: true },
  { header: "status", value: ({ status }) => status, tone: ({ status }) => (status === "closed" ? "dim" : undefined) },
  { header: "yes", value: ({ yesPrice }) => formatPrice(yesPrice), align: "right" },
  { header: "no", value: ({ noPrice }) => formatPrice(noPrice), align: "right" },
  { header: "bid", value: ({ bestBid }) => formatPrice(bestBid), align: "right", atLeast: 6 },
  { header: "ask", value: ({ bestAsk }) => formatPrice(bestAsk), align: "right", atLeast: 6 },
  { header: "liquidity", value: ({ liquidity }) => formatNumber(liquidity, 0), align: "right" },
  { header: "seen", value: ({ updatedAtUs }) => formatInstant(updatedAtUs), atLeast: 20 }
]

export const command = defineCommand({
  name: "list-markets",
  description: "Shows markets as last seen, those seen last first. Prices are USDC per share, liquidity is USDC.",
  settings: {
    limit: limit(20, "How many markets"),
    status: choice("status", ["open", "closed", "all"], "Which markets (default open)").pipe(
      Options.withDefault("open")
    )
  },
  layer: existingStore,
  handler: ({ limit, status }) =>
    Effect.gen(function* () {
      const repo = yield* MarketRepo
      const markets = yield* repo.list({ limit, status })
      const output = yield* Output
      yield* output.result(markets.map(marketJson), (screen) =>
        renderTable(
          markets.some(({ resolution }) => resolution !== null)
            ? [...columns, resolutionColumn((market: Market) => market)]
            : columns,
          markets,
          screen,
          `No ${status === "all" ? "" : `${status} `}markets. Run monomarket ingest.`
        )
      )
    })
})
