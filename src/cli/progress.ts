import { type SingleBar } from "cli-progress"
import * as Effect from "effect/Effect"
import { formatNumber } from "../reports/terminalFormat.ts"
import { escapeControl } from "../reports/terminalText.ts"

/** Long work reports here how far it is; cheap enough to be called often, from synchronous code too. */
export interface Progress {
  readonly update: (done: number) => void
  /** A total that became known, or changed, on the way. */
  readonly setTotal: (total: number) => void
}

/** How the work is called, what it counts, and how much there is of it; null: not known. */
export interface Task {
  readonly label: string
  readonly unit: string
  readonly total: number | null
}

/** Where progress is shown. */
export interface ProgressTarget {
  readonly isTTY: boolean
  readonly write: (text: string) => void
}

const lineEveryMs = 5_000

const share = (done: number, total: number | null): string =>
  total === null || total <= 0 ? "" : ` of ${formatNumber(total, 0)} (${formatNumber((100 * done) / total, 0)}%)`

/** Plain lines, one every few seconds and one at the end: for logs and pipes. */
export const lineProgress = (
  task: Task,
  nowMs: () => number,
  write: (text: string) => void
): Progress & { readonly finish: () => void } => {
  const startedMs = nowMs()
  let total = task.total
  let done = 0
  let shownMs = startedMs
  const show = (atMs: number) => {
    const seconds = (atMs - startedMs) / 1_000
    const rate = seconds > 0 ? `, ${formatNumber(done / seconds, 0)}/s` : ""
    const left =
      total !== null && done > 0 && done < total ? `, ${formatNumber(((total - done) * seconds) / done, 0)} s left` : ""
    write(`${escapeControl(task.label)}: ${formatNumber(done, 0)}${share(done, total)} ${task.unit}${rate}${left}\n`)
  }
  return {
    update: (value) => {
      done = value
      const atMs = nowMs()
      if (atMs - shownMs < lineEveryMs) return
      shownMs = atMs
      show(atMs)
    },
    setTotal: (value) => {
      total = value
    },
    finish: () => {
      // Work that was over before the first line was due needs none.
      const atMs = nowMs()
      if (atMs - startedMs >= lineEveryMs) show(atMs)
    }
  }
}

/** A bar needs a length; work of unknown size gets one that is always a little ahead of it. */
const guessedTotal = (done: number): number => Math.max(1, Math.ceil(done * 1.25))

const barProgress = (task: Task, nowMs: () => number, bar: SingleBar): Progress & { readonly finish: () => void } => {
  const startedMs = nowMs()
  let total = task.total
  bar.start(total ?? guessedTotal(0), 0, { rate: "-" })
  return {
    update: (done) => {
      const seconds = (nowMs() - startedMs) / 1_000
      if (total === null) bar.setTotal(guessedTotal(done))
      bar.update(done, { rate: seconds > 0 ? formatNumber(done / seconds, 0) : "-" })
    },
    setTotal: (value) => {
      total = value
      bar.setTotal(value)
    },
    finish: () => bar.stop()
  }
}

const makeBar = (task: Task) =>
  Effect.map(
    Effect.promise(() => import("cli-progress")),
    ({ default: { Presets, SingleBar } }) =>
      new SingleBar(
        {
          format: `${escapeControl(task.label)} {bar} {percentage}% | {value}/{total} ${task.unit} | {rate}/s | {eta_formatted} left`,
          formatValue: (value, _, type) =>
            type === "value" || type === "total" ? formatNumber(value, 0) : String(value),
          stream: process.stderr,
          // Synchronous work never lets a timer fire: draw from `update`.
          synchronousUpdate: true,
          noTTYOutput: false,
          hideCursor: true,
          clearOnComplete: true,
          stopOnComplete: false,
          gracefulExit: false,
          etaBuffer: 50,
          fps: 10
        },
        Presets.shades_classic
      )
  )

export const stderrTarget = (): ProgressTarget => ({
  isTTY: process.stderr.isTTY === true,
  write: (text) => {
    process.stderr.write(text)
  }
})

/**
 * Runs `work` and shows how far it is on stderr: a bar with rate and time left on a terminal, else a line every few
 * seconds. The display goes away however the work ends.
 */
export const withProgress = <A, E, R>(
  task: Task,
  work: (progress: Progress) => Effect.Effect<A, E, R>,
  target: ProgressTarget = stderrTarget()
): Effect.Effect<A, E, R> =>
  Effect.acquireUseRelease(
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const nowMs = () => clock.unsafeCurrentTimeMillis()
      if (!target.isTTY) return lineProgress(task, nowMs, target.write)
      return barProgress(task, nowMs, yield* makeBar(task))
    }),
    work,
    ({ finish }) => Effect.sync(finish)
  )
