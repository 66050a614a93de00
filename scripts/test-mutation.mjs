// Mutation testing by folder: `npm run test:mutation -- risk core/account`. Stryker makes one careless change after the
// other in the folder's sources and runs the tests that reach it; a change that no test notices has survived. Without a
// folder all six run, which takes hours. Reports go to reports/mutation. Options:
//   --survivors      list the changes that survived, with the place of each
//   --record         write the figures into docs/testing.md
//   --last           run nothing, and take the last report
//   --changed        use the last report, and try again only what changed since
//   --concurrency N  Stryker's workers (cores - 1)
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { accepted } from "./mutation/accepted.mjs"
import { folders } from "./mutation/folders.mjs"
import { record } from "./mutation/record.mjs"
import { root, sharedFolder, sharedVariable } from "./shared.mjs"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    survivors: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
    last: { type: "boolean", default: false },
    changed: { type: "boolean", default: false },
    concurrency: { type: "string" }
  }
})

const fail = (problem) => {
  console.error(problem)
  process.exit(1)
}

/** A folder of src/, a folder in one of them or one file: what is mutated, and the settings that hold for it. */
const targetOf = (name) => {
  const path = name.replace(/^src\//, "").replace(/\/$/, "")
  const settings = folders[path.split("/")[0]]
  if (settings === undefined)
    fail(`${name} is in none of the folders that have a score: ${Object.keys(folders).join(", ")}`)
  if (!existsSync(join(root, "src", path))) fail(`there is no src/${path}`)
  const files = path.endsWith(".ts") ? [`src/${path}`] : [`src/${path}/**/*.ts`]
  return { path, files, ...settings }
}

/** Test files as patterns: a folder stands for its tests. */
const patternsOf = (paths) => paths.map((path) => (path.endsWith(".ts") ? path : `${path}/**/*.test.ts`))

const runStryker = ({ files, leftOut, path, tests }) => {
  const env = {
    ...process.env,
    MUTATION_FILES: JSON.stringify(files),
    MUTATION_TESTS: JSON.stringify(patternsOf(tests)),
    MUTATION_LEFT_OUT: JSON.stringify(patternsOf(leftOut)),
    MUTATION_NAME: path.replaceAll("/", "-"),
    [sharedVariable]: sharedFolder
  }
  const report = join(root, "reports", "mutation", `${env.MUTATION_NAME}.json`)
  if (values.last) return JSON.parse(readFileSync(report, "utf8"))
  const stryker = join(root, "node_modules", "@stryker-mutator", "core", "bin", "stryker.js")
  const args = [stryker, "run", "stryker.config.mjs", "--logLevel", "warn"]
  if (values.changed) args.push("--incremental")
  if (values.concurrency !== undefined) args.push("--concurrency", values.concurrency)
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit", env })
  if (status !== 0) fail(`Stryker failed on ${path}`)
  return JSON.parse(readFileSync(report, "utf8"))
}

/** The text of a mutant's place, on one line. */
const placeText = (source, { end, start }) => {
  const lines = source.split("\n").slice(start.line - 1, end.line)
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column - 1)
  lines[0] = lines[0].slice(start.column - 1)
  return lines.map((line) => line.trim()).join(" ")
}

const mutantsOf = (report) =>
  Object.entries(report.files).flatMap(([file, { mutants, source }]) =>
    mutants.map(({ location, mutatorName, replacement, status }) => ({
      file,
      line: location.start.line,
      code: placeText(source, location),
      whole: source.split("\n")[location.start.line - 1].trim(),
      becomes: (replacement ?? mutatorName)
        .split("\n")
        .map((line) => line.trim())
        .join(" "),
      status
    }))
  )

const isAccepted = (mutant) =>
  accepted.some(
    ({ becomes, code, file, within }) =>
      file === mutant.file &&
      code === mutant.code &&
      becomes === mutant.becomes &&
      (within === undefined || mutant.whole.includes(within))
  )

const noticed = new Set(["Killed", "Timeout"])
const missed = new Set(["Survived", "NoCoverage"])

const summarize = async (path, report) => {
  const mutants = mutantsOf(report)
  const detected = mutants.filter(({ status }) => noticed.has(status)).length
  const survivors = mutants.filter(({ status }) => missed.has(status))
  const equal = survivors.filter(isAccepted)
  const open = survivors.filter((mutant) => !isAccepted(mutant))
  const all = detected + survivors.length
  const share = (part, of) => (of === 0 ? "n/a" : `${((100 * part) / of).toFixed(1)} %`)
  if (values.survivors) {
    for (const { becomes, code, file, line, status } of open) {
      console.log(`${file}:${line} ${status === "NoCoverage" ? "(no test) " : ""}${code}  =>  ${becomes}`)
    }
  }
  console.log(
    `${path}: ${share(detected, all)} of ${all} changes noticed; ${equal.length} accepted as equal, ` +
      `${share(detected, all - equal.length)} without them; ${open.length} survived`
  )
  if (values.record) {
    const score = share(detected, all - equal.length)
    await record({ path, all, noticed: detected, accepted: equal.length, score })
  }
}

const names = positionals.length > 0 ? positionals : Object.keys(folders)
for (const target of names.map(targetOf)) await summarize(target.path, runStryker(target))
