import * as HelpDoc from "@effect/cli/HelpDoc"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import { isStrategyError } from "../domain/StrategyError.ts"
import { escapeControl } from "../reports/terminalText.ts"

/** What a command may fail with: any typed error of the program. */
export interface Failure {
  readonly _tag: string
  readonly message: string
}

/** The command did what was asked of it, printed its result, and the result is a failure. Exit code 1. */
export class CommandFailed extends Data.TaggedError("CommandFailed")<{ readonly message: string }> {}

export interface Verdict {
  readonly exitCode: number
  /** One line for stderr. */
  readonly line: string
}

const colours = /\u001b\[[0-9;]*m/g

/** The help document of a usage error as one line. */
const usageText = (error: ValidationError.ValidationError): string =>
  HelpDoc.toAnsiText(error.error).replace(colours, "").replace(/\s+/g, " ").trim()

const missingArgument = /^Missing argument <(.+)>$/
const missingOption = /^Expected to find option: '(-+[^']+)'/
const unknownArgument = /^Received unknown argument: '([\s\S]*)'$/

const fromUsage = (error: ValidationError.ValidationError): string => {
  const text = usageText(error)
  const argument = missingArgument.exec(text)?.[1]
  if (argument !== undefined) return `${argument}: is missing`
  const option = missingOption.exec(text)?.[1]
  if (option !== undefined) return `${option}: is required`
  const unknown = unknownArgument.exec(text)?.[1]
  if (unknown !== undefined) return `${unknown}: unexpected argument`
  return text
}

const oneLine = (text: string): string => escapeControl(text.replace(/\s*\n\s*/g, " ").trim())

const isFailure = (error: unknown): error is Failure =>
  typeof error === "object" && error !== null && "_tag" in error && "message" in error

/** How a command's end is reported: exit code, and one line that says what to do. Wrong usage is 2, the rest 1. */
export const verdictOf = (cause: Cause.Cause<unknown>): Verdict => {
  const error = Cause.squash(cause)
  if (ValidationError.isValidationError(error)) return { exitCode: 2, line: `error: ${oneLine(fromUsage(error))}` }
  // Strategies are plain functions: one of the user's own that goes wrong can only throw, and that is no bug of ours.
  if (Cause.isDie(cause) && !Cause.isFailure(cause) && !isStrategyError(error)) {
    const detail = error instanceof Error ? error.message : String(error)
    return { exitCode: 1, line: `error: internal: ${oneLine(detail)} (a bug; --verbose shows where)` }
  }
  if (isFailure(error)) {
    return { exitCode: error._tag === "InputError" ? 2 : 1, line: `error: ${oneLine(error.message)}` }
  }
  return { exitCode: 1, line: `error: ${oneLine(String(error))}` }
}
