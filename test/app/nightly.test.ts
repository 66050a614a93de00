import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { Ajv } from "ajv"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { type CycleOptions, runCycle } from "../../src/app/cycle.ts"
import { type NightlyOptions, runNightly, verifyNightly } from "../../src/app/nightly.ts"
import { runSoak } from "../../src/app/soak.ts"
import { topReasons } from "../../src/backtest/nightlySummary.ts"
import { verifyFile } from "../../src/backtest/verify.ts"
import { expectEveryFlipFound } from "../backtest/flips.ts"
import { root } from "../shared.ts"
import { inSoakWorld } from "./soakWorld.ts"

const cycleOptions = (outputDir: string, fields: Partial<CycleOptions> = {}): CycleOptions => ({
  lookbackHours: 24,
  marketLimit: 500,
  ingestLimit: 60,
  strategies: null,
  outputDir,
  window: "cycle",
  ...fields
})

const nightlyOptions = (folder: string, fields: Partial<NightlyOptions> = {}): NightlyOptions => ({
  ...cycleOptions(join(folder, "backtest"), { window: "lookback" }),
  nightlyRoot: join(folder, "nightly"),
  date: null,
  rollingWindowHours: 6,
  rollingStepHours: 3,
  rollingRejectTopK: 2,
  workers: 1,
  ...fields
})

/** A day of paper trading, so that there is something to report. */
const tradedDay = (folder: string, hours = 24, intervalSec = 7_200) =>
  Effect.gen(function* () {
    const soak = {
      hours,
      intervalSec,
      maxSignalsPerCycle: 30,
      ingestLimit: 60,
      retryMax: 1,
      retryBackoffSec: 1,
      outDir: join(folder, "soak")
    }
    return yield* runSoak(soak, yield* Deferred.make<void>())
  })

const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8"))

describe("a cycle", () => {
  it("leaves a whole run behind, and both pointers lead to it", () =>
    Effect.runPromise(
      inSoakWorld(2, ({ folder }) =>
        Effect.gen(function* () {
          const root = join(folder, "backtest")
          const first = yield* runCycle(cycleOptions(root))
          expect(readdirSync(first.runDir).sort()).toEqual([
            "event.csv",
            "event.csv.sha256",
            "latest.json",
            "replay.csv",
            "replay.csv.sha256",
            "strategy.csv",
            "strategy.csv.sha256",
            "summary.md"
          ])
          for (const name of ["latest.json", "replay.csv", "strategy.csv", "event.csv"]) {
            yield* verifyFile(join(first.runDir, name))
          }
          expect(first.report.total_signals).toBe(first.signalsGenerated)
          expect(first.signalsGenerated).toBeGreaterThan(0)
          const summary = readFileSync(join(first.runDir, "summary.md"), "utf8")
          expect(summary).toContain(`- Window: ${first.report.from_ts} to ${first.report.to_ts}`)
          for (const id of ["s1", "s2", "s4", "s8"]) expect(summary).toMatch(new RegExp(`^\\| ${id} \\|`, "m"))
          yield* Effect.sleep("1 hour")
          const second = yield* runCycle(cycleOptions(root))
          // This cycle's signals alone, and not those of an hour ago.
          expect(second.report.total_signals).toBe(second.signalsGenerated)
          expect(second.runDir).not.toBe(first.runDir)
          expect(readJson(join(root, "latest-run.json"))).toEqual({
            updated_at: expect.any(String),
            run_dir: second.runDir,
            from_ts: second.report.from_ts,
            to_ts: second.report.to_ts,
            artifact: join(second.runDir, "latest.json")
          })
          expect(readlinkSync(join(root, "latest"))).toBe(join("runs", second.runDir.split("/").at(-1) ?? ""))
          expect(readJson(join(root, "latest", "latest.json")).total_signals).toBe(second.report.total_signals)
          expect(readdirSync(join(root, "runs"))).toHaveLength(2)
          const both = yield* runCycle(cycleOptions(root, { window: "lookback" }))
          expect(both.report.total_signals).toBe(
            first.signalsGenerated + second.signalsGenerated + both.signalsGenerated
          )
        })
      )
    ))

  it("writes nothing when nothing could be collected, or when the link's place is taken", () =>
    Effect.runPromise(
      inSoakWorld(2, ({ exchange, folder }) =>
        Effect.gen(function* () {
          const root = join(folder, "backtest")
          exchange.setFaults([{ kind: "500", api: null, rate: 1, count: null }])
          const failed = yield* Effect.flip(runCycle(cycleOptions(root)))
          expect(failed.message).toMatch(/^ingest of gamma failed, no run was written: gamma: .*HTTP 500/)
          expect(existsSync(root)).toBe(false)
          exchange.setFaults([])
          yield* Effect.sleep("10 minutes")
          mkdirSync(join(root, "latest"), { recursive: true })
          const blocked = yield* Effect.flip(runCycle(cycleOptions(root)))
          expect(blocked.message).toContain("should be a symbolic link")
          expect(lstatSync(join(root, "latest")).isDirectory()).toBe(true)
          const strange = yield* Effect.flip(runCycle(cycleOptions(root, { strategies: ["s3"] })))
          expect(strange.message).toContain('--strategies: unknown strategy "s3"')
        })
      )
    ))
})

describe("a nightly", () => {
  it("puts report, summary and run into the folder of the day, and every byte of it is checked", () =>
    Effect.runPromise(
      inSoakWorld(5, ({ folder }) =>
        Effect.gen(function* () {
          yield* tradedDay(folder)
          const nightly = yield* runNightly(nightlyOptions(folder))
          expect(nightly.folder).toBe(join(folder, "nightly", nightly.cycle.report.to_ts.slice(0, 10)))
          const run = readdirSync(nightly.folder).find((name) => name.startsWith("run-")) ?? ""
          expect(readdirSync(nightly.folder).sort()).toEqual(
            ["report.html", "report.pdf", "rolling-summary.json", run, "summary.json", "summary.txt"].sort()
          )
          expect(run).toMatch(/^run-\d{8}T\d{6}Z$/)
          expect(readFileSync(join(nightly.folder, "report.pdf")).subarray(0, 5).toString()).toBe("%PDF-")
          expect(nightly.pdfBytes).toBeLessThan(1_000_000)
          expect(nightly.cycle.report.executed_signals).toBeGreaterThan(0)
          const text = readFileSync(join(nightly.folder, "summary.txt"), "utf8")
          expect(text).toBe(`${nightly.summary.text}\n`)
          expect(text).toMatch(
            /^Nightly \S+ \| window=\S+ -> \S+ \| signals total=\d+ executed=\d+ rejected=\d+ \| best_strategy=s\d pnl=-?\d+\.\d{4} \| rolling runs=8 exec_rate=[\d.]+% pos_win_rate=[\d.]+% empty_windows=\d+ positive_window_rate=[\d.]+% empty_window_count=\d+ range_h=24\.00 coverage=100\.00% overlap=\d+\.\d{2}% range_hours=24\.00 coverage_ratio=100\.00% overlap_ratio=\d+\.\d{2}% coverage_label=full rolling_reject_top_k=2 rolling_reject_top=[a-z ]+:\d+;[a-z ]+:\d+ \| pdf=\S+report\.pdf \| rolling_json=\S+rolling-summary\.json\n$/
          )
          const file = join(nightly.folder, "summary.json")
          expect((yield* verifyNightly(file)).checksum).toBe(nightly.checksum)
          expect(readJson(file)).toMatchObject({ kind: "nightly_summary", text: nightly.summary.text })
          for (const name of [
            "report.pdf",
            "report.html",
            "rolling-summary.json",
            join(run, "replay.csv"),
            "summary.json"
          ]) {
            const path = join(nightly.folder, name)
            const bytes = readFileSync(path)
            const bent = Buffer.from(bytes)
            bent[Math.floor(bytes.length / 2)] = (bent[Math.floor(bytes.length / 2)] ?? 0) ^ 1
            writeFileSync(path, bent)
            expect((yield* Effect.flip(verifyNightly(file)))._tag).toBe("ArtifactError")
            writeFileSync(path, bytes)
          }
          yield* verifyNightly(file)
          expect(yield* verifyFile(file)).toMatchObject({
            checks: ["checksum", "schema nightly-1.0", `${nightly.summary.files.length} files named`]
          })
          yield* expectEveryFlipFound(readFileSync(file), 3)
          const schema = readJson(join(root, "docs", "schema", "nightly-1.schema.json"))
          const validate = new Ajv({ allErrors: true }).compile(schema)
          expect([validate(readJson(file)), validate.errors]).toEqual([true, null])
          expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(Object.keys(readJson(file))))
          copyFileSync(join(nightly.folder, "rolling-summary.json"), join(folder, "other.json"))
          const other = yield* Effect.flip(verifyNightly(join(folder, "other.json")))
          expect(other.message).toContain("schema_version")
        })
      )
    ))

  it("says n/a, none and disabled where there is nothing to say", () =>
    Effect.runPromise(
      inSoakWorld(4, ({ folder }) =>
        Effect.gen(function* () {
          const quiet = yield* runNightly(
            nightlyOptions(folder, { date: "2026-02-20", rollingRejectTopK: 0, strategies: ["s1"] })
          )
          expect(quiet.folder).toBe(join(folder, "nightly", "2026-02-20"))
          expect(quiet.summary.text).toContain("Nightly 2026-02-20 | ")
          expect(quiet.summary.text).toContain("| best_strategy=n/a pnl=0.0000 |")
          expect(quiet.summary.text).toContain("rolling_reject_top_k=0 rolling_reject_top=disabled |")
          const again = yield* runNightly(nightlyOptions(folder, { date: "2026-02-20", strategies: ["s1"] }))
          const { rolling } = again.summary
          expect(rolling.reject_top.length === 0 ? "none" : "some").toBe(
            again.summary.text.includes("rolling_reject_top=none") ? "none" : "some"
          )
          // A second night of one date: both runs stay, the summary names the newer one.
          expect(readdirSync(again.folder).filter((name) => name.startsWith("run-"))).toHaveLength(2)
          yield* verifyNightly(join(again.folder, "summary.json"))
        })
      )
    ))

  it("takes seconds over 30 days", () =>
    Effect.runPromise(
      inSoakWorld(6, ({ folder }) =>
        Effect.gen(function* () {
          yield* tradedDay(folder, 720, 86_400)
          const nightly = yield* runNightly(
            nightlyOptions(folder, { lookbackHours: 720, rollingWindowHours: 24, rollingStepHours: 12 })
          )
          expect(nightly.summary.rolling).toMatchObject({ runs: 60, range_hours: 720, coverage_label: "full" })
          expect(nightly.pdfBytes).toBeLessThan(1_000_000)
        })
      )
    ))
})

describe("the summary of a night", () => {
  it("orders reasons by count, then by name", () => {
    const reasons = { b: 3, a: 3, c: 9, d: 1 }
    expect(topReasons(reasons, 3)).toEqual([
      { reason: "c", count: 9 },
      { reason: "a", count: 3 },
      { reason: "b", count: 3 }
    ])
    expect(topReasons(reasons, 0)).toEqual([])
  })

  it("counts reasons by their stable codes, not by the amounts in them", () => {
    const reasons = {
      "not marketable: ask 0.9000 > limit 0.1001": 2,
      "not marketable: ask 0.8000 > limit 0.1001": 3,
      "no market data at or before signal time": 4,
      "bundle incomplete: m9 YES: not marketable: ask 0.8000 > limit 0.1001": 1
    }
    expect(topReasons(reasons, 2)).toEqual([
      { reason: "not marketable", count: 5 },
      { reason: "no market data at or before signal time", count: 4 }
    ])
    expect(topReasons(reasons, 9).reduce((sum, { count }) => sum + count, 0)).toBe(10)
  })
})
