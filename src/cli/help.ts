import { VERSION } from "../domain/version.ts"
import { type CommandEntry } from "./commands/table.ts"

/** The list of commands, by group. Needs nothing but the table, so that it is there at once. */
export const rootHelp = (table: ReadonlyArray<CommandEntry>): string => {
  const width = Math.max(...table.map(({ name }) => name.length))
  const groups = [...new Set(table.map(({ group }) => group))]
  const sections = groups.flatMap((group) => [
    `${group}:`,
    ...table.filter((entry) => entry.group === group).map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    ""
  ])
  return [
    `monomarket ${VERSION}: a trading system for binary prediction markets. Paper by default.`,
    "",
    "Usage: monomarket <command> [options]",
    "",
    ...sections,
    "Options of every command:",
    "  --config <file>  Configuration (default: MONOMARKET_CONFIG, else configs/config.yaml, else the defaults)",
    "  --db <file>      SQLite database (default: MONOMARKET_DB, else app.db_path of the configuration)",
    "  --json           Print exactly one JSON value",
    "  --verbose        Log everything, and show the cause of an error",
    "  --help           Explain a command: monomarket <command> --help",
    "  --version        Print the version",
    "",
    "Exit codes: 0 done, 1 failed, 2 wrong usage."
  ].join("\n")
}
