import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { type Worker } from "node:worker_threads"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { rollingBacktest } from "../../src/app/rolling.ts"
import { type RollingOptions } from "../../src/backtest/rollingWindows.ts"
import { formatTime, MICROS_PER_HOUR } from "../../src/domain/time.ts"
import { storeLayer } from "../../src/store/layer.ts"
import { at } from "../backtest/memoryHistory.ts"
import { optionsOf } from "../backtest/run.ts"
import { builtCli } from "../cli/cli.ts"

const folder = mkdtempSync(join(tmpdir(), "monomarket-workers-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const database = join(folder, "history.db")
const fromUs = at("2026-02-20T00:00:00Z")
const HOURS = 24

/** Five markets that move every half hour, and a signal on each every hour. */
const fill = (db: Sqlite.Database): void => {
  const addSnapshot = db.prepare(
    `INSERT INTO market_snapshots (source, market_id, event_id, yes_price, no_price, mid_price, liquidity, volume,
       captured_at, captured_us) VALUES ('gamma', ?, 'e1', ?, ?, ?, 900, 0, ?, ?)`
  )
  const addSignal = db.prepare(
    `INSERT INTO signals (strategy, market_id, event_id, side, score, confidence, target_price, size_hint, rationale,
       payload_json, status, created_at, updated_at, created_us)
     VALUES (?, ?, 'e1', 'buy', 1, 0.5, ?, 10, '', '{}', 'new', ?, ?, ?)`
  )
  for (let half = 0; half < HOURS * 2; half += 1) {
    const us = fromUs + (half * MICROS_PER_HOUR) / 2
    const time = formatTime(us)
    for (let m = 0; m < 5; m += 1) {
      const yes = Math.round(1000 * (0.5 + 0.3 * Math.sin(m + half / 5))) / 1000
      addSnapshot.run(`m${m}`, yes, 1 - yes, yes, time, us)
      if (half % 2 === 1) addSignal.run(m % 2 === 0 ? "s1" : "s4", `m${m}`, yes + (m - 2) / 500, time, time, us)
    }
  }
}

beforeAll(async () => {
  await Effect.runPromise(Effect.void.pipe(Effect.provide(storeLayer(database, { create: true }))))
  const db = new Sqlite(database)
  db.transaction(fill)(db)
  db.close()
})

const entry = () => pathToFileURL(join(dirname(builtCli()), "backtestWorker.js"))

const options: RollingOptions = {
  ...optionsOf({ strategies: ["s1", "s4"], execution: { enable_partial_fill: true } }),
  fromUs,
  toUs: fromUs + HOURS * MICROS_PER_HOUR,
  windowHours: 3,
  stepHours: 1
}

const rolling = (run: { readonly workers: number; readonly entry?: URL; readonly database?: string }) =>
  rollingBacktest(options, { database, onProgress: null, ...run }).pipe(
    Effect.provide(storeLayer(database, { create: false }))
  )

/** A worker's program made for the test. */
const program = (name: string, code: string): URL => {
  const path = join(folder, `${name}.mjs`)
  writeFileSync(path, code)
  return pathToFileURL(path)
}

const failureOf = (run: Parameters<typeof rolling>[0]) => Effect.runPromise(Effect.flip(rolling(run)))

describe("rolling backtest on worker threads", () => {
  it("gives the same bytes with one, two and three of them", async () => {
    const bytes = async (workers: number) => {
      const rest = { ...(await Effect.runPromise(rolling({ workers, entry: entry() }))), generated_at: "" }
      expect(rest.summary.total_signals).toBeGreaterThan(100)
      expect(rest.summary.executed_signals).toBeGreaterThan(10)
      expect(rest.summary.rejected_signals).toBeGreaterThan(10)
      return JSON.stringify(rest)
    }
    const one = await bytes(1)
    expect(await bytes(2)).toBe(one)
    expect(await bytes(3)).toBe(one)
  })

  it("tells how many windows are done, up to the last", async () => {
    const seen: Array<readonly [number, number]> = []
    await Effect.runPromise(
      rollingBacktest(options, {
        database,
        workers: 2,
        entry: entry(),
        onProgress: (done, total) => seen.push([done, total])
      }).pipe(Effect.provide(storeLayer(database, { create: false })))
    )
    expect(seen).toEqual(Array.from({ length: HOURS + 1 }, (_, done) => [done, HOURS]))
  })

  it("passes a database error of a thread on as what it is", async () => {
    const error = await failureOf({ workers: 2, entry: entry(), database: join(folder, "absent.db") })
    expect(error._tag).toBe("StoreError")
    expect(error.message).toContain("read history")
  })

  it.each([
    ["cannot be loaded", () => pathToFileURL(join(folder, "absent.js")), /Cannot find module/],
    [
      "throws",
      () =>
        program(
          "throws",
          `import { parentPort } from "node:worker_threads"
       parentPort.on("message", () => { throw new Error("no more") })`
        ),
      /no more/
    ],
    [
      "leaves",
      () =>
        program(
          "leaves",
          `import { parentPort } from "node:worker_threads"
       parentPort.on("message", () => process.exit(7))`
        ),
      /ended with code 7 before its window was done/
    ]
  ])("fails with a typed error when a thread %s", async (_, make, message) => {
    const error = await failureOf({ workers: 2, entry: make() })
    expect(error._tag).toBe("WorkerError")
    expect(error.message).toMatch(message)
  })

  it("ends the threads when it is interrupted in the middle of a window", async () => {
    const started: Array<Worker> = []
    const listen = (worker: Worker) => started.push(worker)
    process.on("worker", listen)
    try {
      const never = program(
        "never",
        `import { parentPort } from "node:worker_threads"
        parentPort.on("message", () => { for (;;); })`
      )
      await Effect.runPromise(
        Effect.gen(function* () {
          const fiber = yield* Effect.fork(rolling({ workers: 2, entry: never }))
          yield* Effect.repeat(Effect.sleep(10), { until: () => started.length === 2 })
          yield* Fiber.interrupt(fiber)
        })
      )
    } finally {
      process.off("worker", listen)
    }
    expect(started.map((worker) => worker.threadId)).toEqual([-1, -1])
  })
})
