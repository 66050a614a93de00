import { type CliCommand } from "../command.ts"

export interface CommandEntry {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  readonly group: "Set up" | "Collect" | "Trade" | "Replay" | "Report"
  readonly load: () => Promise<{ readonly command: CliCommand }>
}

/**
 * Every command. To add one: write `commands/<name>.ts` that exports `command` (made with defineCommand), and add one
 * line here. The file and all it imports load only when that command runs, so it may import what it likes; list order
 * is help order.
 */
export const commandTable: ReadonlyArray<CommandEntry> = [
  { name: "init-db", group: "Set up", summary: "Create or upgrade the database", load: () => import("./initDb.ts") },
  {
    name: "switches",
    group: "Set up",
    summary: "Show the safety switches and where they come from",
    load: () => import("./switches.ts")
  },
  {
    name: "set-switch",
    group: "Set up",
    summary: "Store a safety switch in the database",
    load: () => import("./setSwitch.ts")
  },
  {
    name: "doctor",
    group: "Set up",
    summary: "Check everything that trading needs, and say what to do",
    load: () => import("./doctor.ts")
  },
  {
    name: "ingest",
    group: "Collect",
    summary: "Collect markets from the exchange's public APIs",
    load: () => import("./ingest.ts")
  },
  {
    name: "exchange",
    group: "Collect",
    summary: "Serve a loopback exchange to rehearse against",
    load: () => import("./exchange.ts")
  },
  {
    name: "ingest-health",
    group: "Collect",
    summary: "Errors, breakers and runs of ingest",
    load: () => import("./ingestHealth.ts")
  },
  { name: "list-markets", group: "Collect", summary: "Markets as last seen", load: () => import("./listMarkets.ts") },
  {
    name: "generate-signals",
    group: "Trade",
    summary: "Run the strategies over the open markets",
    load: () => import("./generateSignals.ts")
  },
  {
    name: "run",
    group: "Trade",
    summary: "Run the trading program: paper, live or backtest",
    load: () => import("./run.ts")
  },
  { name: "list-signals", group: "Trade", summary: "Stored signals", load: () => import("./listSignals.ts") },
  {
    name: "execute-signal",
    group: "Trade",
    summary: "Turn stored signals into orders",
    load: () => import("./executeSignal.ts")
  },
  { name: "place-order", group: "Trade", summary: "Place an order by hand", load: () => import("./placeOrder.ts") },
  { name: "cancel-order", group: "Trade", summary: "Cancel a resting order", load: () => import("./cancelOrder.ts") },
  {
    name: "live-sync",
    group: "Trade",
    summary: "Bring live orders up to what the exchange shows",
    load: () => import("./liveSync.ts")
  },
  {
    name: "live-cancel",
    group: "Trade",
    summary: "Cancel live orders: one, a market's, or all",
    load: () => import("./liveCancel.ts")
  },
  {
    name: "live-status",
    group: "Trade",
    summary: "The account at the exchange, and what is open or not known",
    load: () => import("./liveStatus.ts")
  },
  { name: "list-orders", group: "Trade", summary: "Stored orders", load: () => import("./listOrders.ts") },
  { name: "list-fills", group: "Trade", summary: "Stored fills", load: () => import("./listFills.ts") },
  {
    name: "list-positions",
    group: "Trade",
    summary: "What each strategy holds",
    load: () => import("./listPositions.ts")
  },
  {
    name: "risk-status",
    group: "Trade",
    summary: "Limits, what counts against them, the circuit breaker",
    load: () => import("./riskStatus.ts")
  },
  {
    name: "risk-reset-drawdown",
    group: "Trade",
    summary: "Let the drawdown stop count anew",
    load: () => import("./riskResetDrawdown.ts")
  },
  {
    name: "soak",
    group: "Trade",
    summary: "Trade on paper for hours in one process",
    load: () => import("./soak.ts")
  },
  {
    name: "soak-status",
    group: "Trade",
    summary: "How a soak is doing",
    load: () => import("./soakStatus.ts")
  },
  {
    name: "pnl-report",
    group: "Report",
    summary: "Realized and unrealized profit, by strategy and event",
    load: () => import("./pnlReport.ts")
  },
  {
    name: "metrics-report",
    group: "Report",
    summary: "Fill and rejection rates, win rate, drawdown",
    load: () => import("./metricsReport.ts")
  },
  {
    name: "report",
    group: "Report",
    summary: "A backtest artifact as PDF and HTML",
    load: () => import("./report.ts")
  },
  {
    name: "demo",
    group: "Set up",
    summary: "The main job from end to end on a simulated exchange",
    load: () => import("./demo.ts")
  },
  {
    name: "backtest",
    group: "Replay",
    summary: "Replay stored signals against recorded data",
    load: () => import("./backtest.ts")
  },
  {
    name: "backtest-rolling",
    group: "Replay",
    summary: "Backtest window after window, in parallel",
    load: () => import("./backtestRolling.ts")
  },
  {
    name: "backtest-migrate-v1-to-v2",
    group: "Replay",
    summary: "Turn a 1.x backtest artifact into 2.0",
    load: () => import("./backtestMigrate.ts")
  },
  {
    name: "backtest-migration-map",
    group: "Replay",
    summary: "Which field of 1.x goes where in 2.0",
    load: () => import("./backtestMigrationMap.ts")
  },
  {
    name: "cycle",
    group: "Replay",
    summary: "Collect, find signals and replay them: one unattended round",
    load: () => import("./cycle.ts")
  },
  {
    name: "align",
    group: "Report",
    summary: "Compare a backtest with what paper did with the same signals",
    load: () => import("./align.ts")
  },
  {
    name: "nightly",
    group: "Report",
    summary: "Cycle, rolling backtest and their report, in a folder of the day",
    load: () => import("./nightly.ts")
  },
  {
    name: "nightly-summary-verify",
    group: "Report",
    summary: "Check a nightly's summary and files against its checksums",
    load: () => import("./nightlySummaryVerify.ts")
  },
  {
    name: "journal",
    group: "Replay",
    summary: "What the program was told and decided, and whether it was touched",
    load: () => import("./journal.ts")
  },
  {
    name: "replay",
    group: "Replay",
    summary: "Run the program again on what a session was told",
    load: () => import("./replay.ts")
  },
  {
    name: "parity",
    group: "Replay",
    summary: "Whether sessions and their replays decided the same",
    load: () => import("./parity.ts")
  },
  {
    name: "verify",
    group: "Replay",
    summary: "Check artifacts against their checksums",
    load: () => import("./verify.ts")
  }
]
