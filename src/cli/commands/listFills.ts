import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { existingStore } from "../../app/store.ts"
import { TradeRepo } from "../../ports/TradeRepo.ts"
import { renderTable } from "../../reports/terminal.ts"
import { defineCommand } from "../command.ts"
import { limit, parsed } from "../options.ts"
import { Output } from "../Output.ts"
import { fillJson } from "../tradeJson.ts"
import { fillColumnsOf } from "../tradeTables.ts"

export const command = defineCommand({
  name: "list-fills",
  description:
    "Shows stored fills, newest first. Prices are USDC per share, fees are USDC. A reversed fill counts nowhere.",
  settings: {
    strategy: parsed("strategy", "name", "Only this strategy", (text) => ({ value: text.trim().toLowerCase() })).pipe(
      Options.optional
    ),
    limit: limit(20, "How many fills")
  },
  layer: existingStore,
  handler: ({ limit, strategy }) =>
    Effect.gen(function* () {
      const repo = yield* TradeRepo
      const fills = yield* repo.fills({ limit, strategy: Option.getOrNull(strategy) })
      const output = yield* Output
      yield* output.result(fills.map(fillJson), (screen) =>
        renderTable(fillColumnsOf(fills), fills, screen, "No fills.")
      )
    })
})
