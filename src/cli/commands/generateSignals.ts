import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { strategiesLayer } from "../../app/layers.ts"
import { existingStore } from "../../app/store.ts"
import { withStrategyModules } from "../../app/strategies.ts"
import { type DroppedSignal } from "../../domain/DroppedSignal.ts"
import { generateSignals } from "../../engine/commands/generateSignals.ts"
import { StrategyRegistry } from "../../ports/StrategyRegistry.ts"
import { renderTable } from "../../reports/terminal.ts"
import { defineCommand } from "../command.ts"
import { signalJson } from "../json.ts"
import { names, number, strategyModules } from "../options.ts"
import { Output } from "../Output.ts"
import { signalColumns } from "../signalTable.ts"

/** Rows of the table; --json and list-signals have them all. */
const shown = 20

/** How often each strategy left an edge for each reason, in the order of their first. */
const countDropped = (dropped: ReadonlyArray<DroppedSignal>) => {
  const counts = new Map<string, { readonly strategy: string; readonly reason: string; count: number }>()
  for (const { reason, strategy } of dropped) {
    const entry = counts.get(`${strategy} ${reason}`) ?? { strategy, reason, count: 0 }
    entry.count += 1
    counts.set(`${strategy} ${reason}`, entry)
  }
  return [...counts.values()]
}

export const command = defineCommand({
  name: "generate-signals",
  description: "Runs the strategies over the open markets and stores their signals, best score first.",
  settings: {
    strategies: names("strategies", "ids", "Which strategies, such as s1,s4 (default: all that are on)").pipe(
      Options.optional
    ),
    marketLimit: number("market-limit", "n", "How many open markets, those seen last first (default 2000)", {
      min: 1,
      max: 1_000_000,
      whole: true
    }).pipe(Options.withDefault(2000)),
    strategyModule: strategyModules
  },
  layer: Layer.merge(existingStore, strategiesLayer),
  handler: ({ marketLimit, strategies, strategyModule }) =>
    Effect.gen(function* () {
      const report = yield* generateSignals({
        ...{ strategies: Option.getOrNull(strategies), marketLimit },
        staleRows: "seen"
      }).pipe(Effect.provideServiceEffect(StrategyRegistry, withStrategyModules(strategyModule)))
      const output = yield* Output
      const { marketCount, marketsLeftOut, signals, staleCount } = report
      const dropped = countDropped(report.dropped)
      const counts = report.strategies.map((id) => ({
        id,
        count: signals.filter(({ strategy }) => strategy === id).length
      }))
      if (marketsLeftOut) {
        yield* output.note(
          `note: there are more than ${marketLimit} open markets; raise --market-limit to see them all`
        )
      }
      if (staleCount > 0) {
        yield* output.note(
          `note: ${staleCount} of ${marketCount} open markets are stale: no source has shown them within ` +
            "risk.max_quote_age_sec; orders in them will be refused"
        )
      }
      yield* output.result(
        {
          market_count: marketCount,
          stale_count: staleCount,
          markets_left_out: marketsLeftOut,
          by_strategy: Object.fromEntries(counts.map(({ count, id }) => [id, count])),
          dropped,
          signals: signals.map(signalJson)
        },
        (screen) => {
          const by = counts.map(({ count, id }) => `${id} ${count}`).join(", ")
          const head = `${signals.length} signals from ${marketCount} open markets (${by})`
          const left = dropped
            .map(({ count, reason, strategy }) => `\ndropped: ${strategy} ${count}, ${reason}`)
            .join("")
          if (signals.length === 0) return `${head}.${left}`
          const rest = signals.length > shown ? `\n... and ${signals.length - shown} more: monomarket list-signals` : ""
          return `${head}, best first:\n${renderTable(signalColumns, signals.slice(0, shown), screen)}${rest}${left}`
        }
      )
    })
})
