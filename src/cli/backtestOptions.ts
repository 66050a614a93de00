import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { withStrategyModules } from "../app/strategies.ts"
import { type BacktestOptions } from "../backtest/options.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { InputError } from "../domain/errors.ts"
import { MANUAL_STRATEGY } from "../domain/ids.ts"
import { byDefault, requireKnown } from "../engine/selectStrategies.ts"
import { HistoryReader } from "../ports/HistoryReader.ts"
import { choice, flag, names, number, parsed, strategyModules, time } from "./options.ts"

const bps = { min: 0, max: 10_000 }
const positive = { min: 0, above: true }
const share = { min: 0, max: 1 }

/** A file to write. */
export const filePath = (name: string, description: string) =>
  parsed(name, "file", description, (text) =>
    text.trim() === "" ? { problem: "must be the path of a file" } : { value: text }
  ).pipe(Options.optional)

/** What every command that replays signals takes: the window, whose signals, and how they fill. */
export const replayOptions = {
  from: time("from", "Start of the window (default: the first signal or snapshot)").pipe(Options.optional),
  to: time("to", "End of the window, included (default: the last signal or snapshot)").pipe(Options.optional),
  strategies: names("strategies", "ids", "Which strategies' signals, such as s1,s4 (default: all that are on)").pipe(
    Options.optional
  ),
  strategyModule: strategyModules,
  compat: choice("compat", ["original"], "The Python original's arithmetic, to lay results beside its own").pipe(
    Options.optional
  ),
  noSettlement: flag("no-settlement", "Leave positions of resolved markets at their mark"),
  slippageBps: number("slippage-bps", "n", "Fixed slippage in basis points (default 5)", bps).pipe(Options.optional),
  feeBps: number("fee-bps", "n", "Fee in basis points where the market's own is not used (default 0)", bps).pipe(
    Options.optional
  ),
  fees: choice("fees", ["venue", "bps", "none"], "Whose fees: the market's schedule, --fee-bps, or none").pipe(
    Options.optional
  ),
  partialFill: flag("partial-fill", "Scale quantities by liquidity"),
  liquidityFullFill: number(
    "liquidity-full-fill",
    "usdc",
    "Liquidity that fills whole orders (default 1000)",
    positive
  ).pipe(Options.optional),
  minFillRatio: number("min-fill-ratio", "n", "Least share that fills (default 0.1)", share).pipe(Options.optional),
  fillProbability: flag("fill-probability", "Scale quantities by the chance of a fill"),
  minFillProbability: number("min-fill-probability", "n", "Least chance (default 0.05)", share).pipe(Options.optional),
  dynamicSlippage: flag("dynamic-slippage", "Add slippage for incoherent prices and thin liquidity"),
  spreadSlippageWeightBps: number(
    "spread-slippage-weight-bps",
    "n",
    "Weight of |1 - (yes + no)| (default 50)",
    bps
  ).pipe(Options.optional),
  liquiditySlippageWeightBps: number(
    "liquidity-slippage-weight-bps",
    "n",
    "Weight of thin liquidity (default 25)",
    bps
  ).pipe(Options.optional),
  liquidityReference: number(
    "slippage-liquidity-reference",
    "usdc",
    "Liquidity that adds none (default 1000)",
    positive
  ).pipe(Options.optional)
}

type ReplayInput = {
  readonly [Name in keyof typeof replayOptions]: (typeof replayOptions)[Name] extends Options.Options<infer A>
    ? A
    : never
}

/** The window as asked for, its open ends taken from the data. */
const windowOf = Effect.fnUntraced(function* (from: Option.Option<number>, to: Option.Option<number>) {
  const reader = yield* HistoryReader
  const span = yield* reader.span
  if (span === null && (Option.isNone(from) || Option.isNone(to))) {
    return yield* new InputError({
      field: "--from",
      problem: "the database has no signals and no snapshots; run monomarket ingest and generate-signals first"
    })
  }
  const fromUs = Option.getOrElse(from, () => span?.firstUs ?? 0)
  const toUs = Option.getOrElse(to, () => span?.lastUs ?? 0)
  return fromUs < toUs ? { fromUs, toUs } : yield* new InputError({ field: "--from", problem: "must be before --to" })
})

/** The options of a replay: what was given, else what is configured. */
export const backtestOptionsOf = Effect.fnUntraced(function* (input: ReplayInput) {
  const config = yield* AppConfig
  const registry = yield* withStrategyModules(input.strategyModule)
  const strategies = yield* requireKnown(
    Option.getOrElse(input.strategies, () => byDefault(registry).map(({ id }) => id)),
    [...registry.map(({ id }) => id), MANUAL_STRATEGY],
    "--strategies"
  )
  const { execution } = config
  const or = <A>(given: Option.Option<A>, otherwise: A): A => Option.getOrElse(given, () => otherwise)
  const options: BacktestOptions = {
    ...(yield* windowOf(input.from, input.to)),
    strategies,
    compat: Option.isSome(input.compat) ? "original" : "market",
    settlement: !input.noSettlement,
    risk: config.risk,
    execution: {
      slippage_bps: or(input.slippageBps, execution.slippage_bps),
      fee_bps: or(input.feeBps, execution.fee_bps),
      fees: or(input.fees, execution.fees),
      enable_partial_fill: input.partialFill || execution.enable_partial_fill,
      liquidity_full_fill: or(input.liquidityFullFill, execution.liquidity_full_fill),
      min_fill_ratio: or(input.minFillRatio, execution.min_fill_ratio),
      enable_fill_probability: input.fillProbability || execution.enable_fill_probability,
      min_fill_probability: or(input.minFillProbability, execution.min_fill_probability),
      enable_dynamic_slippage: input.dynamicSlippage || execution.enable_dynamic_slippage,
      spread_slippage_weight_bps: or(input.spreadSlippageWeightBps, execution.spread_slippage_weight_bps),
      liquidity_slippage_weight_bps: or(input.liquiditySlippageWeightBps, execution.liquidity_slippage_weight_bps),
      liquidity_reference: or(input.liquidityReference, execution.liquidity_reference),
      resting_fills: execution.resting_fills,
      displayed_liquidity_share: execution.displayed_liquidity_share,
      leg_delay_ms: execution.leg_delay_ms,
      bundle_deadline_sec: execution.bundle_deadline_sec,
      bundle_unwind: execution.bundle_unwind,
      bundle_max_unwind_loss: execution.bundle_max_unwind_loss
    }
  }
  return options
})

/** A replay of recorded data with everything else as configured. */
export const recordedOptionsOf = (
  input: Pick<ReplayInput, "from" | "to" | "strategies" | "strategyModule">
): ReturnType<typeof backtestOptionsOf> =>
  backtestOptionsOf({
    ...input,
    compat: Option.none(),
    noSettlement: false,
    slippageBps: Option.none(),
    feeBps: Option.none(),
    fees: Option.none(),
    partialFill: false,
    liquidityFullFill: Option.none(),
    minFillRatio: Option.none(),
    fillProbability: false,
    minFillProbability: Option.none(),
    dynamicSlippage: false,
    spreadSlippageWeightBps: Option.none(),
    liquiditySlippageWeightBps: Option.none(),
    liquidityReference: Option.none()
  })
