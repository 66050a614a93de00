import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { strategiesLayer } from "../../app/layers.ts"
import { regenerate } from "../../app/regenerate.ts"
import { existingStore } from "../../app/store.ts"
import { withStrategyModules } from "../../app/strategies.ts"
import { exportBacktest, exportRun } from "../../backtest/exportBacktest.ts"
import { replayFreshness } from "../../backtest/replayFreshness.ts"
import { InputError } from "../../domain/errors.ts"
import { StrategyRegistry } from "../../ports/StrategyRegistry.ts"
import { backtestOptionsOf, filePath, replayOptions } from "../backtestOptions.ts"
import { backtestText, reportJson } from "../backtestView.ts"
import { defineCommand } from "../command.ts"
import { flag, number } from "../options.ts"
import { Output } from "../Output.ts"
import { programSettings, recordedProgramOf } from "../programOptions.ts"
import { withProgress } from "../progress.ts"

const settings = {
  ...replayOptions,
  regenerate: flag(
    "regenerate",
    "Run the strategies again over the recorded data, through the same program that trades, instead of stored signals"
  ),
  ...programSettings,
  replayLimit: number("replay-limit", "n", "Ledger rows to show (default 10; 0: none)", {
    min: 0,
    max: 10_000,
    whole: true
  }).pipe(Options.withDefault(10)),
  outJson: filePath("out-json", "Write the whole report with its ledger as JSON"),
  withChecksum: flag("with-checksum", "Put a sha256 into the JSON; `verify` checks it"),
  outReplayCsv: filePath("out-replay-csv", "Write the ledger as CSV"),
  outStrategyCsv: filePath("out-strategy-csv", "Write the strategy table as CSV"),
  outEventCsv: filePath("out-event-csv", "Write the event table as CSV"),
  withSidecar: flag("with-csv-digest-sidecar", "Write a .sha256 beside each CSV; `verify` checks it")
}

export const command = defineCommand({
  name: "backtest",
  description: "Replays the stored signals of a window against recorded data: risk, fills, ledger, report.",
  settings,
  decidesRisk: true,
  layer: Layer.merge(existingStore, strategiesLayer),
  handler: (input) =>
    Effect.gen(function* () {
      const output = yield* Output
      const again = input.regenerate ? regenerate(yield* recordedProgramOf(input)) : null
      const asked = yield* backtestOptionsOf(input)
      const options = {
        ...asked,
        freshness: yield* replayFreshness(asked, input.regenerate ? input.intervalSec : null)
      }
      const registry = yield* withStrategyModules(input.strategyModule)
      if (input.regenerate && options.compat === "original") {
        return yield* new InputError({ field: "--compat", problem: "replays stored signals: not with --regenerate" })
      }
      const targets = {
        json: Option.getOrNull(input.outJson),
        replay: Option.getOrNull(input.outReplayCsv),
        strategy: Option.getOrNull(input.outStrategyCsv),
        event: Option.getOrNull(input.outEventCsv),
        checksum: input.withChecksum,
        sidecar: input.withSidecar
      }
      const { checksum, files, lastRows, report } = yield* withProgress(
        { label: "backtest", unit: input.regenerate ? "us" : "signals", total: null },
        ({ setTotal, update }) => {
          const view = {
            lastRows: input.replayLimit,
            onProgress: (done: number, total: number) => {
              setTotal(total)
              update(done)
            }
          }
          return again === null
            ? exportBacktest(options, targets, view)
            : exportRun(options, targets, view, again).pipe(Effect.provideService(StrategyRegistry, registry))
        }
      )
      for (const file of files) yield* output.note(`wrote ${file}`)
      const sum = checksum === null ? {} : { checksum_algo: "sha256", checksum_sha256: checksum }
      yield* output.result(reportJson(report, { ...sum, files }), (screen) => backtestText(report, lastRows, screen))
    })
})
