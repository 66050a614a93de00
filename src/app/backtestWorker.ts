import { parentPort, workerData } from "node:worker_threads"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { runWindow } from "../backtest/windowRun.ts"
import { layerFile } from "../store/historyFile.ts"
import { encodeAnswer, type Job, type Reply, type WorkerData } from "./backtestWorkerMessages.ts"

/** The thread's side of backtestWorkers.ts: one window at a time, read through connections of its own. */
const serve = (port: NonNullable<typeof parentPort>, { database }: WorkerData): void => {
  // Built once: its connection is kept from window to window, and ends with the thread.
  const runtime = ManagedRuntime.make(layerFile(database))
  port.on("message", ({ id, options }: Job) => {
    void runtime.runPromiseExit(runWindow(options)).then((exit) => {
      const reply: Reply = { id, answer: encodeAnswer(exit) }
      port.postMessage(reply)
    })
  })
}

if (parentPort !== null) serve(parentPort, workerData)
