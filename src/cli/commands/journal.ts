import * as Args from "@effect/cli/Args"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { existingStore } from "../../app/store.ts"
import { suggestion } from "../../config/nearest.ts"
import { InputError } from "../../domain/errors.ts"
import { journalKinds } from "../../domain/Journal.ts"
import { JournalReader } from "../../ports/Journal.ts"
import { defineCommand } from "../command.ts"
import { CommandFailed } from "../failure.ts"
import { type JournalQuery, readSession } from "../journalPages.ts"
import { checkJson, checkText, recordJson, recordTable, sessionJson, sessionTable } from "../journalView.ts"
import { choice, number } from "../options.ts"
import { Output } from "../Output.ts"

const list = Effect.gen(function* () {
  const reader = yield* JournalReader
  const output = yield* Output
  const sessions = yield* reader.sessions
  yield* output.result(sessions.map(sessionJson), (screen) => sessionTable(sessions, screen))
})

const show = (query: JournalQuery) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { more, records } = yield* readSession(query)
    yield* output.result(records.map(recordJson), (screen) => recordTable(records, screen))
    const last = records[records.length - 1]
    if (more && last !== undefined) yield* output.note(`note: there are more; --after ${last.seq} shows the next`)
  })

const verify = Effect.gen(function* () {
  const reader = yield* JournalReader
  const output = yield* Output
  const check = yield* reader.verify
  yield* output.result(checkJson(check), (screen) => checkText(check, screen))
  if (check.broken === null) return
  return yield* new CommandFailed({ message: `journal: record ${check.broken.seq}: ${check.broken.problem}` })
})

/** Records that `show` shows when no other number is given. */
const SHOWN = 20

const actions = ["list", "show", "verify"] as const

export const command = defineCommand({
  name: "journal",
  description:
    "The hash-chained record of what the program was told and what it decided. list: its sessions. show: the records of " +
    "one session. verify: recomputes the chain; exit code 1, and the first broken record, when anything was changed.",
  settings: {
    action: Args.text({ name: "action" }).pipe(
      Args.withDescription("list, show or verify"),
      Args.mapEffect((text) => {
        const action = actions.find((candidate) => candidate === text)
        if (action !== undefined) return Effect.succeed(action)
        const problem = `must be list, show or verify, not "${text}"${suggestion(text, actions)}`
        return Effect.fail(HelpDoc.p(`action: ${problem}`))
      })
    ),
    session: number("session", "n", "show: which session", { min: 1, whole: true }).pipe(Options.optional),
    kind: choice("kind", journalKinds, "show: only records of this kind").pipe(Options.optional),
    after: number("after", "seq", "show: only records after this one", { min: 0, whole: true }).pipe(Options.optional),
    limit: number("limit", "n", `show: how many records (default ${SHOWN})`, {
      min: 1,
      max: 1_000_000,
      whole: true
    }).pipe(Options.optional)
  },
  layer: existingStore,
  handler: ({ action, after, kind, limit, session }) =>
    Effect.gen(function* () {
      const ofShow = { session, kind, after, limit } as const
      for (const name of ["session", "kind", "after", "limit"] as const) {
        if (action === "show" || Option.isNone<unknown>(ofShow[name])) continue
        return yield* new InputError({ field: `--${name}`, problem: `is for journal show, not ${action}` })
      }
      if (action === "list") return yield* list
      if (action === "verify") return yield* verify
      if (Option.isNone(session)) {
        return yield* new InputError({ field: "--session", problem: "is required; journal list names the sessions" })
      }
      return yield* show({
        sessionId: session.value,
        kind: Option.getOrNull(kind),
        afterSeq: Option.getOrElse(after, () => 0),
        limit: Option.getOrElse(limit, () => SHOWN)
      })
    })
})
