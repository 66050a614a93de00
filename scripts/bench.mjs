// Measures each case beside its floor, the least work that anybody must do for it, in turn, several times, and prints
// median, spread and ratio as a table; --json prints the figures, --only NAME runs one case.
// Options: --runs N (default 5), --json, --only NAME[,NAME].
import { mkdtempSync, rmSync } from "node:fs"
import { cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { coldStart } from "./bench/coldStart.mjs"
import { ingest } from "./bench/ingest.mjs"
import { journal } from "./bench/journal.mjs"
import { memory } from "./bench/memory.mjs"
import { orderSigning } from "./bench/orderSigning.mjs"
import { rolling } from "./bench/rolling.mjs"
import { linear, signalReplay } from "./bench/signalReplay.mjs"
import { strategyReplay } from "./bench/strategyReplay.mjs"
import { virtualClock } from "./bench/virtualClock.mjs"

const option = (name) => {
  const index = process.argv.indexOf(name)
  return index === -1 ? undefined : process.argv[index + 1]
}
const runs = Number(option("--runs") ?? 5)
const only = option("--only")?.split(",")
const asJson = process.argv.includes("--json")
const cases = [
  signalReplay,
  linear,
  strategyReplay,
  virtualClock,
  rolling,
  ingest,
  journal,
  orderSigning,
  coldStart,
  memory
].flat()

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}
const spread = (values) => (Math.max(...values) - Math.min(...values)) / median(values)

const folder = mkdtempSync(join(tmpdir(), "monomarket-bench-"))
const results = []
try {
  for (const one of cases) {
    if (only !== undefined && !only.some((name) => one.name.includes(name))) continue
    process.stderr.write(`${one.name} ...\n`)
    const context = await one.prepare(folder)
    const mine = []
    const floor = []
    try {
      // In turn, so that a machine that slows down slows both.
      for (let run = 0; run < (one.runs ?? runs) + 1; run += 1) {
        const b = await one.floor(context)
        const a = await one.run(context)
        if (run === 0) continue // warm-up
        floor.push(b)
        mine.push(a)
      }
    } finally {
      await one.release?.(context)
    }
    results.push({
      name: one.name,
      unit: one.unit,
      mine: median(mine),
      mineSpread: spread(mine),
      floor: median(floor),
      floorSpread: spread(floor),
      ratio: median(mine.map((value, index) => value / floor[index])),
      target: one.target,
      floorIs: one.floorIs
    })
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

if (asJson) console.log(JSON.stringify({ node: process.version, cpus: cpus().length, runs, results }, null, 2))
else {
  const round = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(1))
  const rows = results.map((r) => [
    r.name,
    `${round(r.mine)} ${r.unit} ±${Math.round(r.mineSpread * 50)}%`,
    `${round(r.floor)} ${r.unit} ±${Math.round(r.floorSpread * 50)}%`,
    r.ratio.toFixed(2),
    `<= ${r.target}`,
    r.ratio <= r.target ? "ok" : "MISSED",
    r.floorIs
  ])
  const head = ["case", "median", "floor", "ratio", "target", "", "floor is"]
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)))
  for (const row of [head, ...rows])
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd()
    )
  console.log(
    `\nNode ${process.version}, ${cpus().length} cores, ${runs} runs each after a warm-up; CPU time but for cold start and rolling (wall) and memory (peak RSS).`
  )
}
