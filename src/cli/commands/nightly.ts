import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { runNightly } from "../../app/nightly.ts"
import { unattended } from "../../app/unattended.ts"
import { type JsonObject } from "../../domain/json.ts"
import { parseTime } from "../../domain/time.ts"
import { defineCommand } from "../command.ts"
import { cycleOptionsOf, cycleSettings, folder, hours, whole, windowOption } from "../jobOptions.ts"
import { parsed } from "../options.ts"
import { Output } from "../Output.ts"

const date = parsed("date", "YYYY-MM-DD", "Day that the folder is named after (default: today, UTC)", (text) =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && parseTime(text) !== undefined
    ? { value: text }
    : { problem: `must be a date such as 2026-02-20, not "${text}"` }
).pipe(Options.optional)

export const command = defineCommand({
  name: "nightly",
  description:
    "A cycle, the rolling backtest of the same hours, and their report as PDF, HTML and one line, in a folder of the day. Paper only, whatever is configured.",
  settings: {
    ...cycleSettings,
    window: windowOption("lookback"),
    nightlyRoot: folder("nightly-root", "Where the days' folders are (default artifacts/backtest/nightly)").pipe(
      Options.withDefault("artifacts/backtest/nightly")
    ),
    date,
    rollingWindowHours: hours("rolling-window-hours", "Length of a rolling window", 24),
    rollingStepHours: hours("rolling-step-hours", "From one rolling window's start to the next one's", 12),
    rollingRejectTopK: whole("rolling-reject-top-k", "Reject reasons in the summary; 0: none", 2, 0, 1_000)
  },
  decidesRisk: true,
  layer: unattended,
  handler: (input) =>
    Effect.gen(function* () {
      const output = yield* Output
      const nightly = yield* runNightly({
        ...cycleOptionsOf(input),
        nightlyRoot: input.nightlyRoot,
        date: Option.getOrNull(input.date),
        rollingWindowHours: input.rollingWindowHours,
        rollingStepHours: input.rollingStepHours,
        rollingRejectTopK: input.rollingRejectTopK,
        workers: null
      })
      yield* output.note(`wrote ${nightly.folder}`)
      const plain: JsonObject = JSON.parse(JSON.stringify(nightly.summary))
      const more = { folder: nightly.folder, checksum_algo: "sha256", checksum_sha256: nightly.checksum }
      yield* output.result({ ...plain, ...more }, () => nightly.summary.text)
    })
})
