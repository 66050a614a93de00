import { spawnSync } from "node:child_process"
import { makeHistory } from "./history.mjs"

const cli = new URL("../../dist/cli.js", import.meta.url).pathname
const WINDOWS = 64

/** Wall time of a whole process, so that threads pay for their start as users do. Digest of what it printed. */
const rollAll = ({ fromUs, path, toUs }, workers) => {
  const hours = (toUs - fromUs) / 3_600_000_000
  const iso = (us) => new Date(us / 1_000).toISOString()
  const options = {
    "--db": path,
    "--from": iso(fromUs),
    "--to": iso(toUs),
    "--window-hours": hours / 8,
    "--step-hours": hours / WINDOWS,
    "--workers": workers,
    "--window-limit": 0,
    "--reject-top-k": 0
  }
  const started = performance.now()
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [cli, "backtest-rolling", "--partial-fill", "--dynamic-slippage", ...Object.entries(options).flat().map(String)],
    { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }
  )
  const ms = performance.now() - started
  if (status !== 0) throw new Error(stderr)
  return { ms, stdout }
}

export const rolling = {
  name: "rolling, 64 windows on two threads",
  unit: "ms",
  // 1.7 times as fast.
  target: 0.59,
  runs: 3,
  floorIs: "the same windows one after another (1.7x as fast is 0.59)",
  prepare: async (folder) => {
    const history = await makeHistory(folder, { name: "rolling", signals: 200_000, markets: 300, snapshots: 288 })
    if (rollAll(history, 1).stdout !== rollAll(history, 2).stdout) throw new Error("two threads answer differently")
    return history
  },
  run: (history) => rollAll(history, 2).ms,
  floor: (history) => rollAll(history, 1).ms
}
