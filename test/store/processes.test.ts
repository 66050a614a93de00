import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as SqlClient from "@effect/sql/SqlClient"
import { build } from "esbuild"
import * as Effect from "effect/Effect"
import { latestMigration } from "../../src/store/migrations/all.ts"
import { checkInvariants } from "../../src/store/invariants.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { SignalRepo } from "../../src/ports/SignalRepo.ts"
import { root } from "../shared.ts"
import { noon, olderOriginal, using, withSqlite } from "./support.ts"
import { withOrders } from "../signals.ts"

// Inside node_modules, so that the bundle finds the driver.
let folder = ""
let worker = ""

beforeAll(async () => {
  const cache = join(root, "node_modules", ".cache")
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, "store-processes-"))
  worker = join(folder, "worker.mjs")
  await build({
    entryPoints: [join(root, "test", "store", "worker.ts")],
    outfile: worker,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["better-sqlite3"],
    logLevel: "silent"
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ended {
  readonly code: number | null
  readonly lines: ReadonlyArray<unknown>
  readonly errors: string
}

const start = (path: string, task: string, onLine: (kill: () => void) => void = () => undefined): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [worker, path, task])
    let out = ""
    let errors = ""
    child.stdout.on("data", (data) => {
      out += String(data)
      onLine(() => child.kill("SIGKILL"))
    })
    child.stderr.on("data", (data) => (errors += String(data)))
    child.on("close", (code) => {
      const lines = out.split("\n").filter((line) => line !== "")
      resolve({ code, errors, lines: lines.map((line): unknown => JSON.parse(line)) })
    })
  })

/** Processes that do the same at the same time. */
const together = (path: string, task: string, count: number) =>
  Promise.all(Array.from({ length: count }, () => start(path, task)))

const signal = { strategy: "s1", marketId: "m1", eventId: "e1", side: "buy", score: 1, confidence: 1 } as const
const wish = withOrders({ ...signal, targetPrice: 0.5, sizeHint: 10, rationale: "", payload: {} })

describe("several processes on one database", () => {
  it("upgrade it once", async () => {
    for (const prepare of [() => undefined, (path: string) => withSqlite(path, (db) => db.exec(olderOriginal))]) {
      const path = join(mkdtempSync(join(folder, "upgrade-")), "store.db")
      prepare(path)
      const ended = await together(path, "open", 4)
      expect(ended.map(({ code, errors }) => [code, errors])).toEqual(ended.map(() => [0, ""]))
      expect(withSqlite(path, (db) => db.prepare("SELECT COUNT(*) FROM schema_migrations").pluck().get())).toBe(
        latestMigration
      )
    }
  })

  it("send one probe", async () => {
    const path = join(mkdtempSync(join(folder, "probe-")), "store.db")
    const failure = { _tag: "failed", reason: "timeout" } as const
    const fail = Effect.flatMap(IngestRepo, (repo) =>
      repo.stepBreaker("gamma", noon - 1_000, { failureThreshold: 1, cooldownUs: 1_000 }, failure)
    )
    await Effect.runPromise(using(path, fail))
    const ended = await together(path, "admit", 4)
    const tags = ended.flatMap(({ lines }) => lines).map((line) => JSON.stringify(line))
    expect(tags.filter((text) => text.includes("probe")).length).toBe(1)
    expect(tags.filter((text) => text.includes("refused")).length).toBe(3)
  })

  it("execute each signal once", async () => {
    const path = join(mkdtempSync(join(folder, "execute-")), "store.db")
    const insert = Effect.flatMap(SignalRepo, (repo) =>
      repo.insertAll(
        Array.from({ length: 40 }, () => wish),
        noon
      )
    )
    await Effect.runPromise(using(path, insert))
    const ended = await together(path, "execute", 3)
    expect(ended.map(({ errors }) => errors).join("")).toBe("")
    expect(ended.flatMap(({ lines }) => lines).reduce((sum: number, count) => sum + Number(count), 0)).toBe(40)
    const orders = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT COUNT(*) FROM orders`.values)
    expect(await Effect.runPromise(using(path, orders))).toEqual([[40]])
    expect(await Effect.runPromise(using(path, checkInvariants))).toEqual([])
  })

  it("leave everything consistent when one is killed while it writes", async () => {
    const path = join(mkdtempSync(join(folder, "kill-")), "store.db")
    for (let round = 0; round < 4; round++) {
      let killed = false
      const ended = await start(path, "churn", (kill) => {
        if (killed) return
        killed = true
        // The instant is arbitrary on purpose: wherever it falls, the same must hold.
        setTimeout(kill, 20 + round * 37)
      })
      expect([ended.code, ended.errors]).toEqual([null, ""])
      expect(await Effect.runPromise(using(path, checkInvariants))).toEqual([])
    }
    const halves = Effect.flatMap(
      SqlClient.SqlClient,
      (sql) =>
        sql`SELECT COUNT(*) FROM (SELECT captured_us FROM market_snapshots GROUP BY captured_us HAVING COUNT(*) % 50 <> 0)`
          .values
    )
    expect(await Effect.runPromise(using(path, halves))).toEqual([[0]])
  })
})
