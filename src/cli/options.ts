import * as Args from "@effect/cli/Args"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { suggestion } from "../config/nearest.ts"
import { type EpochMicros, parseTime } from "../domain/time.ts"

/** What an option's text means, or why it means nothing. */
export type Parsed<A> = { readonly value: A } | { readonly problem: string }

export const invalid = (field: string, problem: string): ValidationError.ValidationError =>
  ValidationError.invalidValue(HelpDoc.p(`${field}: ${problem}`))

/** An option whose text is read by `parse`; `shown` stands for the value in help. */
export const parsed = <A>(
  name: string,
  shown: string,
  description: string,
  parse: (text: string) => Parsed<A>
): Options.Options<A> =>
  Options.text(name).pipe(
    Options.withPseudoName(shown),
    Options.withDescription(description),
    Options.mapEffect((text) => {
      const result = parse(text)
      return "problem" in result ? Effect.fail(invalid(`--${name}`, result.problem)) : Effect.succeed(result.value)
    })
  )

export interface NumberRange {
  readonly min: number
  readonly max?: number
  /** The minimum itself is refused. */
  readonly above?: boolean
  readonly whole?: boolean
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** Reads a finite decimal number inside `range`. */
export const parseNumber = (text: string, range: NumberRange): Parsed<number> => {
  const value = decimal.test(text.trim()) ? Number(text) : Number.NaN
  const max = range.max ?? 1e18
  const low = range.above === true ? value > range.min : value >= range.min
  if (low && value <= max && (range.whole !== true || Number.isSafeInteger(value))) return { value }
  const kind = range.whole === true ? "a whole number" : "a number"
  const from = range.above === true ? `above ${range.min}` : `of at least ${range.min}`
  const to = range.max === undefined ? "" : ` and at most ${range.max}`
  return { problem: `must be ${kind} ${from}${to}, not "${text}"` }
}

/** A number in a range that help and errors state. */
export const number = (name: string, shown: string, description: string, range: NumberRange): Options.Options<number> =>
  parsed(name, shown, description, (text) => parseNumber(text, range))

/** An id that may be given without the name of its option, as the original has it. */
export const positionalId = (name: string, description: string): Args.Args<Option.Option<number>> =>
  Args.text({ name }).pipe(
    Args.withDescription(description),
    Args.mapEffect((text) => {
      const read = parseNumber(text, { min: 1, whole: true })
      return "problem" in read ? Effect.fail(invalid(name, read.problem).error) : Effect.succeed(read.value)
    }),
    Args.optional
  )

/** How many rows at most: 1 to a million. */
export const limit = (fallback: number, description: string): Options.Options<number> =>
  number("limit", "n", `${description} (default ${fallback})`, { min: 1, max: 1_000_000, whole: true }).pipe(
    Options.withDefault(fallback)
  )

/** One of a few words. */
export const choice = <const A extends string>(
  name: string,
  values: ReadonlyArray<A>,
  description: string
): Options.Options<A> =>
  parsed(name, values.join("|"), description, (text) => {
    const value = values.find((candidate) => candidate === text.trim().toLowerCase())
    return value === undefined
      ? { problem: `must be ${values.join(", ")}, not "${text}"${suggestion(text, values)}` }
      : { value }
  })

/** An instant; a time without offset is UTC. */
export const time = (name: string, description: string): Options.Options<EpochMicros> =>
  parsed(name, "time", description, (text) => {
    const value = parseTime(text)
    return value === undefined
      ? { problem: `must be a time such as 2026-02-20T12:00:00Z or 2026-02-20, not "${text}"` }
      : { value }
  })

/** Names separated by commas, lower case, each once. */
export const names = (name: string, shown: string, description: string): Options.Options<ReadonlyArray<string>> =>
  parsed(name, shown, description, (text) => {
    const list = text.split(",").map((part) => part.trim().toLowerCase())
    return list.includes("")
      ? { problem: `must be names separated by commas, not "${text}"` }
      : { value: [...new Set(list)] }
  })

/** A switch that is off unless given. */
export const flag = (name: string, description: string): Options.Options<boolean> =>
  Options.boolean(name).pipe(Options.withDescription(description))

/** Files of the user's own strategies, in addition to those of the configuration. */
export const strategyModules = Options.text("strategy-module").pipe(
  Options.withPseudoName("file"),
  Options.withDescription("A .ts, .mts, .js or .mjs file of your own strategies; may be given several times"),
  Options.repeated
)

/** What may be spent, where risk decides orders. */
export const bankroll = number(
  "bankroll",
  "usdc",
  "What may be spent on open positions and resting orders (default: risk.buying_power)",
  { min: 0, above: true }
).pipe(Options.optional)

/** Of a command in which risk decides nothing. */
export const noBankroll: Options.Options<Option.Option<number>> = Options.map(Options.none, () => Option.none())

/** Options that every command takes. */
export const globalOptions = {
  config: Options.text("config").pipe(
    Options.withPseudoName("file"),
    Options.withDescription(
      "Configuration file (default: MONOMARKET_CONFIG, else configs/config.yaml where it exists)"
    ),
    Options.optional
  ),
  db: Options.text("db").pipe(
    Options.withPseudoName("file"),
    Options.withDescription("SQLite database (default: MONOMARKET_DB, else app.db_path of the configuration)"),
    Options.optional
  ),
  json: flag("json", "Print exactly one JSON value"),
  verbose: flag("verbose", "Log everything, and show the cause of an error")
}

/** The global options by name, for arguments that come before the command. True: takes a value. */
export const globalOptionNames: ReadonlyMap<string, boolean> = new Map([
  ["--config", true],
  ["--db", true],
  ["--json", false],
  ["--verbose", false]
])
