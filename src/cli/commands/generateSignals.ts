import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { strategiesLayer } from "../../app/layers.ts"
import { existingStore } from "../../app/store.ts"
import { generateSignals } from "../../engine/generateSignals.ts"
import { renderTable } from "../../reports/terminal.ts"
import { defineCommand } from "../command.ts"
import { signalJson } from "../json.ts"
import { names, number } from "../options.ts"
import { Output } from "../Output.ts"
import { signalColumns } from "../signalTable.ts"

/** Rows of the table; --json and list-signals have them all. */
const shown = 20

export const command = defineCommand({
  name: "generate-signals",
  description: "Runs the strategies over the open markets and stores their signals, best score first.",
  settings: {
    strategies: names("strategies", "ids", "Which strategies, such as s1,s4 (default: all)").pipe(Options.optional),
    marketLimit: number("market-limit", "n", "How many open markets, those seen last first (default 2000)", {
      min: 1,
      max: 1_000_000,
      whole: true
    }).pipe(Options.withDefault(2000))
  },
  layer: Layer.merge(existingStore, strategiesLayer),
  handler: ({ marketLimit, strategies }) =>
    Effect.gen(function* () {
      const report = yield* generateSignals({ strategies: Option.getOrNull(strategies), marketLimit })
      const output = yield* Output
      const { marketCount, marketsLeftOut, signals } = report
      const counts = report.strategies.map((id) => ({
        id,
        count: signals.filter(({ strategy }) => strategy === id).length
      }))
      if (marketsLeftOut) {
        yield* output.note(
          `note: there are more than ${marketLimit} open markets; raise --market-limit to see them all`
        )
      }
      yield* output.result(
        {
          market_count: marketCount,
          markets_left_out: marketsLeftOut,
          by_strategy: Object.fromEntries(counts.map(({ count, id }) => [id, count])),
          signals: signals.map(signalJson)
        },
        (screen) => {
          const by = counts.map(({ count, id }) => `${id} ${count}`).join(", ")
          const head = `${signals.length} signals from ${marketCount} open markets (${by})`
          if (signals.length === 0) return `${head}.`
          const rest = signals.length > shown ? `\n... and ${signals.length - shown} more: monomarket list-signals` : ""
          return `${head}, best first:\n${renderTable(signalColumns, signals.slice(0, shown), screen)}${rest}`
        }
      )
    })
})
