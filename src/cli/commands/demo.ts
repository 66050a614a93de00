import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type DemoReport, runDemo } from "../../app/demo.ts"
import { type Json } from "../../domain/json.ts"
import { formatTime } from "../../domain/time.ts"
import { fromMicros } from "../../domain/units.ts"
import { renderPairs, renderTable, renderTitle, type Screen } from "../../reports/terminal.ts"
import { formatNumber, formatPercent, formatPnl } from "../../reports/terminalFormat.ts"
import { reportJson, strategyColumns } from "../backtestView.ts"
import { defineCommand } from "../command.ts"
import { number, parsed } from "../options.ts"
import { Output } from "../Output.ts"
import { withProgress } from "../progress.ts"

const whole = (min: number, max: number) => ({ min, max, whole: true })

const topReasons = (report: DemoReport, count: number): string =>
  Object.entries(report.backtest.reject_reasons)
    .slice(0, count)
    .map(([code, signals]) => `${code} ${String(signals)}`)
    .join(", ")

const summary = (report: DemoReport, screen: Screen): string => {
  const { backtest, pnl } = report
  const rate = backtest.total_signals === 0 ? null : backtest.executed_signals / backtest.total_signals
  const collected = `${formatNumber(report.rowsIngested, 0)} market rows, ${formatNumber(report.requests, 0)} requests`
  return [
    renderTitle("Demo on a generated market (synthetic data, simulated exchange)", screen),
    renderPairs(
      [
        ["market time", `${formatTime(report.fromUs)} to ${formatTime(report.toUs)}`],
        ["collected", `${collected}, ${formatNumber(report.refused, 0)} refused`],
        ["signals", formatNumber(report.signals, 0)],
        [
          "paper",
          `${report.bundlesExecuted} bundles executed, ${report.bundlesRejected} rejected, ${report.ordersFilled} orders filled`
        ],
        [
          "paper pnl",
          `${formatPnl(fromMicros(pnl.total.pnl))} USDC (realized ${formatPnl(fromMicros(pnl.total.realized))})`
        ],
        ["replay", `${backtest.total_signals} signals, ${backtest.executed_signals} executed (${formatPercent(rate)})`],
        ["not executed", topReasons(report, 4)],
        ["ledger", backtest.ledger_sha256]
      ],
      screen
    ),
    "",
    renderTable(strategyColumns, backtest.results, screen),
    "",
    renderTitle("The report is here", screen),
    ...report.files.map((file) => `  ${file}`),
    "",
    renderTitle("Try next", screen),
    `  npx monomarket verify ${report.files[0] ?? ""}`,
    `  npx monomarket list-signals --limit 10 --db ${report.database}`,
    `  npx monomarket backtest --compat original --db ${report.database}`,
    "  npx monomarket --help"
  ].join("\n")
}

const json = (report: DemoReport): Json =>
  reportJson(report.backtest, {
    rows_ingested: report.rowsIngested,
    request_count: report.requests,
    refused: report.refused,
    signals: report.signals,
    bundles_executed: report.bundlesExecuted,
    bundles_rejected: report.bundlesRejected,
    orders_filled: report.ordersFilled,
    paper_pnl: fromMicros(report.pnl.total.pnl),
    paper_realized: fromMicros(report.pnl.total.realized),
    database: report.database,
    files: report.files,
    checksum_sha256: report.checksum
  })

export const command = defineCommand({
  name: "demo",
  description: "The main job on a simulated exchange: collect, find signals, trade on paper, replay, report. Offline.",
  settings: {
    seed: number(
      "seed",
      "n",
      "Seed of the generated market (default 11); the same seed gives the same numbers",
      whole(0, 2 ** 31)
    ).pipe(Options.withDefault(11)),
    markets: number("markets", "n", "How many markets (default 400)", whole(10, 20_000)).pipe(Options.withDefault(400)),
    steps: number("steps", "n", "How often the market moves and is traded (default 12)", whole(2, 10_000)).pipe(
      Options.withDefault(12)
    ),
    stepSeconds: number("step-seconds", "s", "Market time between steps (default 1800)", whole(1, 86_400)).pipe(
      Options.withDefault(1_800)
    ),
    signalsPerStep: number(
      "signals-per-step",
      "n",
      "Signals to execute at each step (default 500)",
      whole(0, 10_000)
    ).pipe(Options.withDefault(500)),
    outDir: parsed("out-dir", "folder", "Where database and artifacts go (default artifacts/demo)", (text) =>
      text.trim() === "" ? { problem: "must be a folder" } : { value: text }
    ).pipe(Options.withDefault("artifacts/demo"))
  },
  layer: Layer.empty,
  handler: ({ markets, outDir, seed, signalsPerStep, stepSeconds, steps }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const report = yield* withProgress({ label: "demo", unit: "steps", total: steps }, ({ update }) =>
        runDemo({ seed, markets, steps, stepSeconds, signalsPerStep, folder: outDir }, (done) => update(done))
      )
      yield* output.result(json(report), (screen) => summary(report, screen))
    })
})
