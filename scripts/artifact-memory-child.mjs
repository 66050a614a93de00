// Runs the command line of the build that is named first, and prints the highest memory of this process at its end.
import { pathToFileURL } from "node:url"

const [cli = "", ...args] = process.argv.slice(2)
process.argv = [process.argv[0] ?? "node", cli, ...args]
process.on("exit", () => process.stderr.write(`\npeak ${process.resourceUsage().maxRSS}\n`))
await import(pathToFileURL(cli).href)
