import { execFileSync, spawn } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { root } from "../shared.ts"

const outdir = join(root, "node_modules", ".cache", "test-cli")
const lock = `${outdir}.lock`
const entry = join(outdir, "cli.js")

const newestSource = (dir: string): number =>
  Math.max(
    ...readdirSync(dir, { withFileTypes: true }).map((item) => {
      const path = join(dir, item.name)
      return item.isDirectory() ? newestSource(path) : statSync(path).mtimeMs
    })
  )

const isFresh = (): boolean => existsSync(entry) && statSync(entry).mtimeMs > newestSource(join(root, "src"))

/**
 * The bundled command line, built from the present sources into the cache. Test files run in parallel: the first one
 * builds, the others wait for it.
 */
export const builtCli = async (): Promise<string> => {
  while (!isFresh()) {
    try {
      mkdirSync(lock)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100))
      continue
    }
    try {
      execFileSync(process.execPath, [join(root, "scripts", "build.mjs"), "--fast", "--outdir", outdir], {
        stdio: "pipe"
      })
    } finally {
      rmSync(lock, { recursive: true })
    }
  }
  return entry
}

export interface Run {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Called once with what stdout holds so far, each time it grows. */
  readonly onStdout?: (text: string, kill: (signal: NodeJS.Signals) => void) => void
}

/** Runs the built command line in `cwd` with an environment that holds nothing of the tester's. */
export const runCli = async (args: ReadonlyArray<string>, { cwd, env, onStdout }: RunOptions): Promise<Run> => {
  const cli = await builtCli()
  const child = spawn(process.execPath, [cli, ...args], { cwd, env: { PATH: process.env["PATH"] ?? "", ...env } })
  let stdout = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
    onStdout?.(stdout, (signal) => child.kill(signal))
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
  return new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr })))
}

/** A new empty folder, removed by `remove`. */
export const scratch = (): { readonly dir: string; readonly remove: () => void } => {
  const dir = mkdtempSync(join(tmpdir(), "monomarket-cli-"))
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}
