// Runs the command line of the build that is named first, and prints the highest memory (KiB) and the processor time (seconds) of this
// process at its end.
import { pathToFileURL } from "node:url"

const [cli = "", ...args] = process.argv.slice(2)
process.argv = [process.argv[0] ?? "node", cli, ...args]
process.on("exit", () => {
  const { maxRSS, systemCPUTime, userCPUTime } = process.resourceUsage()
  process.stderr.write(`\npeak ${maxRSS}, cpu ${(userCPUTime + systemCPUTime) / 1e6}\n`)
})
await import(pathToFileURL(cli).href)
