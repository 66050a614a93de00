import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { FileError, NotFound } from "../domain/errors.ts"
import { type EpochMicros, MICROS_PER_SECOND, parseTime } from "../domain/time.ts"
import { nowUs } from "../engine/now.ts"
import { type CycleLine, type LatestStatus, livingPid, readHistory, readLatest, soakPaths } from "./soakFiles.ts"

/** `killed`: its process is gone without a last line; the same --out-dir goes on with it. */
export type SoakState = "running" | "finished" | "killed"

export interface SoakStatus {
  readonly outDir: string
  readonly state: SoakState
  readonly pid: number | null
  readonly latest: LatestStatus
  /** latest.json as it stands, with the newest cycle's figures. */
  readonly raw: unknown
  readonly cycles: ReadonlyArray<CycleLine>
  readonly executed: number
  readonly failures: number
  readonly partial: number
  /** Since the status was written. */
  readonly ageSec: number
  /** Until its hours are over; 0 once they are. */
  readonly leftSec: number
}

/** The soak in `root` that began last. Names carry their time, so their order is the order of time. */
export const newestSoak = (root: string): Effect.Effect<string, FileError | NotFound> =>
  Effect.flatMap(
    Effect.try({
      try: () =>
        statSync(root, { throwIfNoEntry: false })?.isDirectory() === true
          ? readdirSync(root).filter((name) => name.startsWith("paper-"))
          : [],
      catch: (cause) => new FileError({ path: root, operation: "list", detail: String(cause) })
    }),
    (names) => {
      const newest = names.sort().at(-1)
      return newest === undefined ? new NotFound({ what: "soak in", id: root }) : Effect.succeed(join(root, newest))
    }
  )

const secondsTo = (fromUs: EpochMicros, toUs: EpochMicros): number =>
  Math.max(0, Math.round((toUs - fromUs) / MICROS_PER_SECOND))

/** How a soak is doing, read from its files; asking disturbs nothing. */
export const soakStatus = (outDir: string) =>
  Effect.gen(function* () {
    const paths = soakPaths(outDir)
    const latest = yield* readLatest(paths.latest)
    if (latest === null) return yield* new NotFound({ what: "soak in", id: outDir })
    const { cycles, finished } = yield* readHistory(paths.history)
    const owner = yield* livingPid(paths.pid)
    const atUs = yield* nowUs
    const state: SoakState = finished !== null ? "finished" : owner?.alive === true ? "running" : "killed"
    const sum = (of: (line: CycleLine) => number): number => cycles.reduce((total, line) => total + of(line), 0)
    const status: SoakStatus = {
      outDir,
      state,
      pid: state === "running" ? (owner?.pid ?? null) : null,
      latest: latest.known,
      raw: latest.value,
      cycles,
      executed: sum((line) => line.executed_count),
      failures: sum((line) => line.execute_failures),
      partial: cycles.filter((line) => line.status === "partial").length,
      ageSec: secondsTo(parseTime(latest.known.ts) ?? atUs, atUs),
      leftSec: state === "finished" ? 0 : secondsTo(atUs, parseTime(latest.known.ends_at) ?? atUs)
    }
    return status
  })
