import * as Options from "@effect/cli/Options"
import * as Option from "effect/Option"
import { type CycleOptions, type CycleWindow } from "../app/cycle.ts"
import { choice, names, number, parsed } from "./options.ts"

/** The path of a folder. */
export const folder = (name: string, description: string): Options.Options<string> =>
  parsed(name, "folder", description, (text) =>
    text.trim() === "" ? { problem: "must be the path of a folder" } : { value: text }
  )

/** A whole number with a default, which help states. */
export const whole = (
  name: string,
  description: string,
  fallback: number,
  min: number,
  max: number
): Options.Options<number> =>
  number(name, "n", `${description} (default ${fallback})`, { min, max, whole: true }).pipe(
    Options.withDefault(fallback)
  )

/** Hours, up to a century. */
export const hours = (name: string, description: string, fallback: number): Options.Options<number> =>
  number(name, "n", `${description} (default ${fallback})`, { min: 0, above: true, max: 876_000 }).pipe(
    Options.withDefault(fallback)
  )

/** Which signals a cycle replays. */
export const windowOption = (fallback: CycleWindow): Options.Options<CycleWindow> =>
  choice<CycleWindow>(
    "window",
    ["cycle", "lookback"],
    `Replay this cycle's signals alone, or all of the last --lookback-hours (default ${fallback})`
  ).pipe(Options.withDefault(fallback))

/** What cycle and nightly take alike. */
export const cycleSettings = {
  lookbackHours: hours("lookback-hours", "How far back the replay reaches", 24),
  marketLimit: whole(
    "market-limit",
    "Open markets that strategies look at, those seen last first",
    2_000,
    1,
    1_000_000
  ),
  ingestLimit: whole("ingest-limit", "Markets to collect", 300, 1, 1_000_000),
  strategies: names("strategies", "ids", "Which strategies, such as s1,s4 (default: all that are on)").pipe(
    Options.optional
  ),
  outputDir: folder("output-dir", "Where the runs are (default artifacts/backtest)").pipe(
    Options.withDefault("artifacts/backtest")
  )
}

export const cycleOptionsOf = (
  input: Omit<CycleOptions, "strategies"> & { readonly strategies: Option.Option<ReadonlyArray<string>> }
): CycleOptions => ({
  lookbackHours: input.lookbackHours,
  marketLimit: input.marketLimit,
  ingestLimit: input.ingestLimit,
  strategies: Option.getOrNull(input.strategies),
  outputDir: input.outputDir,
  window: input.window
})
