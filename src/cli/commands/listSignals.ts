import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { strategiesLayer } from "../../app/layers.ts"
import { existingStore } from "../../app/store.ts"
import { requireKnown } from "../../engine/selectStrategies.ts"
import { SignalRepo } from "../../ports/SignalRepo.ts"
import { StrategyRegistry } from "../../ports/StrategyRegistry.ts"
import { renderTable } from "../../reports/terminal.ts"
import { defineCommand } from "../command.ts"
import { signalJson } from "../json.ts"
import { choice, limit, parsed } from "../options.ts"
import { Output } from "../Output.ts"
import { signalColumns } from "../signalTable.ts"

export const command = defineCommand({
  name: "list-signals",
  description: "Shows stored signals, newest first.",
  settings: {
    limit: limit(20, "How many signals"),
    status: choice("status", ["new", "executed", "rejected", "all"], "Which signals (default all)").pipe(
      Options.withDefault("all")
    ),
    strategy: parsed("strategy", "id", "Only this strategy, such as s4", (text) => ({
      value: text.trim().toLowerCase()
    })).pipe(Options.optional)
  },
  layer: Layer.merge(existingStore, strategiesLayer),
  handler: ({ limit, status, strategy }) =>
    Effect.gen(function* () {
      const known = (yield* StrategyRegistry).map(({ id }) => id)
      yield* requireKnown(Option.toArray(strategy), known, "--strategy")
      const repo = yield* SignalRepo
      const signals = yield* repo.list({ limit, status, strategy: Option.getOrNull(strategy) })
      const output = yield* Output
      yield* output.result(signals.map(signalJson), (screen) =>
        renderTable(signalColumns, signals, screen, "No signals. Run monomarket generate-signals.")
      )
    })
})
