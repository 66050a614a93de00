import { cpSync, readdirSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { sha256 } from "../backtest/digest.ts"
import { writeText } from "../backtest/files.ts"
import { type NightlySummary, parseNightlySummary } from "../backtest/nightlySchema.ts"
import { nightlySummary } from "../backtest/nightlySummary.ts"
import { writeRolling } from "../backtest/rolling.ts"
import { hashFile, readHead, verifyFile } from "../backtest/verify.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { canonicalJson } from "../domain/canonicalJson.ts"
import { ArtifactError, FileError } from "../domain/errors.ts"
import { formatTime, MICROS_PER_HOUR } from "../domain/time.ts"
import { nowUs } from "../engine/now.ts"
import { type CycleOptions, type CycleReport, runCycle } from "./cycle.ts"
import { publishFolder } from "./folders.ts"
import { writeReport } from "./report.ts"
import { rollingBacktest } from "./rolling.ts"

export interface NightlyOptions extends CycleOptions {
  readonly nightlyRoot: string
  /** YYYY-MM-DD; null: today, UTC. */
  readonly date: string | null
  readonly rollingWindowHours: number
  readonly rollingStepHours: number
  readonly rollingRejectTopK: number
  /** Threads of the rolling backtest; null: as many as there are processors. */
  readonly workers: number | null
}

export interface NightlyReport {
  readonly folder: string
  readonly summary: NightlySummary
  readonly checksum: string
  readonly cycle: CycleReport
  readonly pdfBytes: number
}

const reading = <A>(path: string, body: () => A): Effect.Effect<A, FileError> =>
  Effect.try({
    try: body,
    catch: (cause) =>
      new FileError({ path, operation: "read", detail: cause instanceof Error ? cause.message : String(cause) })
  })

const fileDigest = (folder: string, name: string) =>
  Effect.map(hashFile(join(folder, name)), (digest) => ({ name, sha256: digest }))

/** The run's own files, so that a night's folder can be moved or sent as it is. */
const copyRun = (folder: string, runDir: string) =>
  Effect.map(
    publishFolder(folder, `run-${basename(runDir)}`, (staging) =>
      reading(runDir, () => {
        cpSync(runDir, staging, { recursive: true })
        return readdirSync(staging).sort()
      })
    ),
    ({ path, value }) => ({ path, names: value.map((name) => join(basename(path), name)) })
  )

/** The figures on top of a checksum: the folder can be checked file by file. */
const writeSummary = (path: string, summary: NightlySummary) => {
  const content = { ...summary, checksum_algo: "sha256" }
  const checksum = sha256(canonicalJson(content))
  return Effect.as(writeText(path, `${JSON.stringify({ ...content, checksum_sha256: checksum }, null, 2)}\n`), checksum)
}

/** A cycle, the rolling backtest of the same hours, and their report as PDF, page and summary in the folder of the day. */
export const runNightly = Effect.fn("app.nightly")(function* (options: NightlyOptions) {
  const { app } = yield* AppConfig
  const cycle = yield* runCycle(options)
  const date = options.date ?? formatTime(yield* nowUs).slice(0, 10)
  const folder = join(options.nightlyRoot, date)
  const rolling = yield* rollingBacktest(
    {
      ...cycle.options,
      fromUs: cycle.toUs - Math.round(options.lookbackHours * MICROS_PER_HOUR),
      windowHours: options.rollingWindowHours,
      stepHours: options.rollingStepHours
    },
    { database: app.db_path, workers: options.workers, onProgress: null }
  )
  const run = yield* copyRun(folder, cycle.runDir)
  const pdf = join(folder, "report.pdf")
  const rollingJson = join(folder, "rolling-summary.json")
  const html = join(folder, "report.html")
  const written = yield* writeReport({
    input: join(run.path, "latest.json"),
    pdf,
    html,
    title: `Nightly report ${date}`
  })
  yield* writeRolling(rollingJson, rolling, { checksum: true })
  const names = ["report.pdf", "report.html", "rolling-summary.json", ...run.names]
  const files = yield* Effect.forEach(names, (name) => fileDigest(folder, name), { concurrency: 1 })
  const summary = nightlySummary({
    date,
    generatedAt: formatTime(yield* nowUs),
    report: cycle.report,
    rolling,
    rejectTopK: options.rollingRejectTopK,
    pdf,
    rollingJson,
    runDir: run.path,
    files
  })
  yield* writeText(join(folder, "summary.txt"), `${summary.text}\n`)
  const checksum = yield* writeSummary(join(folder, "summary.json"), summary)
  const pdfBytes = written.files.find(({ path }) => path === pdf)?.bytes ?? 0
  const report: NightlyReport = { folder, summary, checksum, cycle, pdfBytes }
  return report
})

/** Checks summary.json: its checksum, its shape, and every file that it names beside it. */
export const verifyNightly = Effect.fnUntraced(function* (file: string) {
  const { checksum } = yield* verifyFile(file)
  const summary = yield* Effect.flatMap(readHead(file), (value) => parseNightlySummary(file, value))
  const folder = dirname(file)
  for (const { name, sha256: claimed } of summary.files) {
    const found = yield* fileDigest(folder, name)
    if (found.sha256 !== claimed) {
      return yield* new ArtifactError({
        file: join(folder, name),
        at: "",
        detail: `is not the file that ${file} names`
      })
    }
  }
  return { summary, checksum }
})
