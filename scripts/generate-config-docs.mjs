// Writes the tables of docs/configuration.md, all below its marker, from the configuration's schema, its defaults and
// the comments of the example file.
// With --check it writes nothing and exits 1 when the page is stale.
import { build } from "esbuild"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..")
const page = join(root, "docs", "configuration.md")
const environmentOf = {
  "app.db_path": "MONOMARKET_DB",
  "trading.mode": "MONOMARKET_MODE",
  "trading.enable_live_trading": "ENABLE_LIVE_TRADING",
  "trading.require_manual_confirm": "REQUIRE_MANUAL_CONFIRM",
  "trading.kill_switch": "KILL_SWITCH",
  "data.gamma_base_url": "MONOMARKET_GAMMA_URL",
  "data.data_base_url": "MONOMARKET_DATA_URL",
  "data.clob_base_url": "MONOMARKET_CLOB_URL",
  "live.geoblock_url": "MONOMARKET_GEOBLOCK_URL"
}
const sections = {
  app: "Database and log.",
  trading: "Where orders go, and the three switches.",
  risk: "What an order may not exceed. Orders that give back what is held pass every limit.",
  data: "How the exchange's public APIs are asked.",
  live: "The account at the exchange. Keys and credentials come from the environment only: [going live](going-live.md).",
  execution:
    "The fill model that paper trading and backtests share; the options of `backtest` overrule it for one run. How old a signal may be when a soak executes it, and what becomes of a [bundle](runbook.md#bundles) that fills in part.",
  strategies: "Parameters of the strategies; [strategies](strategies.md) has the formulas."
}

/** The configuration's own code, bundled: Node 20 does not read TypeScript. */
const loadConfigCode = async () => {
  const folder = join(root, "node_modules", ".cache")
  const outfile = join(folder, `config-docs.${process.pid}.mjs`)
  mkdirSync(folder, { recursive: true })
  try {
    await build({
      stdin: {
        contents: `export { parseConfig } from "./src/config/parse.ts"\nexport { defaultConfig } from "./src/config/AppConfig.ts"`,
        resolveDir: root,
        loader: "ts"
      },
      bundle: true,
      format: "esm",
      platform: "node",
      packages: "external",
      outfile,
      logLevel: "error"
    })
    return await import(pathToFileURL(outfile).href)
  } finally {
    rmSync(outfile, { force: true })
  }
}

/** Key path -> what stands behind `#` on its line of the example. */
const commentsOf = (text) => {
  const comments = new Map()
  const path = []
  for (const line of text.split("\n")) {
    const found = /^( *)(\w+):(?: (.*?))?(?: # (.*))?$/.exec(line)
    if (found === null) continue
    path.length = found[1].length / 2
    path.push(found[2])
    comments.set(path.join("."), found[4] ?? "")
  }
  return comments
}

const leavesOf = (value, path = []) =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, child]) => leavesOf(child, [...path, key]))
    : [{ path, value }]

const nested = (path, value) => path.reduceRight((inner, key) => ({ [key]: inner }), value)

/** What the program itself answers when the key holds something that it cannot be. */
const allowedIn = (parseConfig, { path, value }) => {
  const wrong = path.at(-1).endsWith("_url") ? "http://example.org" : typeof value === "string" ? "" : "?"
  const result = parseConfig(nested(path, wrong))
  if (result._tag !== "Left") throw new Error(`${path.join(".")}: "${wrong}" was accepted`)
  return result.left.problem.replace(/^must (not )?(be )?/, "$1").replace(" (at most 1e18)", "")
}

/** A comment without what the other columns say. */
const meaningOf = (comment) =>
  comment.replace(/; also MONOMARKET_.*$/, "").replace(/^(true or false|DEBUG, .* ERROR); /, "")

const typeOf = (value, allowed) => {
  if (Array.isArray(value)) return "list of text"
  if (typeof value === "boolean") return "yes or no"
  if (typeof value === "string") return "text"
  return allowed.includes("whole number") ? "whole number" : "number"
}

const code = (text) => `\`${text}\``
const row = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`

const tableOf = (leaves, comments, parseConfig) => {
  const rows = leaves.map((leaf) => {
    const key = leaf.path.join(".")
    const allowed = allowedIn(parseConfig, leaf)
    const environment = environmentOf[key]
    return row([
      code(leaf.path.slice(1).join(".")),
      typeOf(leaf.value, allowed),
      code(Array.isArray(leaf.value) ? JSON.stringify(leaf.value) : String(leaf.value)),
      allowed.replace(/^a (whole )?number (of )?/, ""),
      meaningOf(comments.get(key)),
      environment === undefined ? "-" : code(environment)
    ])
  })
  return [
    row(["key", "type", "default", "allowed", "meaning and unit", "environment"]),
    row(Array(6).fill("---")),
    ...rows
  ].join("\n")
}

const { defaultConfig, parseConfig } = await loadConfigCode()
const comments = commentsOf(readFileSync(join(root, "configs", "config.example.yaml"), "utf8"))
const leaves = leavesOf(defaultConfig)
const tables = Object.entries(sections).map(([name, intro]) => {
  const own = leaves.filter(({ path }) => path[0] === name)
  return `## ${name}\n\n${intro}\n\n${tableOf(own, comments, parseConfig)}`
})
const marker = "<!-- generated by scripts/generate-config-docs.mjs: do not edit below -->"
const present = readFileSync(page, "utf8")
const [preamble, ...below] = present.split(marker)
if (below.length !== 1) throw new Error(`docs/configuration.md must have one line ${marker}`)
const text = `${preamble}${marker}\n\n${tables.join("\n\n")}\n`
const { format, resolveConfig } = await import("prettier")
const formatted = await format(text, { ...(await resolveConfig(page)), parser: "markdown" })

if (!process.argv.includes("--check")) writeFileSync(page, formatted)
else if (present !== formatted) {
  console.error("docs/configuration.md is stale: run node scripts/generate-config-docs.mjs")
  process.exit(1)
}
