#!/usr/bin/env node
import { VERSION } from "../domain/version.ts"

// Answered before anything else is loaded: scripts ask for it often.
const first = process.argv[2]
if (first === "--version" || first === "-v" || first === "version") {
  process.stdout.write(`${VERSION}\n`)
} else {
  const { runCli } = await import("./run.ts")
  runCli(process.argv.slice(2))
}
