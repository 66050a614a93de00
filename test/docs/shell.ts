import { spawn } from "node:child_process"
import { chmodSync, cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { builtCli } from "../cli/cli.ts"
import { root } from "../shared.ts"
import { type Block } from "./blocks.ts"

/** What a reader's terminal keeps from one block to the next. */
export interface Shell {
  readonly cwd: string
  readonly env: Record<string, string>
}

/**
 * A folder that looks to commands like the checkout after `scripts/setup.sh`: configs, scripts, examples and dist are
 * there, and `npx monomarket` is the command line that was just built.
 */
export const makeShell = (dir: string, env: Readonly<Record<string, string>>): Shell => {
  const cwd = join(dir, "monomarket")
  const bin = join(dir, "bin")
  mkdirSync(join(cwd, "scripts"), { recursive: true })
  mkdirSync(bin)
  cpSync(join(root, "configs", "config.example.yaml"), join(cwd, "configs", "config.example.yaml"))
  cpSync(join(root, "configs", "soak.paper.yaml"), join(cwd, "configs", "soak.paper.yaml"))
  for (const name of readdirSync(join(root, "scripts")).filter((file) => file.endsWith(".sh"))) {
    cpSync(join(root, "scripts", name), join(cwd, "scripts", name))
  }
  cpSync(join(root, "docs", "examples"), join(cwd, "docs", "examples"), { recursive: true })
  // Programs of the documents import this library by its name, and Effect, as they would in the checkout.
  cpSync(join(root, "package.json"), join(cwd, "package.json"))
  symlinkSync(join(root, "node_modules"), join(cwd, "node_modules"))
  symlinkSync(dirname(builtCli()), join(cwd, "dist"))
  const npx = join(bin, "npx")
  writeFileSync(
    npx,
    `#!/usr/bin/env bash\nset -eu\nwhile [ "$1" != monomarket ]; do shift; done\nshift\nexec "${process.execPath}" "${builtCli()}" "$@"\n`
  )
  chmodSync(npx, 0o755)
  return { cwd, env: { PATH: `${bin}:${process.env["PATH"] ?? ""}`, HOME: dir, LANG: "C.UTF-8", ...env } }
}

const exportLine = /^export ([A-Z_]+)=("?)([^"#]*?)\2\s*(?:#.*)?$/

/** Variables that a block exports stay for the blocks behind it; the loopback exchange of the test keeps its address. */
const keepExports = (shell: Shell, script: string): void => {
  for (const line of script.split("\n")) {
    const found = exportLine.exec(line.trim())
    if (found === null) continue
    const [, name = "", , value = ""] = found
    if (!/^(MONOMARKET_(GAMMA|DATA|CLOB|GEOBLOCK)|CONTROL)_URL$/.test(name)) shell.env[name] = value
  }
}

/** The script without its exports: `keepExports` has set them. */
const withoutExports = (script: string): string =>
  script
    .split("\n")
    .filter((line) => !exportLine.test(line.trim()))
    .join("\n")

export interface Outcome {
  readonly code: number | null
  /** stdout and stderr in the order of arrival. */
  readonly output: string
}

/** What a progress bar leaves where there is no terminal. */
const progressLine = /^[a-z-]+: [\d,]+ of [\d,]+ \(\d+%\).*\n/gm

const portOf = (text: string | undefined): string | undefined => /http:\/\/127\.0\.0\.1:(\d+)/.exec(text ?? "")?.[1]

/** Where the documents' readers have their exchange. */
const usualPort = "8787"

/** The output with the port that the document asks for in place of the free one that it got. */
const withPort = (output: string, wanted: string | undefined, shell: Shell): string => {
  const known = portOf(shell.env["MONOMARKET_CLOB_URL"])
  const own = known === undefined ? output : output.replaceAll(`127.0.0.1:${known}`, `127.0.0.1:${usualPort}`)
  const port = portOf(own)
  return port === undefined || wanted === undefined ? own : own.replaceAll(port, wanted)
}

/** Runs a block as a reader would, in bash, stopping at the first command that fails. */
export const runBlock = (shell: Shell, block: Block): Promise<Outcome> => {
  const script = block.run ?? block.script
  keepExports(shell, script)
  // An exchange that runs until it is interrupted takes any free port here, so that tests do not meet on one.
  const text = block.until === null ? script : `exec ${script.replace(/--port \d+/, "--port 0")}`
  const child = spawn("bash", ["-euo", "pipefail", "-c", withoutExports(text)], {
    cwd: shell.cwd,
    env: shell.env,
    stdio: ["ignore", "pipe", "pipe"]
  })
  let output = ""
  let stopped = false
  const hear = (chunk: string) => {
    output += chunk
    if (block.until !== null && !stopped && output.includes(block.until)) {
      stopped = true
      child.kill("SIGINT")
    }
  }
  child.stdout.setEncoding("utf8").on("data", hear)
  child.stderr.setEncoding("utf8").on("data", hear)
  const readable = () => withPort(output.replace(progressLine, ""), /--port (\d+)/.exec(script)?.[1], shell)
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output: readable() })))
}
