#!/usr/bin/env node
import { VERSION } from "../domain/version.ts"
import { commandTable } from "./commands/table.ts"
import { rootHelp } from "./help.ts"

// Answered before anything else is loaded: scripts ask for the version often, people for the commands.
const [first] = process.argv.slice(2)
if (first === "--version" || first === "-v" || first === "version") {
  process.stdout.write(`${VERSION}\n`)
} else if (first === undefined || first === "--help" || first === "-h") {
  process.stdout.write(`${rootHelp(commandTable)}\n`)
} else {
  const { runCli } = await import("./run.ts")
  runCli(process.argv.slice(2))
}
