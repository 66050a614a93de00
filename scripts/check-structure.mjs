// Holds src/ to the import table of docs/architecture.md: who may import whom, no cycles, a pure core,
// and libraries that stay in their folder; and all files to the one helper that finds shared data.
// Exits 1 and names every offending import.
import { readdirSync, readFileSync, statSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..")
const src = join(root, "src")

const foundation = ["domain", "ports", "policy", "config"]
const adapter = [...foundation, "core", "polymarket"]
const engine = ["domain", "core", "strategies", "risk", "ports", "policy", "config"]
const everythingButCli = [
  ...new Set([
    ...engine,
    "polymarket",
    "ingest",
    "store",
    "execution",
    "simulator",
    "engine",
    "backtest",
    "reports",
    "app"
  ])
]
/** folder -> folders it may import (its own is always allowed). */
const mayImport = {
  domain: [],
  core: ["domain"],
  strategies: ["domain", "core"],
  risk: ["domain", "core"],
  ports: ["domain"],
  policy: ["domain"],
  config: ["domain"],
  polymarket: ["domain", "policy", "config"],
  ingest: adapter,
  store: adapter,
  execution: [...adapter, "risk"],
  simulator: adapter,
  engine,
  backtest: [...engine, "engine"],
  reports: ["domain", "core"],
  app: everythingButCli,
  cli: ["domain", "config", "ports", "engine", "backtest", "reports", "app"],
  "": everythingButCli
}
const pure = new Set(["core", "strategies", "risk"])
/**
 * What these run may wait for nothing: no library's value, no node module and no clock is reached from them. Types are
 * no values.
 */
const synchronous = ["engine/SyncRunner.ts", "engine/step.ts"]
/**
 * Sub-folders with narrower rules than the folder that they lie in, whose row holds for them too. `may`: what their files
 * may import, as folders or files below src/ (their own files are always allowed, libraries only where listed).
 * `by`: the files outside that may import them.
 */
const rooms = {
  // The original's arithmetic is a leaf: no rule of the engine changes it, and nothing but the choice of rules knows it.
  "backtest/compat": {
    may: [
      "domain",
      "ports/HistoryReader.ts",
      "core/venue/fillModel.ts",
      "core/metrics.ts",
      "backtest/DailyEquity.ts",
      "backtest/LedgerRow.ts",
      "backtest/MomentLedger.ts",
      "backtest/options.ts",
      "backtest/RejectReasons.ts",
      "backtest/ReplayOutcome.ts",
      "backtest/SignalFold.ts"
    ],
    by: ["backtest/runBacktest.ts"]
  },
  // There is one reducer, and both runners drive it through this one.
  "engine/step.ts": { may: ["domain", "core", "risk", "strategies", "engine"], by: ["engine/SyncRunner.ts"] },
  // An approved order is made in one place, for what passed the checks.
  "risk/approve.ts": { may: ["domain/ApprovedOrder.ts", "domain/Order.ts"], by: ["risk/check.ts"] }
}
/** The class whose constructor only risk/approve.ts may call: every other file may name it as a type. */
const approved = { file: "domain/ApprovedOrder.ts", name: "ApprovedOrder", by: "risk/approve.ts" }
/** library prefix -> folders that may import it. */
const libraryHome = [
  ["@effect/sql", ["store"]],
  ["better-sqlite3", ["store"]],
  ["@effect/cli", ["cli"]],
  ["@effect/platform-node", ["app", "cli"]],
  ["cli-progress", ["cli"]],
  ["pdfkit", ["reports"]],
  ["bidi-js", ["reports"]],
  ["yaml", ["config"]],
  ["viem", ["polymarket"]],
  ["@swc/wasm-typescript", ["app"]]
]

const files = []
const walk = (dir) => {
  for (const name of readdirSync(dir).sort()) {
    const path = join(dir, name)
    if (statSync(path).isDirectory()) walk(path)
    else if (name.endsWith(".ts")) files.push(path)
  }
}
walk(src)

const folderOf = (path) => {
  const parts = relative(src, path).split("/")
  return parts.length > 1 ? parts[0] : ""
}
const below = (folder, path) => path === folder || path.startsWith(`${folder}/`)

/** What the rules of sub-folders say against an import; `target` is a file below src/, or a library's name. */
const roomProblems = (file, target, isLibrary) =>
  Object.entries(rooms).flatMap(([room, { by, may }]) => {
    if (below(room, file)) {
      const allowed = (!isLibrary && below(room, target)) || may.some((entry) => below(entry, target))
      return allowed ? [] : [`${room} may not import ${target}`]
    }
    return isLibrary || !below(room, target) || by.includes(file) ? [] : [`only ${by.join(", ")} may import ${room}`]
  })

/** Statements that bring a value from somewhere else: imports and re-exports that are no types, and dynamic imports. */
const valueSources = (text) => [
  ...[...text.matchAll(/(?:^|\n)(?:import|export)\s+(?!type\b)([^"'`;]*?)\bfrom\s*"([^"]+)"/g)].map(
    ([, what, from]) => ({
      what: what.replace(/\btype\s+\w+(?:\s+as\s+\w+)?/g, ""),
      from
    })
  ),
  ...[...text.matchAll(/\bimport\s*\(\s*"([^"]+)"/g)].map(([, from]) => ({ what: "*", from }))
]

/** An approved order that is made, or can be made, where it may not be. */
const approvalProblems = (file, text) => {
  if (file === approved.file || file === approved.by) return []
  const imported = valueSources(text).some(
    ({ from, what }) =>
      from.endsWith(`/${approved.name}.ts`) && (what.includes("*") || new RegExp(`\\b${approved.name}\\b`).test(what))
  )
  const made = new RegExp(`\\bnew\\s+${approved.name}\\b`).test(text)
  return imported || made ? [`only ${approved.by} may make an ${approved.name}; import it as a type`] : []
}

/** What is reached by values from a file below src/: libraries, each with the file that brings it. */
const librariesReachedFrom = (start) => {
  const seen = new Set()
  const reached = []
  const visitFile = (file) => {
    if (seen.has(file)) return
    seen.add(file)
    const values = valueSources(readFileSync(join(src, file), "utf8")).filter(({ what }) => /\w|\*/.test(what))
    for (const { from } of values) {
      if (from.startsWith(".")) visitFile(relative(src, resolve(dirname(join(src, file)), from)))
      else reached.push(`${file} imports ${from}`)
    }
  }
  visitFile(start)
  return reached
}

const problems = []
for (const start of synchronous) {
  for (const library of librariesReachedFrom(start)) problems.push(`src/${start} waits for nothing: ${library}`)
}
const edges = new Map()

for (const file of files) {
  const folder = folderOf(file)
  const text = readFileSync(file, "utf8")
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1])
  const valueImports = []
  for (const problem of approvalProblems(relative(src, file), text))
    problems.push(`${relative(root, file)}: ${problem}`)
  for (const specifier of specifiers) {
    const where = relative(root, file)
    const isLibrary = !specifier.startsWith(".")
    const imported = isLibrary ? specifier : relative(src, resolve(dirname(file), specifier))
    for (const problem of roomProblems(relative(src, file), imported, isLibrary)) problems.push(`${where}: ${problem}`)
    if (!isLibrary) {
      const target = resolve(dirname(file), specifier)
      const targetFolder = folderOf(target)
      if (targetFolder !== folder && !(mayImport[folder] ?? []).includes(targetFolder)) {
        problems.push(`${where}: ${folder || "src"} may not import ${targetFolder}`)
      }
      valueImports.push(target)
      continue
    }
    if (pure.has(folder)) problems.push(`${where}: ${folder} is pure and may not import ${specifier}`)
    for (const [prefix, homes] of libraryHome) {
      if (
        (specifier === prefix || specifier.startsWith(`${prefix}/`) || specifier.startsWith(`${prefix}-`)) &&
        !homes.includes(folder) &&
        !libraryHome.some(
          ([other, h]) => other.length > prefix.length && specifier.startsWith(other) && h.includes(folder)
        )
      ) {
        problems.push(`${where}: ${specifier} belongs in ${homes.join(" or ")}`)
      }
    }
  }
  edges.set(file, valueImports)
  const lines = text.split("\n").length
  if (lines > 400) problems.push(`${relative(root, file)}: ${lines} lines; split it (400 is the hard limit)`)
}

const state = new Map()
const visit = (file, path) => {
  state.set(file, "open")
  for (const next of edges.get(file) ?? []) {
    if (!edges.has(next)) continue
    if (state.get(next) === "open") {
      const cycle = [...path.slice(path.indexOf(next)), file, next].map((p) => relative(src, p))
      problems.push(`import cycle: ${cycle.join(" -> ")}`)
    } else if (!state.has(next)) visit(next, [...path, file])
  }
  state.set(file, "done")
}
for (const file of files) if (!state.has(file)) visit(file, [])

// One helper says where the shared data lie, so that each test can also run without them: no other file names the
// folder or the variable, and only a test file asks for the data, since that is what `npm test` runs once more.
const helpers = new Set(["scripts/shared.mjs", "scripts/shared.d.mts", "test/shared.ts"])
const here = relative(root, fileURLToPath(import.meta.url))
const namesTheFolder = /MONOMARKET_SHARED|["'`/]shared["'`/]/
for (const top of ["src", "test", "scripts", "docs", "configs", "vitest.config.ts", "package.json"]) {
  const names = statSync(join(root, top)).isDirectory()
    ? readdirSync(join(root, top), { recursive: true }).map((name) => `${top}/${name}`)
    : [top]
  for (const name of names.sort()) {
    if (!/\.(ts|mts|mjs|sh|json|yaml)$/.test(name) || helpers.has(name) || name === here) continue
    const text = readFileSync(join(root, name), "utf8")
    if (namesTheFolder.test(text)) problems.push(`${name}: only scripts/shared.mjs says where the shared data lie`)
    if (top === "test" && text.includes("describeShared") && !name.endsWith(".test.ts")) {
      problems.push(`${name}: only a test file may ask for shared data`)
    }
  }
}

if (problems.length > 0) {
  for (const problem of [...new Set(problems)]) console.error(problem)
  console.error(`structure: ${new Set(problems).size} problem(s) in ${files.length} files`)
  process.exit(1)
}
console.log(`structure: ${files.length} files follow the import table`)
