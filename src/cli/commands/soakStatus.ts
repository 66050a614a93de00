import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { newestSoak, type SoakStatus, soakStatus } from "../../app/soakStatus.ts"
import { type CycleLine } from "../../app/soakFiles.ts"
import { isJsonObject, type JsonObject } from "../../domain/json.ts"
import { type Column, renderPairs, renderTable, renderTitle, type Screen } from "../../reports/terminal.ts"
import { formatNumber, formatPnl } from "../../reports/terminalFormat.ts"
import { defineCommand } from "../command.ts"
import { folder, whole } from "../jobOptions.ts"
import { Output } from "../Output.ts"
import { soaksFolder } from "./soak.ts"

const right = (header: string, value: (line: CycleLine) => string): Column<CycleLine> => ({
  header,
  value,
  align: "right"
})
const yesNo = (header: string, of: (line: CycleLine) => boolean): Column<CycleLine> => ({
  header,
  value: (line) => (of(line) ? "ok" : "failed"),
  tone: (line) => (of(line) ? undefined : "bad")
})

const columns: ReadonlyArray<Column<CycleLine>> = [
  { header: "time", value: ({ ts }) => ts.replace(/\.\d+Z$/, "Z") },
  right("cycle", ({ cycle }) => formatNumber(cycle, 0)),
  { header: "status", value: ({ status }) => status, tone: ({ status }) => (status === "ok" ? "good" : "bad") },
  yesNo("ingest", (line) => line.ingest_ok),
  yesNo("signals", (line) => line.signals_ok),
  yesNo("execute", (line) => line.execute_ok),
  right("executed", (line) => formatNumber(line.executed_count, 0)),
  right("failed", (line) => formatNumber(line.execute_failures, 0)),
  right("seconds", (line) => formatNumber(line.cycle_sec, 1))
]

const duration = (seconds: number): string => {
  const hours = Math.floor(seconds / 3_600)
  const minutes = Math.floor((seconds % 3_600) / 60)
  return hours > 0 ? `${hours} h ${minutes} min` : minutes > 0 ? `${minutes} min` : `${seconds} s`
}

const pnlOf = (raw: unknown): number | null => {
  const pnl = isJsonObject(raw) ? raw["pnl"] : null
  const total = isJsonObject(pnl) ? pnl["total"] : null
  return typeof total === "number" ? total : null
}

const text = (status: SoakStatus, last: number, screen: Screen): string => {
  const { cycles, latest, state } = status
  const pnl = pnlOf(status.raw)
  const hint = state === "killed" ? `; go on with it: monomarket soak --out-dir ${status.outDir}` : ""
  const head = renderPairs(
    [
      ["folder", status.outDir],
      ["state", `${state}${status.pid === null ? "" : ` (process ${status.pid})`}${hint}`],
      ["time", `${latest.started_at} to ${latest.ends_at}, ${duration(status.leftSec)} left`],
      [
        "cycles",
        `${formatNumber(cycles.length, 0)}, ${status.partial} partial; last news ${duration(status.ageSec)} ago`
      ],
      ["executed", `${formatNumber(status.executed, 0)} signals, ${status.failures} failed`],
      ["paper pnl", pnl === null ? "-" : `${formatPnl(pnl)} USDC`],
      ["database", latest.db_path]
    ],
    screen
  )
  const shown = last === 0 ? [] : cycles.slice(-last)
  if (shown.length === 0) return head
  return `${head}\n\n${renderTitle(`Last ${shown.length} cycle(s)`, screen)}\n${renderTable(columns, shown, screen)}`
}

const json = (status: SoakStatus, last: number): JsonObject => {
  const plain: JsonObject = {
    out_dir: status.outDir,
    state: status.state,
    pid: status.pid,
    cycles: status.cycles.length,
    partial_cycles: status.partial,
    executed_count: status.executed,
    execute_failures: status.failures,
    age_sec: status.ageSec,
    left_sec: status.leftSec,
    history: last === 0 ? [] : status.cycles.slice(-last)
  }
  return { ...plain, latest: isJsonObject(status.raw) ? status.raw : null }
}

export const command = defineCommand({
  name: "soak-status",
  description: "Tells how a soak is doing: running, finished or killed, its cycles, what it executed, its profit.",
  settings: {
    outDir: folder("out-dir", `Folder of the soak (default: the newest in ${soaksFolder})`).pipe(Options.optional),
    last: whole("last", "Cycles to show", 10, 0, 100_000)
  },
  layer: Layer.empty,
  handler: ({ last, outDir }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const status = yield* soakStatus(Option.isSome(outDir) ? outDir.value : yield* newestSoak(soaksFolder))
      yield* output.result(json(status, last), (screen) => text(status, last, screen))
    })
})
