import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { tradingLayer } from "../../app/trading.ts"
import { AppConfig } from "../../config/AppConfig.ts"
import { InputError } from "../../domain/errors.ts"
import {
  type ExecuteReport,
  type ExecuteRequest,
  executeSignal,
  type SignalExecution
} from "../../engine/commands/executeSignal.ts"
import { renderTable, type Screen } from "../../reports/terminal.ts"
import { defineCommand } from "../command.ts"
import { CommandFailed } from "../failure.ts"
import { choice, flag, number, positionalId } from "../options.ts"
import { Output } from "../Output.ts"
import { executionJson } from "../tradeJson.ts"
import { routedColumns } from "../tradeTables.ts"

/** Signals, not bundles: a basket counts each of its own. */
const count = (report: ExecuteReport, status: SignalExecution["status"]): number =>
  report.executions.reduce((sum, execution) => sum + (execution.status === status ? execution.signalIds.length : 0), 0)

const pickOf = (
  id: Option.Option<number>,
  next: Option.Option<number>
): Effect.Effect<ExecuteRequest["pick"], InputError> =>
  Option.isSome(id)
    ? Effect.succeed({ _tag: "id", id: id.value })
    : Option.isSome(next)
      ? Effect.succeed({ _tag: "next", count: next.value })
      : Effect.fail(
          new InputError({ field: "--signal-id", problem: "is required, or --next for the oldest new signals" })
        )

const text = (report: ExecuteReport, screen: Screen): string => {
  if (report.executions.length === 0) return "No new signals. Run monomarket generate-signals."
  const orders = report.executions.flatMap((execution) => execution.orders)
  const table = renderTable(routedColumns, orders, screen, "No orders were made.")
  const signals = `Signals: ${count(report, "executed")} executed, ${count(report, "rejected")} rejected`
  return `${signals}, in ${report.executions.length} bundles.\n${table}`
}

/** A bundle that is left in part, and not executing the one that was asked for, are failures, as is a switch that stops. */
const failureOf = (report: ExecuteReport, single: boolean): string | null => {
  const alarm = report.executions.find((execution) => execution.alarm !== null)?.alarm ?? null
  if (alarm !== null) return alarm
  if (report.stoppedBy !== null) return `stopped: ${report.stoppedBy}`
  const [only] = report.executions
  if (!single || only === undefined || only.status === "executed") return null
  return `signal ${only.signalIds.join(", ")} was not executed: ${only.reason}`
}

export const command = defineCommand({
  name: "execute-signal",
  description:
    "Turns stored signals into orders, on paper unless told otherwise. The legs of a signal or basket trade together or not at all.",
  settings: {
    positional: positionalId("signal-id", "Which signal"),
    id: number("signal-id", "id", "Which signal", { min: 1, whole: true }).pipe(Options.optional),
    next: number("next", "n", "The oldest so many new signals", { min: 1, max: 1_000_000, whole: true }).pipe(
      Options.optional
    ),
    mode: choice("mode", ["paper", "live"], "Where orders go (default: trading.mode)").pipe(Options.optional),
    confirmLive: flag("confirm-live", "Confirm that live orders may be sent")
  },
  decidesRisk: true,
  layer: tradingLayer,
  conflicts: [["--signal-id", "--next"]],
  handler: ({ confirmLive, id, mode, next, positional }) =>
    Effect.gen(function* () {
      const given = Option.orElse(id, () => positional)
      if (Option.isSome(positional) && (Option.isSome(id) || Option.isSome(next))) {
        return yield* new InputError({ field: "signal-id", problem: "cannot be combined with --signal-id or --next" })
      }
      const pick = yield* pickOf(given, next)
      const config = yield* AppConfig
      const report = yield* executeSignal({
        pick,
        mode: Option.getOrElse(mode, () => config.trading.mode),
        confirmed: confirmLive
      })
      const output = yield* Output
      yield* output.result(
        {
          executed: count(report, "executed"),
          rejected: count(report, "rejected"),
          stopped_by: report.stoppedBy,
          executions: report.executions.map(executionJson)
        },
        (screen) => text(report, screen)
      )
      const failure = failureOf(report, pick._tag === "id")
      if (failure !== null) return yield* new CommandFailed({ message: failure })
    })
})
