import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { build } from "esbuild"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { root } from "../shared.ts"
import { append, entry, inRun, page, sessions, verify } from "./journalSupport.ts"

/** What the worker appends at a time. */
const BATCH = 3

// Inside node_modules, so that the bundle finds the driver.
let folder = ""
let worker = ""

beforeAll(async () => {
  const cache = join(root, "node_modules", ".cache")
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, "journal-processes-"))
  worker = join(folder, "worker.mjs")
  await build({
    entryPoints: [join(root, "test", "store", "journalWorker.ts")],
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
  readonly signal: NodeJS.Signals | null
  readonly errors: string
  /** Appends whose success it has seen. */
  readonly confirmed: number
  /** See test/system/killProbe.mjs. */
  readonly marks: string
}

/** Kills itself at a database event, or is killed so long after its first append. */
type Kill = { readonly atEvent: number } | { readonly afterMs: number } | null

const start = (path: string, appends: number, kill: Kill = null): Promise<Ended> =>
  new Promise((resolve) => {
    const env = kill !== null && "atEvent" in kill ? { KILL_AT: String(kill.atEvent) } : {}
    const probe = join(root, "test", "system", "killProbe.mjs")
    const child = spawn(process.execPath, ["--import", probe, worker, path, String(appends)], {
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdio: ["ignore", "pipe", "pipe", "pipe"]
    })
    const texts = ["", "", "", ""]
    let waiting = kill !== null && "afterMs" in kill
    for (const fd of [1, 2, 3]) {
      child.stdio[fd]?.on("data", (data) => {
        texts[fd] += String(data)
        if (!waiting || kill === null || !("afterMs" in kill) || !texts[1]?.includes("\n0\n")) return
        waiting = false
        setTimeout(() => child.kill("SIGKILL"), kill.afterMs)
      })
    }
    child.on("close", (code, signal) => {
      const [, out = "", errors = "", marks = ""] = texts
      resolve({ code, signal, errors, marks, confirmed: Math.max(0, out.split("\n").length - 2) })
    })
  })

const check = (path: string) => Effect.runPromise(inRun(path, verify))

describe("several processes", () => {
  it("append to one chain, each its own session", async () => {
    const path = join(folder, "together.db")
    const appends = 60
    const ended = await Promise.all([start(path, appends), start(path, appends)])
    expect(ended.map(({ code, errors }) => [code, errors])).toStrictEqual([
      [0, ""],
      [0, ""]
    ])
    expect(await check(path)).toMatchObject({ records: 2 * appends * BATCH, broken: null })
    for (const sessionId of [1, 2]) {
      const records = await Effect.runPromise(inRun(path, page(sessionId)))
      expect(records.filter(({ kind }) => kind === "signals").map(({ body }) => body)).toStrictEqual(
        Array.from({ length: appends }, (_, n) => [n])
      )
    }
    // They took turns: the one did not wait for the other's end.
    const [one = [], other = []] = await Effect.runPromise(inRun(path, Effect.all([page(1), page(2)])))
    expect(one[0]!.seq < other[other.length - 1]!.seq && other[0]!.seq < one[one.length - 1]!.seq).toBe(true)
  })
})

describe("a process that is killed while it appends", () => {
  /** Kills the worker, and finds the journal whole, with all that was confirmed and no part of an append. */
  const killed = async (path: string, appends: number, kill: Exclude<Kill, null>): Promise<Ended> => {
    const before = (await check(path)).records
    const ended = await start(path, appends, kill)
    expect([ended.signal, ended.errors]).toStrictEqual(["SIGKILL", ""])
    const after = await check(path)
    expect(after.broken).toBe(null)
    const stored = (after.records - before) / BATCH
    expect([ended.confirmed, ended.confirmed + 1]).toContain(stored)
    return ended
  }

  it("leaves a chain that verifies, at every event of an append and at any other moment", async () => {
    // Opening a database that is up to date writes nothing that is marked, unless an upgrade is due.
    const measure = join(folder, "measure.db")
    await Effect.runPromise(inRun(measure, append(entry("session"))))
    const { marks } = await start(measure, 2)
    const [opening, first] = [marks.indexOf("bB"), marks.indexOf("C") + 1]
    const perAppend = first - opening
    expect(perAppend).toBeGreaterThan(6)

    const lane = async (number: number): Promise<ReadonlyArray<Ended>> => {
      const path = join(folder, `killed${number}.db`)
      await Effect.runPromise(inRun(path, append(entry("session"))))
      const ended: Array<Ended> = []
      // The second append: the first has opened the session.
      for (let event = number; event <= perAppend; event += 2) {
        ended.push(await killed(path, 5, { atEvent: first + event }))
      }
      for (const afterMs of [number, number * 17]) ended.push(await killed(path, 1_000_000, { afterMs }))
      // It goes on where it was cut off.
      await Effect.runPromise(inRun(path, append(entry("session"), entry("end"))))
      const all = await Effect.runPromise(inRun(path, sessions))
      expect(all.length).toBe(ended.length + 2)
      expect(all.map(({ ended }) => ended)).toStrictEqual(all.map((_, index) => index === all.length - 1))
      return ended
    }
    const ended = (await Promise.all([lane(1), lane(2)])).flat()
    const inTransaction = ended.filter(({ marks }) => marks.lastIndexOf("B") > marks.lastIndexOf("C"))
    expect(inTransaction.length).toBeGreaterThanOrEqual(perAppend - 3)
  }, 60_000)
})
