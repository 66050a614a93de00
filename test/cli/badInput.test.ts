import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runCli, scratch } from "./cli.ts"

const { dir, remove } = scratch()
beforeAll(async () => {
  mkdirSync(join(dir, "folder"))
  writeFileSync(join(dir, "broken.yaml"), "risk: {max_daily_los: 1}")
  writeFileSync(join(dir, "text.db"), "not a database, whatever its name says")
  expect((await runCli(["init-db", "--db", "good.db"], { cwd: dir })).code).toBe(0)
})
afterAll(remove)

/** SQLite's own side files come and go with the cases that run at the same time. */
const filesIn = (path: string) =>
  readdirSync(path)
    .filter((name) => !/-(wal|shm)$/.test(name))
    .sort()

const good = ["--db", "good.db"]

/** Arguments, exit code, and what the one line on stderr must say. */
const matrix: ReadonlyArray<readonly [ReadonlyArray<string>, number, string]> = [
  [["swiches"], 2, "swiches: unknown command; did you mean switches?"],
  [["--jsno", "switches"], 2, "--jsno: unknown option; did you mean --json?"],
  [["switches", "--jsno"], 2, "--jsno: unknown option; did you mean --json?"],
  [["list-markets", "--limt", "3"], 2, "--limt: unknown option; did you mean --limit?"],
  [["list-markets", "--limit"], 2, "--limit: needs a value"],
  [["list-markets", "--limit="], 2, "--limit: needs a value"],
  [["list-markets", "--limit", "--json"], 2, "--limit: needs a value"],
  [["list-markets", "--limit", "1", "--limit", "2"], 2, "--limit: given more than once"],
  [["list-markets", "surplus"], 2, "surplus: unexpected argument"],
  ...["0", "-1", "1.5", "NaN", "Infinity", "1e99", "abc", "0x10", "1e18"].map(
    (text) => [["list-markets", `--limit=${text}`], 2, `--limit: must be a whole number`] as const
  ),
  [["list-markets", "--status", "opne"], 2, "--status: must be open, closed, all"],
  [["run", "--mode", "paper", "--from", "2026-01-01", ...good], 2, "--from: only with --mode backtest"],
  [["run", "--to", "2026-01-01", ...good], 2, "--to: only with --mode backtest"],
  [["run", "--mode", "backtest", "--cycles", "3", ...good], 2, "--cycles: a backtest ends where its data end"],
  [["run", "--mode", "backtest", "--confirm-live", ...good], 2, "--confirm-live: a backtest sends no orders"],
  [["list-signals", "--status", "old"], 2, "--status: must be new, executed, rejected, all"],
  [["list-signals", "--strategy", "s3", ...good], 2, '--strategy: unknown strategy "s3"; known: s1, s2, s4, s8'],
  [
    ["generate-signals", "--strategies", "s1,s99", ...good],
    2,
    '--strategies: unknown strategy "s99"; known: s1, s2, s4, s8'
  ],
  [["generate-signals", "--strategies", "s1,,s2"], 2, "--strategies: must be names separated by commas"],
  [["generate-signals", "--market-limit", "0"], 2, "--market-limit: must be a whole number"],
  [["ingest", "--source", "gama"], 2, "--source: must be gamma, data, clob, all"],
  [["ingest", "--full", "--incremental"], 2, "--full: cannot be combined with --incremental"],
  [["ingest", "--limit", "0"], 2, "--limit: must be a whole number of at least 1"],
  [
    ["backtest", "--regenerate", "--interval-sec", "0", ...good],
    2,
    "--interval-sec: must be at least 0.001 over recorded data, not 0"
  ],
  [
    ["run", "--mode", "backtest", "--interval-sec", "0.0001", ...good],
    2,
    "--interval-sec: must be at least 0.001 over recorded data, not 0.0001"
  ],
  [["set-switch", "KILL_SWITCH"], 2, "VALUE: is missing"],
  [["set-switch", "KILL_SWICH", "on", ...good], 2, 'NAME: "KILL_SWICH" is not a switch; did you mean KILL_SWITCH?'],
  [["set-switch", "KILL_SWITCH", "maybe", ...good], 2, "VALUE: must be 1/true/yes/y/on or 0/false/no/n/off"],
  [["switches", "--config", "gone.yaml"], 2, '--config: file "gone.yaml" does not exist'],
  [["switches", "--config", "folder"], 2, '--config: file "folder" cannot be read'],
  [["switches", "--config", "broken.yaml"], 2, "risk.max_daily_los: is not a known key; did you mean max_daily_loss?"],
  [["switches", "--db", ""], 2, "--db: must not be empty"],
  [["switches", "--db", "gone.db"], 1, "gone.db: does not exist; run `monomarket init-db`"],
  [["switches", "--db", "folder"], 1, "folder: is a folder"],
  [["switches", "--db", "text.db"], 1, "open text.db: the file is not a SQLite database"],
  [["\u001b[2Jswitches"], 2, "\\x1b[2Jswitches: unknown command"]
]

describe("bad input", () => {
  it.concurrent.each(matrix)("%j exits %i: %s", async (args, code, expected) => {
    const before = filesIn(dir)
    const run = await runCli(args, { cwd: dir })
    expect(run.stderr).toContain(expected)
    expect(run.stderr).toMatch(/^error: [^\n]+\n$/)
    expect(run.stdout).toBe("")
    expect(run.code).toBe(code)
    expect(filesIn(dir)).toStrictEqual(before)
  })

  it.each([
    [{ MONOMARKET_MODE: "real" }, "environment variable MONOMARKET_MODE: must be paper or live"],
    [{ MONOMARKET_CONFIG: "gone.yaml" }, "environment variable MONOMARKET_CONFIG: file"],
    [{ MONOMARKET_GAMMA_URL: "http://example.com" }, "environment variable MONOMARKET_GAMMA_URL: must be https"],
    [{ KILL_SWITCH: "flase" }, "environment variable KILL_SWITCH: must be 1/true/yes/y/on"],
    [{ REQUIRE_MANUAL_CONFIRM: "" }, "environment variable REQUIRE_MANUAL_CONFIRM: must be 1/true/yes/y/on"]
  ])("an unreadable environment is refused: %j", async (env, expected) => {
    const run = await runCli(["switches", ...good], { cwd: dir, env })
    expect(run.stderr).toContain(`error: ${expected}`)
    expect(run.stdout).toBe("")
    expect(run.code).toBe(2)
  })

  it("--verbose adds the cause to the line", async () => {
    const run = await runCli(["switches", "--db", "gone.db", "--verbose"], { cwd: dir })
    expect(run.stderr.split("\n")[0]).toMatch(/^error: database: open gone\.db/)
    expect(run.stderr.split("\n").length).toBeGreaterThan(2)
    expect(run.code).toBe(1)
  })
})
