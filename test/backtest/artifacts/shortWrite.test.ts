import fs, { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { exportRun } from "../../../src/backtest/exportBacktest.ts"
import { writeBytes, writeText } from "../../../src/backtest/files.ts"
import { migrateFile } from "../../../src/backtest/migrateFile.ts"
import { runBacktest } from "../../../src/backtest/runBacktest.ts"
import { verifyFile } from "../../../src/backtest/verify.ts"
import { memoryHistory, signal, snapshot } from "../memoryHistory.ts"
import { optionsOf } from "../run.ts"

/** How the disk behaves: how much it takes at once, and how much room it has. */
const disk = { most: Infinity, room: Infinity }
const real = fs.writeSync
const nearlyFull = (descriptor: number, bytes: Uint8Array, offset: number, length: number): number => {
  if (disk.room === 0) throw new Error("ENOSPC: no space left on device, write")
  const taken = Math.min(length, disk.most, disk.room)
  disk.room -= taken
  return real(descriptor, bytes, offset, taken)
}
beforeAll(() => {
  Object.assign(fs, { writeSync: nearlyFull })
  syncBuiltinESMExports()
})
afterAll(() => {
  Object.assign(fs, { writeSync: real })
  syncBuiltinESMExports()
})

const folder = mkdtempSync(join(tmpdir(), "monomarket-short-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = (name: string) => join(folder, name)
beforeEach(() => {
  Object.assign(disk, { most: Infinity, room: Infinity })
  for (const name of readdirSync(folder)) rmSync(path(name))
})

const targets = {
  json: path("o.json"),
  checksum: true,
  replay: path("replay.csv"),
  strategy: path("strategy.csv"),
  event: path("event.csv"),
  sidecar: true
}
const backtest = () => {
  const history = memoryHistory({
    signals: Array.from({ length: 40 }, (_, minute) =>
      signal({ at: `2026-02-20T01:${String(minute).padStart(2, "0")}:00Z`, targetPrice: 0.5 })
    ),
    snapshots: [snapshot({ at: "2026-02-20T00:30:00Z", yes: 0.4 })]
  })
  const run = exportRun(optionsOf(), targets, { lastRows: 0, onProgress: null }, runBacktest)
  return Effect.runPromise(Effect.either(Effect.provide(run, history)))
}
const verdict = (file: string) => Effect.runPromise(Effect.either(verifyFile(file)))

describe("a disk that takes only a part of a write", () => {
  it("gets the rest: every artifact is whole", async () => {
    disk.most = 7
    expect(Either.isRight(await backtest())).toBe(true)
    for (const name of ["o.json", "replay.csv", "strategy.csv", "event.csv"]) {
      expect(Either.isRight(await verdict(path(name))), name).toBe(true)
    }
  })

  it("gets the rest of texts and bytes, such as pages, pointers and PDFs", async () => {
    disk.most = 3
    const text = "é".repeat(1000)
    await Effect.runPromise(writeText(path("latest-run.json"), text))
    expect(readFileSync(path("latest-run.json"), "utf8")).toBe(text)
    const bytes = Uint8Array.from({ length: 1000 }, (_, index) => index % 256)
    await Effect.runPromise(writeBytes(path("report.pdf"), bytes))
    expect(Uint8Array.from(readFileSync(path("report.pdf")))).toStrictEqual(bytes)
  })
})

describe("a disk that is full", () => {
  it.each([0, 1, 100, 5_000, 30_000])("fails the backtest after %i bytes, and leaves no cut file", async (room) => {
    disk.room = room
    const failed = Either.getOrThrow(Either.flip(await backtest()))
    expect(failed.message).toContain(": ENOSPC: no space left on device, write")
    expect(failed._tag).toBe("FileError")
    disk.room = Infinity
    const left = readdirSync(folder)
    expect(left.filter((name) => name.endsWith(".tmp"))).toStrictEqual([])
    for (const name of left.filter((one) => /\.(json|csv)$/.test(one) && existsSync(path(`${one}.sha256`)))) {
      expect(Either.isRight(await verdict(path(name))), name).toBe(true)
    }
    if (left.includes("o.json")) expect(Either.isRight(await verdict(path("o.json")))).toBe(true)
  })

  it("keeps what was there before", async () => {
    await Effect.runPromise(writeText(path("o.json"), "old"))
    disk.room = 2
    for (const write of [writeText(path("o.json"), "newer"), writeBytes(path("o.json"), Buffer.from("newer"))]) {
      disk.room = 2
      const failed = await Effect.runPromise(Effect.flip(write))
      expect(failed.message).toBe(`${path("o.json")}: write: ENOSPC: no space left on device, write`)
    }
    expect(readdirSync(folder)).toStrictEqual(["o.json"])
    expect(readFileSync(path("o.json"), "utf8")).toBe("old")
  })

  it("fails a migration, and leaves no file", async () => {
    expect(Either.isRight(await backtest())).toBe(true)
    disk.room = 3_000
    const failed = await Effect.runPromise(
      Effect.flip(migrateFile(path("o.json"), path("v2.json"), { checksum: true }))
    )
    expect(failed.message).toBe(`${path("v2.json")}: write: ENOSPC: no space left on device, write`)
    expect(readdirSync(folder).filter((name) => name.includes("v2"))).toStrictEqual([])
  })
})
