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
    name: "ingest",
    group: "Collect",
    summary: "Collect markets from the exchange's public APIs",
    load: () => import("./ingest.ts")
  },
  { name: "list-markets", group: "Collect", summary: "Markets as last seen", load: () => import("./listMarkets.ts") },
  {
    name: "generate-signals",
    group: "Trade",
    summary: "Run the strategies over the open markets",
    load: () => import("./generateSignals.ts")
  },
  { name: "list-signals", group: "Trade", summary: "Stored signals", load: () => import("./listSignals.ts") }
]
