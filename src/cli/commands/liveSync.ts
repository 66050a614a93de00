import * as Effect from "effect/Effect"
import { tradingLayer } from "../../app/trading.ts"
import { VenueSync } from "../../ports/VenueSync.ts"
import { renderTable } from "../../reports/terminal.ts"
import { defineCommand } from "../command.ts"
import { changeColumns, syncJson, syncNotes } from "../liveTables.ts"
import { Output } from "../Output.ts"

export const command = defineCommand({
  name: "live-sync",
  description:
    "Brings stored live orders up to what the exchange shows: status, fills, failed trades. Works whatever the kill switch says; running it again changes nothing.",
  settings: {},
  layer: tradingLayer,
  handler: () =>
    Effect.gen(function* () {
      const report = yield* (yield* VenueSync).sync
      const output = yield* Output
      yield* output.result(syncJson(report), (screen) =>
        [
          report.changes.length === 0 ? "Nothing has changed." : renderTable(changeColumns, report.changes, screen),
          syncNotes(report)
        ]
          .filter((part) => part !== "")
          .join("\n")
      )
    })
})
