import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import Database from "better-sqlite3"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { builtCli, runCli, scratch } from "./cli.ts"

const { dir, remove } = scratch()
afterAll(remove)
const cli = (...args: ReadonlyArray<string>) => runCli(args, { cwd: dir })
const text = (name: string) => readFileSync(join(dir, name), "utf8")

const insertMarket = () => {
  const db = new Database(join(dir, "data", "monomarket.db"))
  db.prepare(
    `insert into markets (source, market_id, canonical_id, event_id, question, status, neg_risk, yes_price, no_price,
       best_bid, best_ask, mid_price, liquidity, volume, updated_at, updated_us)
     values ('gamma', 'm1', 'c1', 'e1', 'Will <b>it</b> rain in 東京? 🚀', 'open', 0, 0.05, 0.95, null, null, 0.05, 1000, 0,
       '2026-02-20T00:00:00Z', 1771545600000000)`
  ).run()
  db.close()
}

describe("report", () => {
  beforeAll(async () => {
    expect((await cli("init-db")).code).toBe(0)
    insertMarket()
    expect((await cli("generate-signals")).code).toBe(0)
    const run = await cli(
      "backtest",
      "--from",
      "2026-01-01",
      "--to",
      "2100-01-01",
      "--with-checksum",
      "--out-json",
      "latest.json"
    )
    expect(run.code).toBe(0)
  })

  it("writes PDF and HTML of a backtest, and says so", async () => {
    const run = await cli(
      "report",
      "--in",
      "latest.json",
      "--out-pdf",
      "out/report.pdf",
      "--out-html",
      "out/report.html"
    )
    expect(run).toMatchObject({ code: 0, stderr: "" })
    expect(run.stdout).toContain("out/report.pdf")
    expect(text("out/report.pdf").slice(0, 5)).toBe("%PDF-")
    expect(text("out/report.html")).toContain("<h1><bdi>Backtest report</bdi></h1>")
    expect(readdirSync(join(dir, "out")).sort()).toStrictEqual(["report.html", "report.pdf"])
  })

  it("gives the same bytes again, and one JSON value", async () => {
    const again = await cli(
      "report",
      "--in",
      "latest.json",
      "--out-pdf",
      "again.pdf",
      "--out-html",
      "again.html",
      "--json"
    )
    const summary: {
      verified: boolean
      checksum_sha256: string
      markets_named: number
      files: ReadonlyArray<unknown>
    } = JSON.parse(again.stdout)
    const { checksum_sha256 }: { checksum_sha256: string } = JSON.parse(text("latest.json"))
    expect(summary).toMatchObject({ verified: true, checksum_sha256, markets_named: 1, total_signals: 2 })
    expect(summary.files).toStrictEqual([
      { path: "again.pdf", bytes: statSync(join(dir, "again.pdf")).size },
      { path: "again.html", bytes: statSync(join(dir, "again.html")).size }
    ])
    expect(Buffer.compare(readFileSync(join(dir, "again.pdf")), readFileSync(join(dir, "out/report.pdf")))).toBe(0)
    expect(text("again.html")).toBe(text("out/report.html"))
  })

  it("shows ids where there is no database", async () => {
    const run = await cli("report", "--in", "latest.json", "--out-html", "ids.html", "--db", "none.db")
    expect(run).toMatchObject({ code: 0, stderr: "no database at none.db: events are shown by their ids\n" })
    expect(readdirSync(dir)).not.toContain("none.db")
  })

  it("takes a title, as text", async () => {
    await cli("report", "--in", "latest.json", "--out-html", "titled.html", "--title", "<script>夜间</script>")
    expect(text("titled.html")).toContain("<title>&lt;script&gt;夜间&lt;/script&gt;</title>")
  })

  it("refuses an artifact that was changed, and writes nothing", async () => {
    writeFileSync(
      join(dir, "forged.json"),
      text("latest.json").replace('"rejected_signals": 2', '"rejected_signals": 1')
    )
    const run = await cli("report", "--in", "forged.json", "--out-pdf", "forged.pdf")
    expect(run).toMatchObject({ code: 1, stdout: "" })
    expect(run.stderr).toMatch(
      /^error: forged\.json: checksum_sha256: is [0-9a-f]{64}, but the content has [0-9a-f]{64}\n$/
    )
    expect(readdirSync(dir)).not.toContain("forged.pdf")
  })

  it.each([
    [["--in", "latest.json"], 2, "--out-pdf: name a file here, at --out-html, or both"],
    [["--in", "latest.json", "--out-pdf", "x", "--out-html", "x"], 2, "must be different files"],
    [["--in", "latest.json", "--out-pdf", "latest.json"], 2, "must be different files"],
    [["--out-pdf", "x.pdf"], 2, "--in: is required"],
    [["--in", "missing.json", "--out-pdf", "x.pdf"], 1, "missing.json: read: ENOENT"],
    [["--in", "data/monomarket.db", "--out-pdf", "x.pdf"], 1, "not JSON"],
    [["--in", "latest.json", "--out-pdf", "data"], 1, "is a directory"]
  ])("%j is refused", async (args, code, line) => {
    const run = await cli("report", ...args)
    expect(run).toMatchObject({ code, stdout: "" })
    expect(run.stderr).toContain(line)
  })
})

it("no command loads pdfkit before it draws a PDF", () => {
  const dist = dirname(builtCli())
  const programs = [builtCli(), ...readdirSync(join(dist, "chunks")).map((name) => join(dist, "chunks", name))]
  const naming = programs.map((path) => readFileSync(path, "utf8")).filter((source) => source.includes(`"pdfkit"`))
  expect(naming.length).toBe(1)
  for (const source of naming) {
    expect(source).toContain(`import("pdfkit")`)
    expect(source).not.toMatch(/from\s*"pdfkit"/)
  }
})
