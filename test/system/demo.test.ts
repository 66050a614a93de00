import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Run, runCli, scratch } from "../cli/cli.ts"
import { problemsOf, scalar } from "./support.ts"

const folder = join("artifacts", "demo")
const files = [
  ...["backtest.json", "demo.db", "event.csv", "event.csv.sha256", "replay.csv", "replay.csv.sha256"],
  ...["strategy.csv", "strategy.csv.sha256"]
]

/** The summary that a machine reads; the test names what it needs of it. */
interface Summary {
  readonly total_signals: number
  readonly executed_signals: number
  readonly orders_filled: number
  readonly rows_ingested: number
  readonly signals: number
  readonly refused: number
  readonly ledger_sha256: string
  readonly ledger_rows: number
  readonly checksum_sha256: string
  readonly program: { readonly data_digest: string }
}

const summaryOf = (run: Run): Summary => JSON.parse(run.stdout)

describe("demo", () => {
  const worlds = [
    { ...scratch(), seed: 11, env: { TZ: "America/St_Johns", LANG: "de_DE.UTF-8", LC_ALL: "de_DE.UTF-8" } },
    { ...scratch(), seed: 11, env: { TZ: "Asia/Kathmandu", LANG: "C" } },
    { ...scratch(), seed: 12, env: {} }
  ]
  let runs: ReadonlyArray<Run> = []
  afterAll(() => worlds.forEach(({ remove }) => remove()))
  beforeAll(async () => {
    runs = await Promise.all(
      worlds.map(({ dir, env, seed }) =>
        runCli(["demo", "--markets", "150", "--steps", "4", "--seed", String(seed), "--json"], { cwd: dir, env })
      )
    )
  }, 240_000)

  it("collects, finds signals, trades and replays", () => {
    for (const run of runs) {
      expect(run.code).toBe(0)
      const summary = summaryOf(run)
      expect(summary.rows_ingested).toBeGreaterThan(500)
      expect(summary.refused).toBe(0)
      expect(summary.signals).toBeGreaterThan(100)
      expect(summary.total_signals).toBe(summary.signals)
    }
    const [first] = runs.map(summaryOf)
    expect(first!.executed_signals).toBeGreaterThan(0)
    expect(first!.orders_filled).toBeGreaterThan(0)
  })

  it("gives the same numbers and bytes wherever it runs, and others for another seed", () => {
    const [first, second, other] = runs.map(summaryOf)
    expect(second).toStrictEqual(first)
    expect(first!.ledger_sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(first!.program.data_digest).toMatch(/^[0-9a-f]{64}$/)
    const bytes = worlds.map(({ dir }) =>
      files.filter((name) => name !== "demo.db").map((name) => readFileSync(join(dir, folder, name), "utf8"))
    )
    expect(bytes[1]).toStrictEqual(bytes[0])
    expect(other!.ledger_sha256).not.toBe(first!.ledger_sha256)
    expect(other!.program.data_digest).not.toBe(first!.program.data_digest)
    expect(other!.total_signals).not.toBe(first!.total_signals)
  })

  it("leaves these files, whole, and nothing else", async () => {
    for (const { dir } of worlds) {
      expect(readdirSync(dir)).toStrictEqual(["artifacts"])
      expect(readdirSync(join(dir, "artifacts"))).toStrictEqual(["demo"])
      expect(readdirSync(join(dir, folder)).sort()).toStrictEqual(files)
      const database = join(dir, folder, "demo.db")
      expect(await problemsOf(database)).toStrictEqual([])
      expect(scalar(database, "SELECT COUNT(*) FROM ingestion_runs WHERE status <> 'ok'")).toBe(0)
    }
  })

  it("writes artifacts that verify, until somebody touches one", async () => {
    const [{ dir }] = worlds as [(typeof worlds)[number]]
    const names = ["backtest.json", "replay.csv", "strategy.csv", "event.csv"].map((name) => join(folder, name))
    const verified = await runCli(["verify", ...names, "--json"], { cwd: dir })
    expect(verified).toMatchObject({ code: 0, stderr: "" })
    const [json] = JSON.parse(verified.stdout)
    expect(json).toMatchObject({ valid: true, checksum_sha256: summaryOf(runs[0]!).checksum_sha256 })
    appendFileSync(join(dir, folder, "replay.csv"), "one more row\n")
    const touched = await runCli(["verify", ...names, "--json"], { cwd: dir })
    expect(touched).toMatchObject({ code: 1, stdout: "" })
    expect(touched.stderr).toContain("replay.csv")
  })

  it.each([
    ["--steps", "1"],
    ["--steps", "four"],
    ["--markets", "1"],
    ["--seed", "-1"]
  ])("refuses %s %s and makes nothing", async (option, value) => {
    const { dir, remove } = scratch()
    const run = await runCli(["demo", option, value], { cwd: dir })
    expect(run).toMatchObject({ code: 2, stdout: "" })
    expect(run.stderr).toMatch(new RegExp(`^error: ${option}: must be a whole number [^\n]+\n$`))
    expect(existsSync(join(dir, "artifacts"))).toBe(false)
    remove()
  })
})
