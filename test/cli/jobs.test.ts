import { spawn } from "node:child_process"
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startExchange } from "../../src/simulator/server.ts"
import { makeUniverse } from "../../src/simulator/universe.ts"
import { root } from "../shared.ts"
import { problemsOf } from "../system/support.ts"
import { builtCli, runCli, scratch } from "./cli.ts"

const { dir, remove } = scratch()
const scope = Effect.runSync(Scope.make())
let urls: Record<string, string> = {}

beforeAll(async () => {
  const backend = makeUniverse({ seed: 5, markets: 60 })
  const exchange = await Effect.runPromise(
    Scope.extend(startExchange({ backend, time: { kind: "real", speed: 600 } }), scope)
  )
  urls = {
    MONOMARKET_GAMMA_URL: exchange.urls.gamma,
    MONOMARKET_DATA_URL: exchange.urls.data,
    MONOMARKET_CLOB_URL: exchange.urls.clob
  }
})
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  remove()
})

const cli = (args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
  runCli(args, { cwd: dir, env: { ...urls, ...env } })

const lines = (path: string): ReadonlyArray<Record<string, unknown>> =>
  existsSync(path)
    ? readFileSync(path, "utf8")
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line))
    : []

const soakArgs = (outDir: string, hours: string) =>
  ["soak", "--hours", hours, "--interval-sec", "0.5", "--ingest-limit", "40", "--retry-backoff-sec", "0.1"].concat([
    "--out-dir",
    outDir
  ])

/** Starts a soak and sends `signal` once it has `cycles` cycles on record. */
const soakUntil = (outDir: string, hours: string, cycles: number, signal: NodeJS.Signals) =>
  new Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }>((resolve) => {
    const child = spawn(process.execPath, [builtCli(), ...soakArgs(outDir, hours)], {
      cwd: dir,
      env: { PATH: process.env["PATH"] ?? "", ...urls }
    })
    let stdout = ""
    let stderr = ""
    let sent = false
    child.stdout.on("data", (data) => (stdout += String(data)))
    // A line of progress is written when a cycle is on record.
    child.stderr.on("data", (data) => {
      stderr += String(data)
      if (!sent && stderr.includes(`cycle ${cycles} `)) {
        sent = true
        child.kill(signal)
      }
    })
    child.on("close", (code, ended) => resolve({ code, signal: ended, stdout, stderr }))
  })

describe("cycle and nightly from the command line", () => {
  it("run on paper whatever is configured, and say where the artifacts are", async () => {
    const live = { ENABLE_LIVE_TRADING: "true", MONOMARKET_MODE: "live" }
    const cycle = await cli(["cycle", "--ingest-limit", "60", "--strategies", "s4", "--json"], live)
    expect(cycle).toMatchObject({ code: 0, stderr: "" })
    const report = JSON.parse(cycle.stdout)
    expect(report).toMatchObject({ mode: "paper", ingest_status: "ok", results: [{ strategy: "s4" }] })
    expect(report.run_dir).toMatch(/^artifacts\/backtest\/runs\/\d{8}T\d{6}Z$/)
    expect((await cli(["verify", report.artifact, join(report.run_dir, "replay.csv")])).code).toBe(0)

    const nightly = await cli(["nightly", "--date", "2026-02-20", "--rolling-reject-top-k", "1"], live)
    expect(nightly.code).toBe(0)
    expect(nightly.stdout).toMatch(/^Nightly 2026-02-20 \| window=.* rolling_json=\S+\n$/)
    const day = join(dir, "artifacts", "backtest", "nightly", "2026-02-20")
    expect(readFileSync(join(day, "summary.txt"), "utf8")).toBe(nightly.stdout)
    const verified = await cli(["nightly-summary-verify", join(day, "summary.json"), "--json"])
    expect(JSON.parse(verified.stdout)).toMatchObject({ valid: true, date: "2026-02-20", files: 11 })
  })

  it("refuse what makes no sense, in one line", async () => {
    const bad: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
      [["nightly", "--date", "2026-02-30"], /^error: --date: must be a date such as/],
      [["cycle", "--lookback-hours", "0"], /^error: --lookback-hours: must be a number above 0/],
      [["cycle", "--window", "all"], /^error: --window: must be cycle, lookback/],
      [["soak", "--hours", "-1"], /^error: --hours: must be a number above 0/],
      [["soak", "--max-signals-per-cycle", "1.5"], /^error: --max-signals-per-cycle: must be a whole number/],
      [["align", "--out", "report.pdf"], /^error: --out: must be a file that ends in \.md/],
      [["nightly-summary-verify"], /^error: /]
    ]
    for (const [args, message] of bad) {
      const run = await cli(args)
      expect([args, run.code, run.stdout]).toEqual([args, 2, ""])
      expect(run.stderr).toMatch(message)
      expect(run.stderr.trimEnd()).not.toContain("\n")
    }
    const nobody = await cli(["soak-status", "--out-dir", "nowhere"])
    expect(nobody).toMatchObject({ code: 1, stderr: "error: soak in nowhere does not exist\n" })
  })
})

describe("a soak against the loopback exchange", () => {
  it("is killed, goes on with the same count, and ends with exit code 0 when told to", async () => {
    const outDir = join(dir, "soak")
    const history = join(outDir, "status", "history.jsonl")
    const killed = await soakUntil(outDir, "1", 3, "SIGKILL")
    expect(killed.signal).toBe("SIGKILL")
    const before = lines(history)
    expect(before.map(({ cycle }) => cycle)).toEqual(before.map((_, index) => index + 1))
    const status = JSON.parse((await cli(["soak-status", "--out-dir", outDir, "--json"])).stdout)
    expect(status).toMatchObject({ state: "killed", cycles: before.length, latest: { status: expect.any(String) } })
    expect(await problemsOf(join(dir, "data", "monomarket.db"))).toEqual([])

    const stopped = await soakUntil(outDir, "1", before.length + 2, "SIGTERM")
    expect([stopped.code, stopped.signal]).toEqual([0, null])
    expect(stopped.stdout).toContain("stopped at")
    const after = lines(history)
    const cycles = after.slice(0, -1)
    expect(cycles.map(({ cycle }) => cycle)).toEqual(cycles.map((_, index) => index + 1))
    expect(cycles.length).toBeGreaterThanOrEqual(before.length + 2)
    expect(after.at(-1)).toMatchObject({ status: "finished", cycles: cycles.length, out_dir: outDir })
    expect(cycles.every(({ ingest_ok, status }) => ingest_ok === true && status === "ok")).toBe(true)
    const latest = JSON.parse(readFileSync(join(outDir, "status", "latest.json"), "utf8"))
    expect(latest).toMatchObject({ status: "finished", cycle: cycles.length })
    expect(await problemsOf(join(dir, "data", "monomarket.db"))).toEqual([])
    const shown = await cli(["soak-status", "--out-dir", outDir, "--last", "2"])
    expect(shown.stdout).toMatch(/state +finished/)
    expect((await cli(soakArgs(outDir, "1"))).stderr).toContain("name another folder")

    // What paper did can be laid beside a backtest of it.
    const align = await cli(["align", "--out", "align.md", "--json"])
    expect(align.code).toBe(0)
    expect(JSON.parse(align.stdout)).toMatchObject({
      kind: "backtest_paper_alignment",
      paper: { signals: expect.any(Number) }
    })
    expect((await cli(["verify", "align.json"])).code).toBe(0)
    expect(readFileSync(join(dir, "align.md"), "utf8")).not.toContain("{{")
  }, 180_000)
})

describe("the scripts", () => {
  it("are short, and run the built command line with their options from any folder", async () => {
    const names = ["backtest_cycle.sh", "backtest_nightly_report.sh", "paper_soak_24h.sh", "paper_soak_status.sh"]
    mkdirSync(join(dir, "program", "scripts"), { recursive: true })
    symlinkSync(dirname(builtCli()), join(dir, "program", "dist"))
    for (const name of names) {
      const script = join(root, "scripts", name)
      expect(readFileSync(script, "utf8").split("\n").length).toBeLessThan(60)
      copyFileSync(script, join(dir, "program", "scripts", name))
    }
    const run = (name: string, ...args: ReadonlyArray<string>) =>
      new Promise<{ code: number | null; stdout: string }>((resolve) => {
        const child = spawn("bash", [join(dir, "program", "scripts", name), ...args], {
          cwd: join(dir, "program"),
          env: { PATH: process.env["PATH"] ?? "", ...urls, ENABLE_LIVE_TRADING: "true" },
          stdio: ["ignore", "pipe", "ignore"]
        })
        let stdout = ""
        child.stdout.on("data", (data) => (stdout += String(data)))
        child.on("close", (code) => resolve({ code, stdout }))
      })
    expect(await run("backtest_cycle.sh", "--ingest-limit", "40")).toMatchObject({ code: 0 })
    expect(await run("backtest_nightly_report.sh", "--date", "2026-02-21")).toMatchObject({ code: 0 })
    expect(await run("paper_soak_24h.sh", "--hours", "0.0001", "--ingest-limit", "40")).toMatchObject({ code: 0 })
    const status = await run("paper_soak_status.sh", "--json")
    expect(JSON.parse(status.stdout)).toMatchObject({ state: "finished", cycles: 1 })
    expect(readdirSync(join(dir, "program", "artifacts")).sort()).toEqual(["backtest", "soak"])
  }, 120_000)
})
