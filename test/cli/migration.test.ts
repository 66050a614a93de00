import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { migrationMap } from "../../src/backtest/migrationMap.ts"
import { withChecksum } from "../../src/backtest/migrate.ts"
import { smallArtifact } from "../backtest/artifactSamples.ts"
import { type Loose } from "../simulator/support.ts"
import { runCli, scratch } from "./cli.ts"

const { dir, remove } = scratch()
afterAll(remove)
const cli = (...args: ReadonlyArray<string>) => runCli(args, { cwd: dir })
const write = (name: string, value: unknown) =>
  writeFileSync(join(dir, name), typeof value === "string" ? value : JSON.stringify(value))
const read = (name: string): Loose => JSON.parse(readFileSync(join(dir, name), "utf8"))

describe("backtest-migrate-v1-to-v2", () => {
  beforeAll(() => write("v1.json", withChecksum(smallArtifact({ compat: "market" }))))

  it("writes a 2.0 artifact that verify accepts, and tells what it did", async () => {
    const run = await cli("backtest-migrate-v1-to-v2", "--in", "v1.json", "--out", "new/v2.json", "--with-checksum")
    expect(run).toMatchObject({ code: 0, stderr: "" })
    const v2 = read("new/v2.json")
    expect(run.stdout).toBe(
      "migrated v1.json (1.0) to new/v2.json (2.0), 1 ledger rows\n" +
        `kept under extensions: compat\nsha256 ${v2.checksum_sha256}\n`
    )
    expect(Object.keys(v2)).toStrictEqual([
      ...["schema_version", "meta", "summary", "configs", "attribution", "replay"],
      ...["extensions", "checksum_algo", "checksum_sha256"]
    ])
    expect(await cli("verify", "new/v2.json")).toMatchObject({
      code: 0,
      stdout:
        `ok  ${v2.checksum_sha256}  new/v2.json  (checksum, schema 2.0, 1 ledger rows, figures)\n` +
        "    not checkable: attribution.strategy pnl of what is open at the end (1.2 added closing_positions)\n"
    })
  })

  it("prints one JSON value and leaves the checksum out unless asked", async () => {
    const run = await cli("backtest-migrate-v1-to-v2", "--in=v1.json", "--out=plain.json", "--json")
    expect(JSON.parse(run.stdout)).toStrictEqual({
      in: "v1.json",
      out: "plain.json",
      source_schema_version: "1.0",
      schema_version: "2.0",
      ledger_rows: 1,
      extensions: ["compat"]
    })
    expect(read("plain.json")).not.toHaveProperty("checksum_sha256")
  })

  const bad = (changes: Loose) => JSON.stringify(smallArtifact(changes))
  it.each([
    [
      "another major version",
      bad({ schema_version: "4.2" }),
      1,
      "bad.json: schema_version: is 4.2; a backtest artifact"
    ],
    ["a missing field", bad({ results: [{ strategy: "s1" }] }), 1, "bad.json: results[0].pnl: is missing"],
    ["a wrong type", bad({ total_signals: "many" }), 1, "bad.json: total_signals: Expected number"],
    [
      "a bad checksum",
      JSON.stringify({ ...withChecksum(smallArtifact()), total_signals: 2 }),
      1,
      "checksum_sha256: is "
    ],
    ["half a file", bad({}).slice(0, 99), 1, "bad.json: not JSON"],
    ["not an object", "[1]", 1, "bad.json: must be a JSON object"]
  ])("refuses %s and writes nothing", async (_, content, code, message) => {
    write("bad.json", content)
    const before = readdirSync(dir).sort()
    const run = await cli("backtest-migrate-v1-to-v2", "--in", "bad.json", "--out", "never.json", "--with-checksum")
    expect(run).toMatchObject({ code, stdout: "" })
    expect(run.stderr).toContain(message)
    expect(run.stderr.trimEnd().split("\n")).toHaveLength(1)
    expect(readdirSync(dir).sort()).toStrictEqual(before)
  })

  it.each([
    [["--in", "v1.json", "--out", "./v1.json"], 2, "--out: must be another file than --in"],
    [["--in", "v1.json", "--out", "."], 1, ".: write: is a directory"],
    [["--in", "gone.json", "--out", "never.json"], 1, "gone.json: read: "],
    [["--in", "v1.json"], 2, "--out: is required"],
    [["--in", "v1.json", "--out", ""], 2, "--out: must be the path of a file"],
    [["--in", "v1.json", "--out", "x.json", "--with-checksums"], 2, "--with-checksums: unknown option; did you mean"]
  ])("refuses %j", async (args, code, message) => {
    const untouched = readFileSync(join(dir, "v1.json"), "utf8")
    const run = await cli("backtest-migrate-v1-to-v2", ...args)
    expect(run).toMatchObject({ code, stdout: "" })
    expect(run.stderr).toContain(message)
    expect(readFileSync(join(dir, "v1.json"), "utf8")).toBe(untouched)
    expect(existsSync(join(dir, "never.json"))).toBe(false)
  })
})

describe("backtest-migration-map", () => {
  it("prints a table of every mapping", async () => {
    const run = await cli("backtest-migration-map")
    expect(run).toMatchObject({ code: 0, stderr: "" })
    expect(run.stdout).toMatch(/^schema_version +schema_version +constant\('2\.0'\) +no /m)
    expect(run.stdout).toMatch(/^execution_config +configs\.execution +deepcopy +yes /m)
    expect(run.stdout).toContain("13 fields, 12 reversible.")
  })

  it("prints the artifact as JSON, as the original's --format json and as --json", async () => {
    for (const args of [["--json"], ["--format", "json"]]) {
      const run = await cli("backtest-migration-map", "--with-checksum", ...args)
      expect(JSON.parse(run.stdout)).toStrictEqual(migrationMap({ checksum: true }))
    }
  })

  it.each(["--out", "--out-json"])("writes it with %s, and verify accepts it", async (option) => {
    const run = await cli("backtest-migration-map", option, "map.json", "--with-checksum")
    expect(run).toMatchObject({ code: 0, stderr: "wrote map.json\n" })
    expect(read("map.json")).toStrictEqual(migrationMap({ checksum: true }))
    const verified = await cli("verify", "map.json", "--json")
    expect(JSON.parse(verified.stdout)).toMatchObject([
      { valid: true, checks: ["checksum", "schema 1.0", "13 mappings"] }
    ])
  })

  it("refuses a folder and an unknown format", async () => {
    expect(await cli("backtest-migration-map", "--out", ".")).toMatchObject({ code: 1, stdout: "" })
    const run = await cli("backtest-migration-map", "--format", "yaml")
    expect(run).toMatchObject({ code: 2, stdout: "" })
    expect(run.stderr).toContain("--format: must be table, json")
  })
})
