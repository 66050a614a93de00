import * as Effect from "effect/Effect"
import { journaledStore } from "../../app/trading.ts"
import { formatTime } from "../../domain/time.ts"
import { resetDrawdown } from "../../engine/commands/resetDrawdown.ts"
import { formatMicroUsdc } from "../../reports/terminalFormat.ts"
import { defineCommand } from "../command.ts"
import { Output } from "../Output.ts"
import { natural } from "../tradeJson.ts"

export const command = defineCommand({
  name: "risk-reset-drawdown",
  description:
    "Lets the drawdown stop (risk.max_drawdown) count anew, from the equity at the next look. The journal keeps that it was reset; a program that runs takes it over.",
  settings: {},
  layer: journaledStore,
  handler: () =>
    Effect.gen(function* () {
      const { atUs, peak, resets } = yield* resetDrawdown
      const output = yield* Output
      yield* output.result({ at: formatTime(atUs), equity_peak_before: natural(peak), resets }, () =>
        peak === null
          ? "The drawdown stop was reset. It had no peak of equity to count from."
          : `The drawdown stop was reset. It counted from an equity of ${formatMicroUsdc(peak)} USDC.`
      )
    })
})
