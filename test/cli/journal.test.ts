import { join } from "node:path"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { append, entry, inRun, longBody } from "../store/journalSupport.ts"
import { noon } from "../store/support.ts"
import { runCli, scratch } from "./cli.ts"

const { dir, remove } = scratch()
afterAll(remove)
const cli = (...args: ReadonlyArray<string>) => runCli(["--db", "journal.db", ...args], { cwd: dir })
const path = join(dir, "journal.db")

beforeAll(async () => {
  await cli("init-db")
})

describe("journal", () => {
  it("calls an empty journal whole", async () => {
    const verified = await cli("journal", "verify")
    expect(verified).toMatchObject({ code: 0, stderr: "", stdout: "records    0, nothing broken\nlast hash  -\n" })
    expect(JSON.parse((await cli("journal", "verify", "--json")).stdout)).toStrictEqual({
      records: 0,
      last_hash: null,
      broken: null
    })
    expect((await cli("journal", "list")).stdout).toBe("No sessions.\n")
  })

  it("lists sessions, shows records, and names the first that was changed", async () => {
    const first = Array.from({ length: 100 }, (_, n) => entry(n % 2 === 0 ? "timer" : "markets", longBody(n), noon + n))
    await Effect.runPromise(inRun(path, append(entry("session", { mode: "paper" }), ...first)))
    await Effect.runPromise(inRun(path, append(entry("session"), entry("alarm", "\u001b[2J"), entry("end"))))

    expect(JSON.parse((await cli("journal", "list", "--json")).stdout)).toMatchObject([
      { session_id: 1, started_at: "2026-03-01T12:00:00Z", records: 101, ended: false, settings: { mode: "paper" } },
      { session_id: 2, records: 3, ended: true }
    ])
    expect((await cli("journal", "list")).stdout.split("\n")[2]).toMatch(/^ +1 .+ 101 +no +{"mode":"paper"}$/)

    const shown = await cli("journal", "show", "--session", "1", "--kind", "markets", "--limit", "2", "--json")
    expect(JSON.parse(shown.stdout)).toStrictEqual(
      [1, 3].map((n) => ({
        seq: n + 2,
        session_id: 1,
        kind: "markets",
        at: `2026-03-01T12:00:00.00000${n}Z`,
        at_us: noon + n,
        body: longBody(n),
        hash: expect.stringMatching(/^[0-9a-f]{64}$/)
      }))
    )
    const table = await cli("journal", "show", "--session", "1", "--after", "81")
    expect(table).toMatchObject({ code: 0, stderr: "" })
    expect(table.stdout.split("\n").length).toBe(2 + 20 + 1)
    const cut = await cli("journal", "show", "--session", "1", "--limit", "3")
    expect(cut.stderr).toBe("note: there are more; --after 3 shows the next\n")
    // What a body says is data; a megabyte of it does not flood the terminal.
    expect(Math.max(...cut.stdout.split("\n").map((line) => line.length))).toBeLessThan(250)
    expect((await cli("journal", "show", "--session", "2")).stdout).toContain('"\\u001b[2J"')
    expect((await cli("journal", "show", "--session", "2", "--kind", "markets")).stdout).toBe("No records.\n")

    const whole = JSON.parse((await cli("journal", "verify", "--json")).stdout)
    expect(whole).toMatchObject({ records: 104, broken: null })
    const db = new Database(path)
    db.exec('UPDATE journal SET body = \'{"mode":"live"}\' WHERE seq = 1')
    db.close()
    const verified = await cli("journal", "verify")
    expect(verified).toMatchObject({ code: 1, stdout: "records    0, then a broken one\nlast hash  -\n" })
    expect(verified.stderr).toBe(
      "error: journal: record 1: its content (kind, time, session or body) is not what was written\n"
    )
    const machine = await cli("journal", "verify", "--json")
    expect(machine.code).toBe(1)
    expect(JSON.parse(machine.stdout).broken.seq).toBe(1)
  })

  it.each([
    [["journal"], 2, "action: is missing"],
    [["journal", "shwo"], 2, 'action: must be list, show or verify, not "shwo"; did you mean show?'],
    [["journal", "show"], 2, "--session: is required; journal list names the sessions"],
    [["journal", "show", "--session", "0"], 2, "--session: must be a whole number of at least 1"],
    [["journal", "show", "--session", "7"], 1, "journal session 7 does not exist"],
    [["journal", "show", "--session", "1", "--kind", "market"], 2, "--kind: must be session, account,"],
    [["journal", "list", "--limit", "3"], 2, "--limit: is for journal show, not list"],
    [["journal", "verify", "--session", "1"], 2, "--session: is for journal show, not verify"]
  ])("refuses %j", async (args, code, problem) => {
    const run = await cli(...args)
    expect([run.code, run.stdout]).toStrictEqual([code, ""])
    expect(run.stderr).toContain(`error: ${problem}`)
    expect(run.stderr.trimEnd().split("\n")).toHaveLength(1)
  })
})
