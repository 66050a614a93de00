import * as Options from "@effect/cli/Options"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { strategiesLayer } from "../../app/layers.ts"
import { regenerate } from "../../app/regenerate.ts"
import { ingestingStore, runSession } from "../../app/session.ts"
import { existingStore } from "../../app/store.ts"
import { withStrategyModules } from "../../app/strategies.ts"
import { untilStopped } from "../../app/untilStopped.ts"
import { exportRun } from "../../backtest/exportBacktest.ts"
import { AppConfig } from "../../config/AppConfig.ts"
import { InputError } from "../../domain/errors.ts"
import { type JsonObject } from "../../domain/json.ts"
import { formatTime } from "../../domain/time.ts"
import { unreadJson, type WatchedMarket } from "../../domain/watched.ts"
import { type CycleReport } from "../../engine/program.ts"
import { type RunReport } from "../../engine/session/tradingProgram.ts"
import { LookRepo } from "../../ports/LookRepo.ts"
import { StrategyRegistry } from "../../ports/StrategyRegistry.ts"
import { renderPairs } from "../../reports/terminal.ts"
import { formatNumber } from "../../reports/terminalFormat.ts"
import { recordedOptionsOf, replayOptions } from "../backtestOptions.ts"
import { backtestText, reportJson } from "../backtestView.ts"
import { CommandFailed } from "../failure.ts"
import { defineCommand } from "../command.ts"
import { whole } from "../jobOptions.ts"
import { choice, flag, names } from "../options.ts"
import { Output } from "../Output.ts"
import { programSettings, recordedProgramOf } from "../programOptions.ts"
import { withProgress } from "../progress.ts"

const settings = {
  mode: choice("mode", ["paper", "live", "backtest"], "Which world to run in (default: trading.mode)").pipe(
    Options.optional
  ),
  confirmLive: flag("confirm-live", "Confirm that live orders may be sent, for the whole run"),
  from: replayOptions.from,
  to: replayOptions.to,
  strategies: names("strategies", "ids", "Which strategies, such as s1,s4 (default: all that are on)").pipe(
    Options.optional
  ),
  strategyModule: replayOptions.strategyModule,
  ...programSettings,
  ingestLimit: whole("ingest-limit", "Markets per source and cycle", 300, 1, 1_000_000),
  cycles: whole("cycles", "End after so many cycles; 0: run until stopped", 0, 0, 1_000_000_000)
}

/** A cycle is one line: so many of its problems are told in full. */
const MOST_PROBLEMS = 5

const statusLine = (cycle: CycleReport, number: number): string => {
  const others = cycle.problems.filter((problem) => problem !== cycle.stoppedBy)
  const more = others.length > MOST_PROBLEMS ? [`${others.length - MOST_PROBLEMS} more`] : []
  const shown = [...others.slice(0, MOST_PROBLEMS), ...more].join("; ")
  const problems = others.length === 0 ? "" : `; ${others.length} problem(s): ${shown}`
  const unanswered = cycle.unanswered === 0 ? "" : "; ALARM: no source answered, nothing is opened"
  const switched = cycle.stoppedBy === null ? "" : `; stopped by ${cycle.stoppedBy}`
  return (
    `${formatTime(cycle.atUs)} cycle ${number}: ${cycle.events} events, ${cycle.signals} signals ` +
    `(${cycle.executed} executed, ${cycle.rejected} rejected, ${cycle.skipped} left), ${cycle.updates} updates, ` +
    `${cycle.settlements} settlements, ${cycle.stale} stale left out${unanswered}${cycle.alarms === 0 ? "" : `, ${cycle.alarms} ALARMS`}${switched}${problems}`
  )
}

const runJson = (mode: string, report: RunReport, unread: ReadonlyArray<WatchedMarket>): JsonObject => ({
  mode,
  started_at: formatTime(report.startedAtUs),
  ended_at: formatTime(report.endedAtUs),
  stopped: report.stopped,
  cycles: report.cycles,
  events: report.events,
  signals: report.signals,
  executed: report.executed,
  rejected: report.rejected,
  skipped: report.skipped,
  updates: report.updates,
  settlements: report.settlements,
  alarms: report.alarms,
  stale: report.stale,
  unanswered_cycles: report.unanswered,
  unread_markets: unread.map(unreadJson)
})

const runPairs = (mode: string, report: RunReport): ReadonlyArray<readonly [string, string]> => [
  ["run", `${mode}, ended at ${formatTime(report.endedAtUs)}`],
  ["cycles", formatNumber(report.cycles, 0)],
  ["signals", `${report.executed} executed, ${report.rejected} rejected, ${report.skipped} left`],
  ["orders", `${report.updates} updates of resting orders, ${report.settlements} settlements`],
  ["alarms", formatNumber(report.alarms, 0)],
  ["stale markets", `${report.stale} left out of the last cycle`],
  ["no answer", `${report.unanswered} cycle(s) in which no source answered`]
]

export const command = defineCommand({
  name: "run",
  description:
    "Runs the trading program: look at the market, ask the strategies, route what they want, wait, again. Paper and live against the exchange until Ctrl-C; backtest over recorded data on virtual time.",
  finishesWhenStopped: true,
  settings,
  decidesRisk: true,
  layer: strategiesLayer,
  handler: (input) =>
    untilStopped((stop) =>
      Effect.gen(function* () {
        const output = yield* Output
        const { trading } = yield* AppConfig
        const mode = Option.getOrElse(input.mode, () => trading.mode)
        const registry = yield* withStrategyModules(input.strategyModule)
        yield* refuseForeign(mode, input)
        if (mode === "backtest") return yield* backtest(input)
        let cycles = 0
        const session = runSession(
          {
            mode,
            confirmed: input.confirmLive,
            strategies: Option.getOrNull(input.strategies),
            sources: ["gamma", "data", "clob"],
            ingestLimit: input.ingestLimit,
            intervalSec: input.intervalSec,
            maxSignals: input.maxSignals,
            cooldownSec: input.cooldownSec,
            onCycle: (cycle) =>
              Effect.gen(function* () {
                cycles += 1
                yield* output.note(statusLine(cycle, cycles))
                if (cycles === input.cycles) yield* Deferred.succeed(stop, undefined)
              })
          },
          stop
        )
        // What the last looks left out is still there when the run ends.
        const unreadAtEnd = Effect.flatMap(LookRepo, ({ unread }) => unread)
        const [report, unread] = yield* Effect.zip(session, unreadAtEnd).pipe(
          Effect.provide(ingestingStore),
          Effect.provideService(StrategyRegistry, registry)
        )
        yield* output.result(runJson(mode, report, unread), (screen) => renderPairs(runPairs(mode, report), screen))
        if (report.cycles > 0 && report.unanswered === report.cycles) {
          return yield* new CommandFailed({ message: "no source answered in any cycle: nothing was opened" })
        }
      })
    )
})

type Input = {
  readonly [Name in keyof typeof settings]: (typeof settings)[Name] extends Options.Options<infer A> ? A : never
}

/** Options that only one kind of run reads are refused in the other, where they would change nothing. */
const refuseForeign = (mode: string, input: Input): Effect.Effect<void, InputError> => {
  const refuse = (field: string, problem: string) => new InputError({ field, problem })
  if (mode === "backtest") {
    if (input.cycles !== 0) return refuse("--cycles", "a backtest ends where its data end, or at --to")
    return input.confirmLive ? refuse("--confirm-live", "a backtest sends no orders") : Effect.void
  }
  const window = Option.isSome(input.from) ? "--from" : Option.isSome(input.to) ? "--to" : null
  return window === null ? Effect.void : refuse(window, `only with --mode backtest, and this is --mode ${mode}`)
}

const backtest = (input: Input) =>
  Effect.gen(function* () {
    const output = yield* Output
    const registry = yield* withStrategyModules(input.strategyModule)
    const program = yield* recordedProgramOf(input)
    const options = yield* recordedOptionsOf(input)
    const noFiles = { json: null, replay: null, strategy: null, event: null, checksum: false, sidecar: false }
    const { lastRows, report } = yield* withProgress(
      { label: "backtest", unit: "% of the window", total: 100 },
      ({ update }) =>
        exportRun(
          options,
          noFiles,
          { lastRows: 10, onProgress: (done, total) => update(Math.floor((100 * done) / total)) },
          regenerate(program)
        ).pipe(Effect.provideService(StrategyRegistry, registry))
    )
    yield* output.result(reportJson(report, {}), (screen) => backtestText(report, lastRows, screen))
  }).pipe(Effect.provide(existingStore))
