// Everything that takes long: all tests with whole matrices where the usual run takes a sample (test/sample.ts), and the
// determinism gate over every Node version that is supported. The other versions come from npm, with the headers for
// which the SQLite driver is compiled, into a temporary folder. Arguments go to the tests.
import { execFileSync, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { root } from "./shared.mjs"

const majors = ["20", "22", "24"]
const own = process.versions.node.split(".")[0]
const nodePackage = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))

const run = (command, args, options) =>
  execFileSync(command, args, { stdio: ["ignore", "ignore", "inherit"], ...options })

/** A Node of another major version, and the command line beside a SQLite driver that this Node loads. */
const fetchNode = (folder, major) => {
  console.log(`fetching Node ${major} (${nodePackage}) and compiling the SQLite driver for it ...`)
  const place = join(folder, `node-${major}`)
  mkdirSync(place)
  writeFileSync(join(place, "package.json"), JSON.stringify({ name: `node-${major}`, private: true, type: "module" }))
  const install = ["install", "--prefix", place, "--no-audit", "--no-fund"]
  run("npm", [...install, "--ignore-scripts", `${nodePackage}@${major}`])
  const home = join(place, "node_modules", nodePackage)
  const env = { ...process.env, PATH: `${join(home, "bin")}${delimiter}${process.env.PATH}`, npm_config_nodedir: home }
  const driver = `better-sqlite3@${manifest.dependencies["better-sqlite3"]}`
  run("npm", [...install, "--ignore-scripts", driver], { env })
  run("npm", ["rebuild", "better-sqlite3", "--build-from-source", "--ignore-scripts=false"], { cwd: place, env })
  // What the built command line imports by name is looked for beside it.
  symlinkSync(join(root, "node_modules", "pdfkit"), join(place, "node_modules", "pdfkit"))
  const dist = join(place, "dist")
  run(process.execPath, [join(root, "scripts", "build.mjs"), "--fast", "--outdir", dist])
  const node = join(home, "bin", "node")
  run(node, ["-e", 'import("better-sqlite3").then((driver) => new driver.default(":memory:").close())'], { cwd: place })
  console.log(`Node ${execFileSync(node, ["--version"], { encoding: "utf8" }).trim()} is ready.`)
  return { node, cli: join(dist, "cli.js") }
}

const folder = mkdtempSync(join(tmpdir(), "monomarket-nodes-"))
let status = 1
try {
  const others = majors.filter((major) => major !== own).map((major) => fetchNode(folder, major))
  const env = { ...process.env, MONOMARKET_FULL: "1", MONOMARKET_NODES: JSON.stringify(others) }
  const args = [join(root, "scripts", "run-tests.mjs"), ...process.argv.slice(2)]
  status = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit", env }).status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(status)
