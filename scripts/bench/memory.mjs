import { spawnSync } from "node:child_process"
import { makeHistory } from "./history.mjs"

const cli = new URL("../../dist/cli.js", import.meta.url).pathname

/** Peak resident memory of a whole backtest process with its artifact written, MB. */
const peakMb = ({ folder, history }) => {
  const script = `process.on("exit", () => process.stderr.write("\\nPEAK " + process.resourceUsage().maxRSS)); await import(${JSON.stringify(cli)})`
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      script,
      "--",
      "monomarket",
      "backtest",
      "--db",
      history.path,
      "--replay-limit",
      "0",
      "--out-json",
      `${folder}/memory.json`,
      "--with-checksum"
    ],
    { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] }
  )
  const peak = /PEAK (\d+)/.exec(stderr)
  if (status !== 0 || peak === null) throw new Error(stderr)
  return Number(peak[1]) / 1024
}

export const memory = {
  name: "memory, a window ten times longer",
  unit: "MB",
  target: 1.2,
  runs: 1,
  floorIs: "peak RSS of the shorter window",
  prepare: async (folder) => ({
    folder,
    short: await makeHistory(folder, { name: "memory-short", signals: 30_000, markets: 300, snapshots: 288 }),
    long: await makeHistory(folder, { name: "memory-long", signals: 300_000, markets: 300, snapshots: 2880 })
  }),
  run: ({ folder, long }) => peakMb({ folder, history: long }),
  floor: ({ folder, short }) => peakMb({ folder, history: short })
}
