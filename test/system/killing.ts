import { spawn } from "node:child_process"
import { copyFileSync, existsSync } from "node:fs"
import { join } from "node:path"
import { makeRng, nextFloat, type Rng } from "../../src/core/rng.ts"
import { builtCli } from "../cli/cli.ts"
import { root } from "../shared.ts"

/** One run of the command line under the probe. */
export interface Ended {
  readonly killed: boolean
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** See killProbe.mjs. */
  readonly marks: string
  readonly ms: number
}

/** When to kill: after so many milliseconds, at the nth thing that it does to its database, or when all is done. */
export type Kill = { readonly afterMs: number } | { readonly atEvent: number | "exit" } | null

const probe = join(root, "test", "system", "killProbe.mjs")

/** Runs the bundled command line and kills it with SIGKILL when told to. */
export const runKilled = (
  args: ReadonlyArray<string>,
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
  kill: Kill
): Promise<Ended> =>
  new Promise((resolve) => {
    const at: Record<string, string> = kill !== null && "atEvent" in kill ? { KILL_AT: String(kill.atEvent) } : {}
    const startedAt = performance.now()
    const child = spawn(process.execPath, ["--import", probe, builtCli(), ...args], {
      cwd: options.cwd,
      env: { PATH: process.env["PATH"] ?? "", ...options.env, ...at },
      stdio: ["ignore", "pipe", "pipe", "pipe"]
    })
    const texts = ["", "", "", ""]
    for (const fd of [1, 2, 3]) child.stdio[fd]?.on("data", (data) => (texts[fd] += String(data)))
    const timer = kill !== null && "afterMs" in kill ? setTimeout(() => child.kill("SIGKILL"), kill.afterMs) : undefined
    child.on("close", (code, signal) => {
      clearTimeout(timer)
      const [, stdout = "", stderr = "", marks = ""] = texts
      resolve({ killed: signal === "SIGKILL", code, stdout, stderr, marks, ms: performance.now() - startedAt })
    })
  })

/** It died between BEGIN and the return of COMMIT. */
export const diedInTransaction = ({ marks }: Ended): boolean => marks.lastIndexOf("B") > marks.lastIndexOf("C")

/** The state of a database that nobody has open, its log included. */
export const copyDatabase = (from: string, to: string): void => {
  for (const suffix of ["", "-wal"]) if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix)
}

/** How a command behaves when it is left alone. */
export interface Measured {
  readonly ms: number
  readonly events: number
}

/**
 * Random kills that can be repeated: the fraction comes from a seeded generator, every other kill is by the clock and
 * the others by database event, so that both the long start and the short moments of writing are hit; one in ten comes
 * when everything is stored and the process is about to end.
 */
export class Killer {
  readonly rng: Rng
  count = 0
  before = 0
  during = 0
  after = 0
  inTransaction = 0
  missed = 0

  constructor(seed: string) {
    this.rng = makeRng(seed)
  }

  next(measured: Measured): Exclude<Kill, null> {
    const fraction = nextFloat(this.rng)
    if (this.count % 10 === 9) return { atEvent: "exit" }
    return (this.count + this.missed) % 2 === 0
      ? { afterMs: fraction * measured.ms }
      : { atEvent: 1 + Math.floor(fraction * measured.events) }
  }

  /** Counts a run by how much of its work is stored; false: it ended by itself before the kill. */
  note(ended: Ended, done: number, whole: number): boolean {
    if (!ended.killed) {
      this.missed += 1
      return false
    }
    this.count += 1
    if (diedInTransaction(ended)) this.inTransaction += 1
    if (done === 0) this.before += 1
    else if (done < whole) this.during += 1
    else this.after += 1
    return true
  }
}
