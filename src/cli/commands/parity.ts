import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { sessionParities } from "../../app/parity.ts"
import { replayLayer } from "../../app/modes.ts"
import { strategyModulesLayer } from "../../app/strategies.ts"
import { NotFound } from "../../domain/errors.ts"
import { defineCommand } from "../command.ts"
import { CommandFailed } from "../failure.ts"
import { parsed, parseNumber, strategyModules } from "../options.ts"
import { Output } from "../Output.ts"
import { parityTable, problemOf, sessionParityJson } from "../replayView.ts"

/** null: all. */
const session = parsed<number | null>("session", "n|all", "Which session (default all)", (text) => {
  if (text.trim().toLowerCase() === "all") return { value: null }
  const read = parseNumber(text, { min: 1, whole: true })
  return "value" in read ? read : { problem: `must be all or the number of a session, not "${text}"` }
}).pipe(Options.withDefault(null))

export const command = defineCommand({
  name: "parity",
  description:
    "Replays sessions of run from the journal and compares every decision with the one that was recorded. Exit code 1, " +
    "and the first difference with its cause, when there is any, or when a session cannot be replayed.",
  settings: { session, strategyModule: strategyModules },
  layer: replayLayer,
  handler: ({ session: wanted, strategyModule }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const sessions = yield* sessionParities(
        ({ sessionId }) => wanted === null || sessionId === wanted,
        strategyModulesLayer(strategyModule)
      )
      if (wanted !== null && sessions.length === 0) {
        return yield* new NotFound({ what: "journal session", id: String(wanted) })
      }
      yield* output.result(sessions.map(sessionParityJson), (screen) => parityTable(sessions, screen))
      const problems = sessions.flatMap((parity) => problemOf(parity) ?? [])
      const [first] = problems
      if (first === undefined) return
      const more = problems.length === 1 ? "" : ` (and ${problems.length - 1} more)`
      return yield* new CommandFailed({ message: `parity: ${first}${more}` })
    })
})
