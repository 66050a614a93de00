import * as CliConfig from "@effect/cli/CliConfig"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { suggestion } from "../config/nearest.ts"
import { InputError } from "../domain/errors.ts"
import { VERSION } from "../domain/version.ts"
import { hoistGlobals, optionsGiven } from "./arguments.ts"
import { commandTable } from "./commands/table.ts"
import { verdictOf } from "./failure.ts"
import { rootHelp } from "./help.ts"
import { leaveOnClosedPipe, printError, printLine } from "./stdio.ts"
import { helpConsole } from "./helpConsole.ts"

const environment = Layer.mergeAll(
  NodeFileSystem.layer,
  NodePath.layer,
  NodeTerminal.layer,
  CliConfig.layer({ showBuiltIns: false, isCaseSensitive: true })
)

/** What the command that was found says about its end. */
interface Ending {
  finishesWhenStopped: boolean
}

const dispatch = Effect.fnUntraced(function* (given: ReadonlyArray<string>, ending: Ending) {
  const [name, ...rest] = hoistGlobals(given)
  if (name === undefined || name === "--help" || name === "-h" || (name === "help" && rest.length === 0)) {
    yield* printLine(rootHelp(commandTable))
    return
  }
  if (name === "--version") {
    yield* printLine(VERSION)
    return
  }
  const wanted = name === "help" ? (rest[0] ?? "") : name
  const known = commandTable.map((entry) => entry.name)
  const entry = commandTable.find((candidate) => candidate.name === wanted)
  if (entry === undefined) {
    const kind = wanted.startsWith("-") ? "unknown option" : "unknown command"
    const names = wanted.startsWith("-") ? ["--config", "--db", "--json", "--verbose", "--help", "--version"] : known
    return yield* new InputError({ field: wanted, problem: `${kind}${suggestion(wanted, names)}` })
  }
  const { command } = yield* Effect.promise(entry.load)
  const args = name === "help" ? ["--help"] : rest
  const options = optionsGiven(command.usage, args, command.conflicts)
  if (options instanceof InputError) return yield* options
  ending.finishesWhenStopped = command.finishesWhenStopped
  // @effect/cli takes --help only where it stands alone.
  const asksForHelp = options.has("--help") || options.has("-h")
  yield* command.run(asksForHelp ? ["--help"] : args).pipe(Effect.withConsole(helpConsole))
})

const signalCodes = { SIGINT: 130, SIGTERM: 143 } as const

const exitCodeOf = <A, E>(exit: Exit.Exit<A, E>): number => (Exit.isSuccess(exit) ? 0 : verdictOf(exit.cause).exitCode)

/**
 * Runs one command and leaves with its exit code: 0 done, 1 failed, 2 wrong usage, 130 or 143 when a signal stopped it.
 */
export const runCli = (args: ReadonlyArray<string>): void => {
  leaveOnClosedPipe()
  let stoppedBy: keyof typeof signalCodes | undefined
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      stoppedBy ??= signal
    })
  }
  const report = (cause: Cause.Cause<unknown>) => {
    if (Cause.isInterruptedOnly(cause)) return Effect.void
    const { line } = verdictOf(cause)
    const detail = args.includes("--verbose") ? `\n${Cause.pretty(cause, { renderErrorCause: true })}` : ""
    return printError(`${line}${detail}`)
  }
  const ending: Ending = { finishesWhenStopped: false }
  NodeRuntime.runMain(dispatch(args, ending).pipe(Effect.provide(environment), Effect.tapErrorCause(report)), {
    disableErrorReporting: true,
    disablePrettyLogger: true,
    teardown: (exit, onExit) => {
      const interrupted = Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause)
      if (stoppedBy === undefined) onExit(exitCodeOf(exit))
      else if (ending.finishesWhenStopped) onExit(interrupted ? 0 : exitCodeOf(exit))
      else onExit(signalCodes[stoppedBy])
    }
  })
}
