import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { append, entry, inRun } from "../store/journalSupport.ts"
import { withSqlite } from "../store/support.ts"
import { runCli, scratch } from "./cli.ts"

const { dir, remove } = scratch()
afterAll(remove)
const cli = (...args: ReadonlyArray<string>) => runCli([...args, "--db", "journal.db"], { cwd: dir })
const path = join(dir, "journal.db")

beforeAll(async () => {
  await cli("init-db")
})

describe("replay and parity", () => {
  it("have nothing to say of an empty journal", async () => {
    expect(await cli("parity")).toMatchObject({ code: 0, stderr: "", stdout: "No sessions.\n" })
    expect(await cli("parity", "--session", "ALL", "--json")).toMatchObject({ code: 0, stdout: "[]\n" })
  })

  it.each([
    [["replay"], 2, "--session: is required"],
    [["replay", "--session", "0"], 2, "--session: must be a whole number of at least 1"],
    [["replay", "--session", "9"], 1, "journal session 9 does not exist"],
    [["parity", "--session", "9"], 1, "journal session 9 does not exist"],
    [["parity", "--session", "both"], 2, '--session: must be all or the number of a session, not "both"'],
    [["parity", "--strategy-module", "none.mjs"], 2, "--strategy-module: "]
  ])("refuse %j", async (args, code, problem) => {
    const run = await cli(...args)
    expect([run.code, run.stdout]).toStrictEqual([code, ""])
    expect(run.stderr).toContain(`error: ${problem}`)
    expect(run.stderr.trimEnd().split("\n")).toHaveLength(1)
  })

  it("name a session that cannot be replayed, and replay nothing of a journal that somebody changed", async () => {
    await Effect.runPromise(inRun(path, append(entry("session", { mode: "paper" }), entry("end"))))
    const parity = await cli("parity")
    expect(parity.code).toBe(1)
    expect(parity.stdout).toMatch(/not replayed\n$/)
    expect(parity.stderr).toBe("error: parity: session 1 is not replayed: settings of session 1: version: is missing\n")
    expect(await cli("replay", "--session", "1")).toMatchObject({ code: 2, stdout: "" })
    for (const args of [["parity"], ["replay", "--session", "1"]]) {
      withSqlite(path, (db) => db.exec("UPDATE journal SET body = '{\"cycles\":9}' WHERE seq = 2"))
      const run = await cli(...args)
      expect([run.code, run.stdout]).toStrictEqual([1, ""])
      expect(run.stderr).toMatch(/^error: database: verify the journal: record 2: .*; nothing is replayed\n$/)
    }
  })
})
