import { readFileSync } from "node:fs"
import { join } from "node:path"
import Database from "better-sqlite3"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { commandTable } from "../../src/cli/commands/table.ts"
import { VERSION } from "../../src/domain/version.ts"
import { root } from "../shared.ts"
import { runCli, scratch } from "./cli.ts"

const { dir, remove } = scratch()
afterAll(remove)
const cli = (...args: ReadonlyArray<string>) => runCli(args, { cwd: dir })

/** As an ingest would have left them; the question tries to take over the terminal. */
const insertMarkets = () => {
  const db = new Database(join(dir, "data", "monomarket.db"))
  const at = "2026-02-20T00:00:00Z"
  const insert = db.prepare(
    `insert into markets (source, market_id, canonical_id, event_id, question, status, neg_risk, yes_price, no_price,
       best_bid, best_ask, mid_price, liquidity, volume, updated_at, updated_us)
     values ('gamma', ?, ?, 'e1', ?, 'open', 0, ?, ?, null, null, ?, 1000, 0, '${at}', 1771545600000000)`
  )
  insert.run("m1", "c1", "Will it \u001b[2Jrain\u009b31m in 東京?", 0.05, 0.95, 0.05)
  insert.run("m2", "c2", "Will it snow?", 0.6, 0.4, 0.6)
  db.close()
}

describe("the first session of a newcomer", () => {
  beforeAll(async () => {
    expect(await cli("init-db")).toMatchObject({
      code: 0,
      stdout: "Database data/monomarket.db is ready.\n",
      stderr: ""
    })
    insertMarkets()
  })

  it("init-db may be run again", async () => {
    expect((await cli("init-db", "--json")).stdout).toBe(
      `${JSON.stringify({ db_path: "data/monomarket.db", status: "ready" }, null, 2)}\n`
    )
  })

  it("lists markets with their data escaped", async () => {
    const run = await cli("list-markets")
    expect(run.stdout).toContain("Will it \\x1b[2Jrain\\x9b31m in 東京?")

    expect(run.stdout).not.toMatch(/[\u001b\u009b]/)
  })

  it("lists markets as one JSON value that keeps the data", async () => {
    const run = await cli("--json", "list-markets", "--limit", "5")
    const markets: ReadonlyArray<{ question: string }> = JSON.parse(run.stdout)
    expect(markets.map(({ question }) => question)).toContain("Will it \u001b[2Jrain\u009b31m in 東京?")
    expect(run.stdout).not.toContain("\u009b")
  })

  it("generates signals, best first, and lists them", async () => {
    const run = await cli("generate-signals", "--json")
    const report: { by_strategy: unknown; signals: ReadonlyArray<{ score: number }> } = JSON.parse(run.stdout)
    expect(report.by_strategy).toStrictEqual({ s1: 0, s2: 0, s4: 1, s8: 1 })
    const scores = report.signals.map(({ score }) => score)
    expect(scores).toStrictEqual([...scores].sort((a, b) => b - a))
    const listed: ReadonlyArray<{ strategy: string; status: string }> = JSON.parse(
      (await cli("list-signals", "--strategy", "s4", "--status", "new", "--json")).stdout
    )
    expect(listed).toMatchObject([{ strategy: "s4", status: "new" }])
    expect((await cli("list-signals")).stdout).toContain("tail hedge")
  })

  it("says when there are more markets than the limit", async () => {
    const run = await cli("generate-signals", "--market-limit", "1", "--strategies", "S4")
    expect(run.stderr).toContain("raise --market-limit")
    expect(run.code).toBe(0)
  })

  it("sets a switch, shows its origin, and lets the environment win", async () => {
    expect((await cli("set-switch", "kill_switch", "on")).stdout).toContain("KILL_SWITCH is now true in the database.")
    const kill = async (env: Record<string, string>) => {
      const run = await runCli(["switches", "--json"], { cwd: dir, env })
      const states: ReadonlyArray<{ name: string }> = JSON.parse(run.stdout)
      return states.find(({ name }) => name === "KILL_SWITCH")
    }
    expect(await kill({})).toStrictEqual({ name: "KILL_SWITCH", value: true, origin: "database" })
    expect(await kill({ KILL_SWITCH: "no" })).toStrictEqual({
      name: "KILL_SWITCH",
      value: false,
      origin: "environment"
    })
  })

  it("refuses a switch that the database spells wrongly, and lets it be set right", async () => {
    const db = new Database(join(dir, "data", "monomarket.db"))
    db.prepare("update switches set value = 'offf' where name = 'KILL_SWITCH'").run()
    db.close()
    const broken = await cli("switches")
    expect(broken).toMatchObject({ code: 2, stdout: "" })
    expect(broken.stderr).toContain("KILL_SWITCH in the database: must be")
    expect((await cli("set-switch", "KILL_SWITCH", "off")).code).toBe(0)
    expect((await cli("switches")).code).toBe(0)
  })
})

describe("help and version", () => {
  it("print the version of package.json", async () => {
    const manifest: { version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
    expect(VERSION).toBe(manifest.version)
    expect(await cli("--version")).toMatchObject({ code: 0, stdout: `${VERSION}\n`, stderr: "" })
  })

  it.each([[[]], [["--help"]], [["help"]]])("list every command: %j", async (args) => {
    const run = await runCli(args, { cwd: dir })
    expect(run.code).toBe(0)
    for (const { name } of commandTable) expect(run.stdout).toContain(`  ${name} `)
  })

  it.each(commandTable.map(({ name }) => name))("%s explains each of its options", async (name) => {
    const run = await cli(name, "--help")
    expect(run).toMatchObject({ code: 0, stderr: "" })
    expect(run.stdout).toMatch(/^USAGE\n/)
    expect(run.stdout).toContain(`monomarket ${name}`)
    expect(run.stdout).toMatch(/\n {2}--db file +SQLite database/)
    const options = run.stdout
      .slice(run.stdout.indexOf("OPTIONS"))
      .split("\n")
      .filter((line) => line.startsWith("  -"))
    for (const line of options) expect(line).toMatch(/^ {2}\S.*? {2,}\S/)
  })

  it("is the command's help beside other options too, whose values are still checked", async () => {
    expect((await cli("exchange", "--port", "1", "--help")).stdout).toBe((await cli("exchange", "--help")).stdout)
    expect(await cli("exchange", "--prot", "1", "--help")).toMatchObject({ code: 2 })
  })

  it("help <command> is the command's help", async () => {
    expect((await cli("help", "switches")).stdout).toBe((await cli("switches", "--help")).stdout)
  })
})
