import { spawnSync } from "node:child_process"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { storeLayer } from "../../dist/index.js"

const cli = new URL("../../dist/cli.js", import.meta.url).pathname

const wallMs = (args, env = {}) => {
  const times = []
  for (let i = 0; i < 5; i += 1) {
    const from = process.hrtime.bigint()
    const { status, stderr } = spawnSync(process.execPath, args, { env: { ...process.env, ...env }, stdio: "pipe" })
    if (status !== 0) throw new Error(`${args.join(" ")}: ${stderr}`)
    times.push(Number(process.hrtime.bigint() - from) / 1e6)
  }
  return Math.min(...times)
}

const floor = () => wallMs(["-e", "0"])
const floorIs = "node -e 0"

export const coldStart = [
  {
    name: "cold start, --version",
    unit: "ms",
    target: 3,
    floorIs,
    prepare: () => null,
    run: () => wallMs([cli, "--version"]),
    floor
  },
  {
    name: "cold start, switches",
    unit: "ms",
    target: 5,
    floorIs,
    prepare: async (folder) => {
      const path = join(folder, "cold.db")
      await Effect.runPromise(Effect.void.pipe(Effect.provide(storeLayer(path, { create: true }))))
      return path
    },
    run: (path) => wallMs([cli, "switches", "--db", path]),
    floor
  }
]
