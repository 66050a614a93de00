import * as Effect from "effect/Effect"
import { untouchedJournal } from "../../app/parity.ts"
import { replaySession } from "../../app/replaySession.ts"
import { replayLayer } from "../../app/modes.ts"
import { strategyModulesLayer } from "../../app/strategies.ts"
import { defineCommand } from "../command.ts"
import { number, strategyModules } from "../options.ts"
import { Output } from "../Output.ts"
import { replayJson, replayText } from "../replayView.ts"

export const command = defineCommand({
  name: "replay",
  description:
    "Runs the trading program again on what the journal says that a session of run was told: its market data at its " +
    "times, its settings, portfolio and switches. Nothing is asked and nothing is stored. Shows what it does.",
  settings: {
    session: number("session", "n", "Which session; journal list names them", { min: 1, whole: true }),
    strategyModule: strategyModules
  },
  layer: replayLayer,
  handler: ({ session, strategyModule }) =>
    Effect.gen(function* () {
      const output = yield* Output
      yield* untouchedJournal
      const replay = yield* replaySession(session, strategyModulesLayer(strategyModule))
      yield* output.result(replayJson(replay), (screen) => replayText(replay, screen))
    })
})
