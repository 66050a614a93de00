import { join } from "node:path"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { stamp } from "../../app/stamp.ts"
import { runSoak, type SoakReport } from "../../app/soak.ts"
import { type CycleLine } from "../../app/soakFiles.ts"
import { unattended } from "../../app/unattended.ts"
import { untilStopped } from "../../app/untilStopped.ts"
import { formatTime } from "../../domain/time.ts"
import { nowUs } from "../../engine/now.ts"
import { renderPairs } from "../../reports/terminal.ts"
import { formatNumber } from "../../reports/terminalFormat.ts"
import { defineCommand } from "../command.ts"
import { folder, whole } from "../jobOptions.ts"
import { number } from "../options.ts"
import { Output } from "../Output.ts"

/** Folder of soaks that were not given one. */
export const soaksFolder = "artifacts/soak"

const cycleText = (line: CycleLine): string =>
  `cycle ${line.cycle} ${line.status}: ${line.executed_count} executed, ${line.execute_failures} failed, ${formatNumber(line.cycle_sec, 1)} s`

const reportJson = (report: SoakReport) => ({
  out_dir: report.outDir,
  started_at: formatTime(report.startedAtUs),
  ended_at: formatTime(report.endedAtUs),
  cycles: report.cycles,
  partial_cycles: report.partialCycles,
  executed_count: report.executed,
  resumed: report.resumed,
  stopped: report.stopped
})

export const command = defineCommand({
  name: "soak",
  description:
    "Trades on paper for hours in one process: collect, find signals, execute the oldest, add up. Ctrl-C ends it after the running cycle; a killed soak is gone on with by the same --out-dir.",
  finishesWhenStopped: true,
  settings: {
    hours: number("hours", "n", "How long (default 24)", { min: 0, max: 24 * 366, above: true }).pipe(
      Options.withDefault(24)
    ),
    intervalSec: number("interval-sec", "s", "From the start of a cycle to the next (default 300)", {
      min: 0,
      max: 86_400
    }).pipe(Options.withDefault(300)),
    maxSignals: whole("max-signals-per-cycle", "New signals to execute per cycle, the oldest first", 10, 0, 100_000),
    ingestLimit: whole("ingest-limit", "Markets per source and cycle", 300, 1, 1_000_000),
    retryMax: whole("retry-max", "Further attempts of a stage that failed", 3, 0, 100),
    retryBackoffSec: number(
      "retry-backoff-sec",
      "s",
      "Wait before the first further attempt, then doubled (default 5)",
      {
        min: 0,
        max: 3_600
      }
    ).pipe(Options.withDefault(5)),
    outDir: folder("out-dir", `Where log and status go (default ${soaksFolder}/paper-<time>)`).pipe(Options.optional)
  },
  decidesRisk: true,
  layer: unattended,
  handler: (input) =>
    untilStopped((stop) =>
      Effect.gen(function* () {
        const output = yield* Output
        const outDir = Option.isSome(input.outDir)
          ? input.outDir.value
          : join(soaksFolder, `paper-${stamp(yield* nowUs)}`)
        yield* output.note(`soak in ${outDir}; monomarket soak-status tells how it is`)
        const report = yield* runSoak(
          {
            hours: input.hours,
            intervalSec: input.intervalSec,
            maxSignalsPerCycle: input.maxSignals,
            ingestLimit: input.ingestLimit,
            retryMax: input.retryMax,
            retryBackoffSec: input.retryBackoffSec,
            outDir
          },
          stop,
          (line) => output.note(cycleText(line))
        )
        yield* output.result(reportJson(report), (screen) =>
          renderPairs(
            [
              ["soak", `${report.stopped ? "stopped" : "finished"} at ${formatTime(report.endedAtUs)}`],
              ["cycles", `${formatNumber(report.cycles, 0)} (${report.partialCycles} partial)`],
              ["executed", `${formatNumber(report.executed, 0)} signals`],
              ["folder", report.outDir]
            ],
            screen
          )
        )
      })
    )
})
