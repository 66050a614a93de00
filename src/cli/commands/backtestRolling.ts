import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { strategiesLayer } from "../../app/layers.ts"
import { rollingBacktest } from "../../app/rolling.ts"
import { existingStore } from "../../app/store.ts"
import { refuseFolder } from "../../backtest/files.ts"
import { writeRolling } from "../../backtest/rolling.ts"
import { AppConfig } from "../../config/AppConfig.ts"
import { type JsonObject } from "../../domain/json.ts"
import { backtestOptionsOf, filePath, replayOptions } from "../backtestOptions.ts"
import { defineCommand } from "../command.ts"
import { flag, number } from "../options.ts"
import { Output } from "../Output.ts"
import { withProgress } from "../progress.ts"
import { rollingText } from "../rollingView.ts"

/** A century: longer is a slip of the hand. */
const hours = { min: 0, above: true, max: 876_000 }

const rows = (max: number) => ({ min: 0, max, whole: true })

const settings = {
  windowHours: number("window-hours", "n", "Length of a window (default 24)", hours).pipe(Options.withDefault(24)),
  stepHours: number("step-hours", "n", "From one window's start to the next one's (default 12)", hours).pipe(
    Options.withDefault(12)
  ),
  ...replayOptions,
  workers: number("workers", "n", "Windows that run at a time (default: one for each processor)", {
    min: 1,
    max: 256,
    whole: true
  }).pipe(Options.optional),
  windowLimit: number("window-limit", "n", "Windows to show (default 20; 0: none)", rows(10_000)).pipe(
    Options.withDefault(20)
  ),
  rejectTopK: number("reject-top-k", "n", "Reject reasons to show (default 10; 0: none)", rows(10_000)).pipe(
    Options.withDefault(10)
  ),
  outJson: filePath("out-json", "Write the whole summary as JSON"),
  withChecksum: flag("with-checksum", "Put a sha256 into the JSON; `verify` checks it")
}

export const command = defineCommand({
  name: "backtest-rolling",
  description: "Replays window after window of a range, each by itself, and sums them up.",
  settings,
  decidesRisk: true,
  layer: Layer.merge(existingStore, strategiesLayer),
  handler: (input) =>
    Effect.gen(function* () {
      const output = yield* Output
      const { app } = yield* AppConfig
      const { stepHours, windowHours } = input
      const options = { ...(yield* backtestOptionsOf(input)), stepHours, windowHours }
      const outJson = Option.getOrNull(input.outJson)
      if (outJson !== null) yield* refuseFolder(outJson)
      const summary = yield* withProgress({ label: "backtest", unit: "windows", total: null }, ({ setTotal, update }) =>
        rollingBacktest(options, {
          database: app.db_path,
          workers: Option.getOrNull(input.workers),
          onProgress: (done, total) => {
            setTotal(total)
            update(done)
          }
        })
      )
      const sum: Record<string, string> = {}
      if (outJson !== null) {
        const { checksum } = yield* writeRolling(outJson, summary, { checksum: input.withChecksum })
        if (checksum !== null) Object.assign(sum, { checksum_algo: "sha256", checksum_sha256: checksum })
        yield* output.note(`wrote ${outJson}`)
      }
      const plain: JsonObject = JSON.parse(JSON.stringify(summary))
      const limits = { windows: input.windowLimit, reasons: input.rejectTopK }
      yield* output.result({ ...plain, ...sum, files: outJson === null ? [] : [outJson] }, (screen) =>
        rollingText(summary, limits, screen)
      )
    })
})
