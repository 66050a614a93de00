import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { tidyHelp } from "./helpText.ts"
import { printLine, stdoutScreen } from "./stdio.ts"

const colours = /\u001b\[[0-9;]*m/g

const nothing = () => Effect.void
const silent = () => undefined

/**
 * The console that @effect/cli writes to. Help goes to stdout, plain where colours are not wanted; its own report of a
 * usage error is dropped, because the runner prints every error once and in one form.
 */
export const helpConsole: Console.Console = {
  [Console.TypeId]: Console.TypeId,
  assert: nothing,
  clear: Effect.void,
  count: nothing,
  countReset: nothing,
  debug: nothing,
  dir: nothing,
  dirxml: nothing,
  error: nothing,
  group: nothing,
  groupEnd: Effect.void,
  info: nothing,
  log: (...parts) => {
    const text = parts.map(String).join(" ").trimEnd()
    const help = tidyHelp(text)
    return printLine(stdoutScreen().colour ? help : help.replace(colours, ""))
  },
  table: nothing,
  time: nothing,
  timeEnd: nothing,
  timeLog: nothing,
  trace: nothing,
  warn: nothing,
  unsafe: {
    assert: silent,
    clear: silent,
    count: silent,
    countReset: silent,
    debug: silent,
    dir: silent,
    dirxml: silent,
    error: silent,
    group: silent,
    groupCollapsed: silent,
    groupEnd: silent,
    info: silent,
    log: silent,
    table: silent,
    time: silent,
    timeEnd: silent,
    timeLog: silent,
    trace: silent,
    warn: silent
  }
}
