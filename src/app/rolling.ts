import { availableParallelism } from "node:os"
import * as Effect from "effect/Effect"
import { runRolling } from "../backtest/rolling.ts"
import { type RollingOptions, rollingWindows } from "../backtest/rollingWindows.ts"
import { runWindow } from "../backtest/windowRun.ts"
import { startWorkers, workerEntry } from "./backtestWorkers.ts"

export interface RollingRun {
  /** The SQLite file that the HistoryReader of the context reads; worker threads open it for themselves. */
  readonly database: string
  /** Threads; null: as many as there are processors. 1 runs the windows here, one after another. */
  readonly workers: number | null
  /** The threads' program where it is not beside this file: dist/backtestWorker.js. */
  readonly entry?: URL
  readonly onProgress: ((done: number, total: number) => void) | null
}

/** A rolling backtest on worker threads. The bytes of the summary do not depend on how many there are. */
export const rollingBacktest = Effect.fn("app.rolling")(function* (options: RollingOptions, run: RollingRun) {
  const { onProgress } = run
  const windows = yield* rollingWindows(options)
  const wanted = Math.min(run.workers ?? availableParallelism(), windows.length)
  const entry = run.entry ?? workerEntry()
  if (wanted <= 1) return yield* runRolling(options, { runWindow, concurrency: 1, onProgress })
  if (entry === null) {
    yield* Effect.logWarning("backtestWorker.js is not beside the program; the windows run one after another")
    return yield* runRolling(options, { runWindow, concurrency: 1, onProgress })
  }
  const onThread = yield* startWorkers({ database: run.database, workers: wanted, entry })
  return yield* runRolling(options, { runWindow: onThread, concurrency: wanted, onProgress })
}, Effect.scoped)
