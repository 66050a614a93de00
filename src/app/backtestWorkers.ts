import { existsSync } from "node:fs"
import { Worker } from "node:worker_threads"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { type BacktestOptions } from "../backtest/options.ts"
import { type WindowRun } from "../backtest/windowRun.ts"
import { WorkerError } from "../domain/errors.ts"
import { decodeAnswer, type Job, type Reply, type WindowFailure, type WorkerData } from "./backtestWorkerMessages.ts"

/** Beside the library's file, or above the folder of the command line's chunks: see scripts/build.mjs. */
const places = ["./backtestWorker.js", "../backtestWorker.js"]

/** The built file that worker threads run; null where there is none, as in a bundle that a user built. */
export const workerEntry = (): URL | null =>
  places.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(url)) ?? null

export interface WorkersOptions {
  /** SQLite file, of the present schema; every thread reads it through connections of its own. */
  readonly database: string
  readonly workers: number
  readonly entry: URL
}

type RunWindow = (options: BacktestOptions) => Effect.Effect<WindowRun, WindowFailure | WorkerError>

const detailOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const startWorker = ({ database, entry }: WorkersOptions): Effect.Effect<Worker, WorkerError, Scope.Scope> => {
  const workerData: WorkerData = { database }
  return Effect.acquireRelease(
    Effect.try({
      try: () => {
        const worker = new Worker(entry, { workerData })
        // Whoever waits for the thread hears of its failure; without a listener it would end the process.
        worker.on("error", () => undefined)
        return worker
      },
      catch: (cause) => new WorkerError({ detail: detailOf(cause) })
    }),
    (worker) => Effect.promise(() => worker.terminate())
  )
}

/** One window on one thread. A thread that breaks ends the wait with the reason. */
const runOn = (worker: Worker, job: Job): Effect.Effect<WindowRun, WindowFailure | WorkerError> =>
  Effect.async((resume) => {
    const stop = () => worker.off("message", onMessage).off("error", onError).off("exit", onExit)
    const end = (exit: Exit.Exit<WindowRun, WindowFailure | WorkerError>) => {
      stop()
      resume(exit)
    }
    const fail = (detail: string) => end(Exit.fail(new WorkerError({ detail })))
    const onMessage = ({ answer, id }: Reply) => {
      // An answer to a window that was given up comes late and is ignored.
      if (id === job.id) end(decodeAnswer(answer))
    }
    const onError = (cause: unknown) => fail(detailOf(cause))
    const onExit = (code: number) => fail(`ended with code ${code} before its window was done`)
    worker.on("message", onMessage).on("error", onError).on("exit", onExit)
    if (worker.threadId === -1) fail("ended before its window began")
    else worker.postMessage(job)
    return Effect.sync(stop)
  })

/** Threads that run windows, as many at a time as there are threads; they end with the scope. */
export const startWorkers = (options: WorkersOptions): Effect.Effect<RunWindow, WorkerError, Scope.Scope> =>
  Effect.gen(function* () {
    const idle = yield* Queue.unbounded<Worker>()
    for (let started = 0; started < options.workers; started += 1) {
      yield* Queue.offer(idle, yield* startWorker(options))
    }
    let nextId = 0
    return (window: BacktestOptions) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(restore(Queue.take(idle)), (worker) =>
          Effect.ensuring(restore(runOn(worker, { id: nextId++, options: window })), Queue.offer(idle, worker))
        )
      )
  })
