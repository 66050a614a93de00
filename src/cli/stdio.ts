import * as Effect from "effect/Effect"
import { type Screen, screenOf } from "../reports/terminal.ts"
import { escapeControl, escapeJson } from "../reports/terminalText.ts"
import { Output } from "./Output.ts"

/** Writes and waits until the pipe took it, so that leaving the process cuts nothing off. */
const write = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void> =>
  Effect.async((resume) => {
    stream.write(text, () => resume(Effect.void))
  })

export const stdoutScreen = (): Screen => screenOf(process.stdout, process.env["NO_COLOR"])

export const printLine = (text: string): Effect.Effect<void> => write(process.stdout, `${text}\n`)
export const printError = (text: string): Effect.Effect<void> => write(process.stderr, `${text}\n`)

/** A reader that went away (`| head`) ends the program quietly. */
export const leaveOnClosedPipe = (): void => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      process.exit(error.code === "EPIPE" ? 0 : 1)
    })
  }
}

export const makeOutput = (json: boolean) =>
  Output.of({
    json,
    result: (value, text) =>
      json ? printLine(escapeJson(JSON.stringify(value, null, 2))) : printLine(text(stdoutScreen())),
    note: (text) => (json ? Effect.void : printError(escapeControl(text)))
  })
