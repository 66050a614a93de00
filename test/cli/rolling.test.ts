import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runCli, scratch } from "./cli.ts"

const { dir, remove } = scratch()
afterAll(remove)
const rolling = (...args: ReadonlyArray<string>) => runCli(["backtest-rolling", ...args], { cwd: dir })

const START_US = Date.UTC(2026, 1, 20) * 1_000
const HOUR_US = 3_600_000_000

beforeAll(async () => {
  expect((await runCli(["init-db"], { cwd: dir })).code).toBe(0)
  const db = new Sqlite(join(dir, "data", "monomarket.db"))
  const snapshot = db.prepare(
    `INSERT INTO market_snapshots (source, market_id, event_id, yes_price, no_price, mid_price, liquidity, volume,
       captured_at, captured_us) VALUES ('gamma', 'm1', 'e1', ?, ?, ?, 900, 0, '', ?)`
  )
  const signal = db.prepare(
    `INSERT INTO signals (strategy, market_id, event_id, side, score, confidence, target_price, size_hint, rationale,
       payload_json, status, created_at, updated_at, created_us)
     VALUES ('s4', 'm1', 'e1', 'buy', 1, 0.5, ?, 10, '', '{}', 'new', '', '', ?)`
  )
  for (let hour = 0; hour <= 48; hour += 1) {
    const yes = 0.4 + 0.01 * (hour % 7)
    snapshot.run(yes, 1 - yes, yes, START_US + hour * HOUR_US)
    signal.run(yes + (hour % 3 === 0 ? -0.05 : 0.01), START_US + hour * HOUR_US + 1)
  }
  db.close()
})

describe("backtest-rolling", () => {
  it("prints the same with one worker and with three", async () => {
    const runs = await Promise.all(["1", "3"].map((workers) => rolling("--step-hours", "3", "--workers", workers)))
    for (const { code, stderr, stdout } of runs) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
      expect(stdout).toMatch(/windows +17 of 24\.00 h, one every 3\.00 h \(overlap\)/)
      expect(stdout).toMatch(/not marketable +\d+ +100\.00%/)
    }
    expect(runs[1]!.stdout).toBe(runs[0]!.stdout)
  })

  it("writes a summary that verify accepts until a byte of it changes", async () => {
    const run = await rolling("--out-json", "out/rolling.json", "--with-checksum", "--json")
    expect(run.code).toBe(0)
    const file = join(dir, "out", "rolling.json")
    const text = readFileSync(file, "utf8")
    const { files, ...printed } = JSON.parse(run.stdout)
    expect(files).toEqual(["out/rolling.json"])
    expect(printed).toEqual(JSON.parse(text))
    expect(printed).toMatchObject({
      schema_version: "rolling-1.0",
      kind: "backtest_rolling_summary",
      window_hours: 24,
      step_hours: 12,
      overlap_mode: "overlap"
    })
    const verify = () => runCli(["verify", "out/rolling.json"], { cwd: dir })
    expect((await verify()).stdout).toMatch(/schema rolling-1\.0, \d+ windows/)
    writeFileSync(file, text.replace(`"run_count": ${printed.summary.run_count}`, `"run_count": 99`))
    const broken = await verify()
    expect(broken.code).toBe(1)
    expect(broken.stderr).toContain("checksum_sha256")
  })

  it.each([
    [["--window-hours", "0"], /^error: --window-hours: must be a number above 0/],
    [["--step-hours", "-1"], /^error: --step-hours: must be a number above 0/],
    [["--step-hours", "0.001"], /^error: --step-hours: 0\.001 makes \d+ windows; at most 10000 are run/],
    [["--from", "2026-02-21", "--to", "2026-02-20"], /^error: --from: must be before --to/],
    [["--strategies", "s77"], /^error: --strategies: unknown strategy "s77"; known: s1, s2, s4, s8/],
    [["--workers", "0"], /^error: --workers: must be a whole number of at least 1/]
  ])("refuses %j in one line and writes nothing", async (args, message) => {
    const run = await rolling(...args, "--out-json", "never.json")
    expect(run.code).toBe(2)
    expect(run.stdout).toBe("")
    expect(run.stderr).toMatch(message)
    expect(run.stderr.trimEnd().split("\n")).toHaveLength(1)
    expect(existsSync(join(dir, "never.json"))).toBe(false)
  })
})
