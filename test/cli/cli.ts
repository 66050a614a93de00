import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inject } from "vitest"
import type {} from "../globalSetup.ts"

/** The bundled command line; test/globalSetup.ts built it from the present sources. */
export const builtCli = (): string => {
  const path = inject("cli")
  if (path === "") throw new Error("the command line could not be built; the reason is at the start of the output")
  return path
}

export interface Run {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A Node, and a command line that it can run. */
export interface Program {
  readonly node: string
  readonly cli: string
}

export interface RunOptions {
  readonly cwd: string
  /** Default: the Node of the tests, and what test/globalSetup.ts built. */
  readonly program?: Program
  readonly env?: Readonly<Record<string, string>>
  /** Called once with what stdout holds so far, each time it grows. */
  readonly onStdout?: (text: string, kill: (signal: NodeJS.Signals) => void) => void
}

/** Runs the built command line in `cwd` with an environment that holds nothing of the tester's. */
export const runCli = async (
  args: ReadonlyArray<string>,
  { cwd, env, onStdout, program }: RunOptions
): Promise<Run> => {
  const { cli, node } = program ?? { node: process.execPath, cli: builtCli() }
  const child = spawn(node, [cli, ...args], { cwd, env: { PATH: process.env["PATH"] ?? "", ...env } })
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
