import * as Effect from "effect/Effect"
import { tradingLayer } from "../../app/trading.ts"
import { fromMicros } from "../../domain/units.ts"
import { cancelOrder } from "../../engine/commands/cancelOrder.ts"
import { formatShares } from "../../reports/terminalFormat.ts"
import { defineCommand } from "../command.ts"
import { number } from "../options.ts"
import { Output } from "../Output.ts"
import { orderJson } from "../tradeJson.ts"

export const command = defineCommand({
  name: "cancel-order",
  description: "Cancels an order that still rests. Works whatever the kill switch says.",
  settings: { orderId: number("order-id", "id", "Which order", { min: 1, whole: true }) },
  layer: tradingLayer,
  handler: ({ orderId }) =>
    Effect.gen(function* () {
      const order = yield* cancelOrder(orderId)
      const output = yield* Output
      yield* output.result(orderJson(order), () => {
        const filled = formatShares(fromMicros(order.filledQty))
        return `Order ${order.id} is canceled; ${filled} of ${formatShares(fromMicros(order.qty))} shares had filled.`
      })
    })
})
