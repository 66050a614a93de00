import * as Effect from "effect/Effect"
import { type CycleReport, runCycle } from "../../app/cycle.ts"
import { unattended } from "../../app/unattended.ts"
import { backtestText, reportJson } from "../backtestView.ts"
import { defineCommand } from "../command.ts"
import { cycleOptionsOf, cycleSettings, windowOption } from "../jobOptions.ts"
import { Output } from "../Output.ts"

const json = (cycle: CycleReport) =>
  reportJson(cycle.report, {
    mode: "paper",
    run_dir: cycle.runDir,
    artifact: cycle.artifact,
    checksum_algo: "sha256",
    checksum_sha256: cycle.checksum,
    ingest_status: cycle.ingestStatus,
    rows_ingested: cycle.rowsIngested,
    signals_generated: cycle.signalsGenerated,
    stale_markets: cycle.staleCount
  })

export const command = defineCommand({
  name: "cycle",
  description:
    "One round of unattended work: create or upgrade the database, collect from Gamma, find signals, replay them, write the artifacts of the run. Paper only, whatever is configured.",
  settings: { ...cycleSettings, window: windowOption("cycle") },
  decidesRisk: true,
  layer: unattended,
  handler: (input) =>
    Effect.gen(function* () {
      const output = yield* Output
      const cycle = yield* runCycle(cycleOptionsOf(input))
      yield* output.note(`wrote ${cycle.runDir}`)
      if (cycle.staleCount > 0) yield* output.note(`${cycle.staleCount} stale market(s) left out`)
      yield* output.result(json(cycle), (screen) => backtestText(cycle.report, [], screen))
    })
})
