// Makes an artifact of about a gigabyte by a backtest, and takes it through verify, report, the migration and back: time
// and highest memory of each command. Not part of `npm run bench`, which it would slow down by minutes.
// node scripts/artifact-memory.mjs [MiB of the artifact, default 1024]; the build in dist/ is measured.
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { makeHistory } from "./bench/history.mjs"
import { root } from "./shared.mjs"

/** About so many bytes a ledger row of the generated history takes. */
const ROW_BYTES = 860
const MARKETS = 300
const MIB = 1 << 20
const wanted = Number(process.argv[2] ?? 1024) * MIB
const signals = Math.ceil(wanted / ROW_BYTES)
const folder = mkdtempSync(join(tmpdir(), "monomarket-gigabyte-"))
const cli = join(root, "dist", "cli.js")
const fast = join(root, "scripts", "artifact-memory-child.mjs")

/** Runs a command; its highest memory is what the operating system counted for the child. */
const measure = (name, args) => {
  const start = process.hrtime.bigint()
  const child = spawnSync(process.execPath, [fast, cli, ...args], { encoding: "utf8", cwd: folder })
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  if (child.status !== 0) throw new Error(`${name}: ${child.stderr}`)
  const peak = Number(/peak (\d+)/.exec(child.stderr)?.[1]) / 1024
  const cpu = Number(/cpu ([\d.]+)/.exec(child.stderr)?.[1])
  const times = `${seconds.toFixed(1).padStart(7)} s  ${cpu.toFixed(1).padStart(7)} s of processor`
  console.log(`${name.padEnd(12)} ${times}  ${peak.toFixed(0).padStart(6)} MiB`)
}

try {
  const history = await makeHistory(folder, { name: "gigabyte", signals, markets: MARKETS, snapshots: 288 })
  // Wide limits: most rows trade, and positions are there to be folded.
  const config = join(folder, "wide.yaml")
  writeFileSync(config, "risk: {max_daily_loss: 1e12, max_strategy_notional: 1e12, max_event_notional: 1e12}\n")
  const db = ["--db", history.path, "--config", config]
  const [artifact, second, back] = ["artifact.json", "second.json", "back.json"].map((file) => join(folder, file))
  const limits = ["--replay-limit", "0", "--out-json", artifact, "--with-checksum"]
  measure("backtest", ["backtest", ...db, ...limits])
  console.log(`${(statSync(artifact).size / MIB).toFixed(0)} MiB, ${signals} signals`)
  measure("verify", ["verify", artifact])
  measure("report", [
    "report",
    ...db,
    "--in",
    artifact,
    "--out-pdf",
    join(folder, "r.pdf"),
    "--out-html",
    join(folder, "r.html")
  ])
  measure("migrate", ["backtest-migrate-v1-to-v2", "--in", artifact, "--out", second, "--with-checksum"])
  measure("verify v2", ["verify", second])
  measure("back", ["backtest-migrate-v1-to-v2", "--back", "--in", second, "--out", back])
  measure("verify back", ["verify", back])
} finally {
  rmSync(folder, { recursive: true, force: true })
}
