import * as Effect from "effect/Effect"
import { existingStore } from "../../app/store.ts"
import { type SwitchState } from "../../domain/Switches.ts"
import { readSwitches } from "../../engine/switches.ts"
import { type Column, renderTable } from "../../reports/terminal.ts"
import { defineCommand } from "../command.ts"
import { Output } from "../Output.ts"

const meanings = {
  KILL_SWITCH: { on: "no new orders", off: "new orders allowed" },
  ENABLE_LIVE_TRADING: { on: "live orders allowed", off: "paper only" },
  REQUIRE_MANUAL_CONFIRM: { on: "live orders need --confirm-live", off: "live orders need no confirmation" }
} as const

const columns: ReadonlyArray<Column<SwitchState>> = [
  { header: "switch", value: ({ name }) => name },
  { header: "value", value: ({ value }) => String(value) },
  { header: "origin", value: ({ origin }) => origin },
  { header: "meaning", value: ({ name, value }) => meanings[name][value ? "on" : "off"], flexible: true }
]

export const command = defineCommand({
  name: "switches",
  description:
    "Shows each safety switch and where its value comes from: environment, database, config (the file) or default.",
  settings: {},
  layer: existingStore,
  handler: () =>
    Effect.gen(function* () {
      const states = yield* readSwitches
      const output = yield* Output
      yield* output.result(
        states.map(({ name, origin, value }) => ({ name, value, origin })),
        (screen) => renderTable(columns, states, screen)
      )
    })
})
