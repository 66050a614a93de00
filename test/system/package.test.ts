import { execFileSync, spawn } from "node:child_process"
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { builtinModules } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { builtCli } from "../cli/cli.ts"
import { root } from "../shared.ts"

// What `npm pack` makes is laid into two empty projects, as an installation would: the package itself, and its declared
// dependencies and nothing else beside it. The programs are those of docs/examples.

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, unknown>>
}

const manifest: Manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
const folder = mkdtempSync(join(tmpdir(), "monomarket-package-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const names: Array<string> = []
const bytes = { packed: 0, unpacked: 0 }
const packed = join(folder, "package")
const installed = (project: string): string => join(folder, project, "node_modules", "monomarket")

const filesBelow = (dir: string): ReadonlyArray<string> =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name))

/** Types of the last whole build when no source is newer, as after scripts/setup.sh; else made now, which takes a while. */
const putTypes = async (target: string): Promise<void> => {
  const present = join(root, "dist", "types")
  const builtMs = statSync(join(present, "promise.d.ts"), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const inputs = [
    ...filesBelow(join(root, "src")),
    join(root, "scripts", "build.mjs"),
    join(root, "tsconfig.build.json")
  ]
  if (inputs.every((path) => statSync(path).mtimeMs < builtMs)) return cpSync(present, target, { recursive: true })
  const { status, stderr, stdout } = await start(
    process.execPath,
    [join(root, "scripts", "build.mjs"), "--types", target],
    root
  )
  if (status !== 0) throw new Error(`the types could not be built: ${stdout}${stderr}`)
}

/** The programs are built already (test/globalSetup.ts). */
const pack = async (): Promise<void> => {
  const source = join(folder, "source")
  for (const name of ["package.json", "README.md", "LICENSE", "docs", "configs"]) {
    cpSync(join(root, name), join(source, name), { recursive: true })
  }
  cpSync(dirname(builtCli()), join(source, "dist"), { recursive: true })
  await putTypes(join(source, "dist", "types"))
  const options = ["--ignore-scripts", "--json", "--offline", "--pack-destination", folder]
  const [report] = JSON.parse((await start("npm", ["pack", ...options], source)).stdout)
  bytes.packed = report.size
  bytes.unpacked = report.unpackedSize
  for (const { path } of report.files) names.push(path)
  execFileSync("tar", ["xzf", join(folder, report.filename), "-C", folder])
}

/** An empty project with the package and what it declares; `more`: what the project itself asked for. */
const install = (project: string, more: ReadonlyArray<string> = []): void => {
  mkdirSync(installed(project), { recursive: true })
  cpSync(packed, installed(project), { recursive: true })
  for (const name of [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies), ...more]) {
    const link = join(folder, project, "node_modules", name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, "node_modules", name), link)
  }
  writeFileSync(join(folder, project, "package.json"), JSON.stringify({ type: "module", private: true }))
}

/** Not synchronous: vitest gives up a worker that is silent for a minute. */
const start = (command: string, args: ReadonlyArray<string>, cwd: string) => {
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env["PATH"] ?? "" },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let [stdout, stderr] = ["", ""]
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
  return new Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }>((resolve) =>
    child.on("close", (status) => resolve({ status, stdout, stderr }))
  )
}
const run = (project: string, ...args: ReadonlyArray<string>) => start(process.execPath, args, join(folder, project))

const example = (project: string, name: string): void =>
  cpSync(join(root, "docs", "examples", name), join(folder, project, name))

const importsOf = (path: string): ReadonlyArray<string> =>
  [...readFileSync(path, "utf8").matchAll(/(?:^|[;}\s])(?:from|import)\s*\(?\s*"([^"\n]+)"/g)].map(
    ([, name = ""]) => name
  )

beforeAll(async () => {
  await pack()
  install("javascript")
  install("typescript", ["@types/node"])
}, 300_000)

describe("the package", () => {
  it("holds what is needed to run, and nothing of the workshop", () => {
    for (const name of ["README.md", "LICENSE", "dist/cli.js", "dist/promise.js", "dist/types/index.d.ts"]) {
      expect(names).toContain(name)
    }
    expect(
      names.filter((name) => /^(src|test|scripts|data|artifacts)\/|\.(map|db|test\.ts)$/.test(name))
    ).toStrictEqual([])
    expect(bytes.packed).toBeLessThan(8_000_000)
    expect(bytes.unpacked).toBeLessThan(14_000_000)
  })

  it("runs nothing when it is installed, and is built when it is packed", () => {
    const atInstall = ["preinstall", "install", "postinstall", "prepare", "prepublish", "preprepare", "postprepare"]
    expect(Object.keys(manifest.scripts).filter((name) => atInstall.includes(name))).toStrictEqual([])
    expect(manifest.scripts["prepack"]).toBe(manifest.scripts["build"])
  })

  it("names no path of the machine that built it", () => {
    const texts = filesBelow(join(packed, "dist")).filter((path) => /\.(js|ts)$/.test(path))
    expect(texts.filter((path) => readFileSync(path, "utf8").includes(root))).toStrictEqual([])
  })

  it("has a file behind every entry", () => {
    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === "string" ? [target] : Object.values(target as Readonly<Record<string, string>>)
    )
    expect(targets.filter((path) => !existsSync(join(packed, path)))).toStrictEqual([])
  })

  it("imports only what it declares, and leaves Effect to the consumer", () => {
    const declared = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)]
    const library = [...filesBelow(join(packed, "dist", "library")), ...filesBelow(join(packed, "dist", "types"))]
    const entries = ["index.js", "promise.js", "strategy.js", "typescript.js", "typescriptHooks.js"]
    const strangers = [...library, ...entries.map((name) => join(packed, "dist", name))]
      .flatMap(importsOf)
      .filter((name) => {
        if (name.startsWith(".") || name.startsWith("node:") || builtinModules.includes(name)) return false
        return !declared.some((known) => name === known || name.startsWith(`${known}/`))
      })
    expect([...new Set(strangers)]).toStrictEqual([])
    expect(Object.keys(manifest.peerDependencies)).toContain("effect")
    expect(Object.keys(manifest.dependencies).filter((name) => /^(effect$|@effect\/)/.test(name))).toStrictEqual([])
    // A bundled Effect would define its own tag for services.
    const defines = library.filter((path) => readFileSync(path, "utf8").includes('Symbol.for("effect/Context/Tag")'))
    expect(defines).toStrictEqual([])
  })
})

describe("a project in plain JavaScript", { timeout: 120_000 }, () => {
  it("backtests a strategy of its own through Promises", async () => {
    example("javascript", "backtest.mjs")
    example("javascript", "favourites.ts")
    const { status, stderr, stdout } = await run("javascript", "backtest.mjs")
    expect(stderr).toBe("")
    expect(status).toBe(0)
    expect(stdout).toMatch(/^favourites: \d+ trades, -?\d+\.\d\d USDC\n\d+ of \d+ signals executed/)
    expect(stdout).toContain("checked: checksum")
  })

  it("gets Errors of one line, with code and field", async () => {
    writeFileSync(
      join(folder, "javascript", "errors.mjs"),
      `import { MonomarketError, runBacktest, defineStrategy, generateSignals, initDatabase } from "monomarket/promise"
const told = async (promise) => {
  try { await promise } catch (error) { console.log(JSON.stringify([error instanceof MonomarketError, error instanceof Error, error.code, error.field, error.message])) }
}
await told(runBacktest({ database: "nowhere.db" }))
await told(runBacktest({ database: "nowhere.db", config: { risk: { max_daily_los: 1 } } }))
await initDatabase({ database: "here.db" })
await told(runBacktest({ database: "here.db", from: "yesterday", to: "2026-02-20" }))
await told(generateSignals({ database: "here.db", strategies: ["s77"] }))
await told(generateSignals({ database: "here.db", strategies: [defineStrategy({ id: "one", title: "One", generate: () => 1 })] }))
await told(runBacktest({ database: "here.db", from: "2026-02-19", to: "2026-02-20", signal: AbortSignal.abort() }))
`
    )
    const { stderr, stdout } = await run("javascript", "errors.mjs")
    expect(stderr).toBe("")
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
    ).toStrictEqual([
      [true, true, "StoreError", null, expect.stringContaining("does not exist")],
      [true, true, "InputError", "risk.max_daily_los", expect.stringContaining("is not a known key")],
      [true, true, "InputError", "from", expect.stringContaining('not "yesterday"')],
      [
        true,
        true,
        "InputError",
        "strategies",
        expect.stringMatching(/^strategies: unknown strategy "s77"; known: s1,/)
      ],
      [true, true, "StrategyError", "generate", 'strategy "one": generate: must give a list, not 1'],
      [true, true, "Interrupted", null, expect.any(String)]
    ])
  })

  it("tests its own program against the simulated exchange", async () => {
    example("javascript", "exchange.test.mjs")
    const { status, stdout } = await run("javascript", "--test", "exchange.test.mjs")
    expect(stdout).toMatch(/pass 2\b/)
    expect(status).toBe(0)
  })

  it("has the command line", async () => {
    const { stdout } = await run("javascript", join("node_modules", "monomarket", "dist", "cli.js"), "--version")
    expect(stdout).toMatch(/^\d+\.\d+/)
  })
})

// A compiler that shares its cores with other tests may take minutes.
describe("a project in TypeScript with Effect", { timeout: 240_000 }, () => {
  const compilerOptions = {
    target: "ES2022",
    lib: ["ES2023"],
    module: "NodeNext",
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true
  }

  it("type-checks strictly, sees no future, and runs with Layers of its own", async () => {
    example("typescript", "layers.ts")
    example("typescript", "modes.ts")
    example("typescript", "favourites.ts")
    writeFileSync(join(folder, "typescript", "tsconfig.json"), JSON.stringify({ compilerOptions }))
    writeFileSync(
      join(folder, "typescript", "future.ts"),
      `import { defineStrategy } from "monomarket"
export default defineStrategy({
  id: "cheat",
  title: "Reads the future",
  generate: ({ markets }) => {
    // @ts-expect-error: not known when a strategy is asked
    markets.map((market) => market.payout)
    // @ts-expect-error: nor is this
    markets.map((market) => market.resolvedAtUs)
    // @ts-expect-error: what is seen cannot be changed
    for (const market of markets) market.yesPrice = 1
    return []
  }
})
`
    )
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc")
    expect(await run("typescript", tsc, "-p", ".")).toStrictEqual({ status: 0, stdout: "", stderr: "" })
    const { status, stderr, stdout } = await run("typescript", "--import", "monomarket/typescript", "layers.ts")
    expect(stderr).toBe("")
    expect(stdout).toMatch(
      /^favourites wants 70\.42 of rain: .*\n.* is filled: the simulated venue filled it at 0\.71\d*\n$/
    )
    expect(status).toBe(0)
  })

  it("runs one program on paper, over what that recorded, and live, where it sends nothing without credentials", async () => {
    example("typescript", "modes.ts")
    example("typescript", "favourites.ts")
    const { status, stderr, stdout } = await run("typescript", "--import", "monomarket/typescript", "modes.ts")
    expect(stderr).toBe("")
    const [paper = "", backtest = "", live = ""] = stdout.split("\n")
    expect(paper).toMatch(/^paper: [1-9]\d* signals, [1-9]\d* executed$/)
    expect(backtest).toBe(paper.replace("paper", "backtest"))
    expect(live).toMatch(/^live: 0 signals, 0 executed; own orders cannot be seen: .* nothing was sent$/)
    expect(status).toBe(0)
  })

  it("cannot break its own rules: declarations are whole", async () => {
    const whole = { ...compilerOptions, skipLibCheck: false, types: [] }
    writeFileSync(
      join(folder, "typescript", "whole.json"),
      JSON.stringify({ compilerOptions: whole, files: ["whole.ts"] })
    )
    writeFileSync(join(folder, "typescript", "whole.ts"), `export * from "monomarket/strategy"\n`)
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc")
    expect(await run("typescript", tsc, "-p", "whole.json")).toStrictEqual({ status: 0, stdout: "", stderr: "" })
  })
})
