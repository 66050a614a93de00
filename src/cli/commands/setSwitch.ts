import * as Args from "@effect/cli/Args"
import * as Effect from "effect/Effect"
import { tradingLayer } from "../../app/trading.ts"
import { ConfigSources } from "../../config/ConfigSources.ts"
import { parseSwitchName, parseSwitchValue } from "../../config/switches.ts"
import { InputError } from "../../domain/errors.ts"
import { booleanWords, switchNames } from "../../domain/Switches.ts"
import { cancelOpenLive, type CancelOpenReport } from "../../engine/commands/cancelOpenLive.ts"
import { setSwitch } from "../../engine/switches.ts"
import { defineCommand } from "../command.ts"
import { CommandFailed } from "../failure.ts"
import { flag } from "../options.ts"
import { Output } from "../Output.ts"

const canceledJson = (report: CancelOpenReport | null) =>
  report === null
    ? {}
    : {
        canceled_live_orders: report.canceled,
        not_canceled: report.failed.map(({ orderId, reason }) => ({ order_id: orderId, reason }))
      }

const canceledText = (report: CancelOpenReport | null): string =>
  report === null ? "" : ` ${report.canceled.length} live order${report.canceled.length === 1 ? "" : "s"} canceled.`

export const command = defineCommand({
  name: "set-switch",
  description: "Stores a safety switch in the database. The environment wins over it where it sets the same name.",
  settings: {
    name: Args.text({ name: "NAME" }).pipe(Args.withDescription(switchNames.join(", "))),
    value: Args.text({ name: "VALUE" }).pipe(Args.withDescription(booleanWords)),
    cancelOpen: flag("cancel-open", "With KILL_SWITCH true: also cancel every open live order")
  },
  layer: tradingLayer,
  handler: (input) =>
    Effect.gen(function* () {
      const name = yield* parseSwitchName(input.name)
      const value = yield* parseSwitchValue("VALUE", input.value)
      if (input.cancelOpen && !(name === "KILL_SWITCH" && value)) {
        return yield* new InputError({ field: "--cancel-open", problem: "goes with KILL_SWITCH true only" })
      }
      yield* setSwitch(name, value)
      const report = input.cancelOpen ? yield* cancelOpenLive : null
      const output = yield* Output
      const overruled = (yield* ConfigSources).environmentSwitches.get(name)
      if (overruled !== undefined) {
        yield* output.note(`note: the environment sets ${name}=${overruled}, which wins over the database`)
      }
      yield* output.result(
        { name, value, overruled_by_environment: overruled !== undefined, ...canceledJson(report) },
        () => `${name} is now ${value} in the database.${canceledText(report)}`
      )
      const [failed] = report?.failed ?? []
      if (failed !== undefined) {
        return yield* new CommandFailed({ message: `order ${failed.orderId} is still open: ${failed.reason}` })
      }
    })
})
