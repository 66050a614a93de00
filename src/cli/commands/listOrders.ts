import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { existingStore } from "../../app/store.ts"
import { orderStatuses } from "../../domain/Order.ts"
import { TradeRepo } from "../../ports/TradeRepo.ts"
import { renderTable } from "../../reports/terminal.ts"
import { defineCommand } from "../command.ts"
import { choice, limit, parsed } from "../options.ts"
import { Output } from "../Output.ts"
import { orderJson } from "../tradeJson.ts"
import { orderColumns } from "../tradeTables.ts"

export const command = defineCommand({
  name: "list-orders",
  description: "Shows stored orders, newest first; working ones (that can still fill) oldest first.",
  settings: {
    status: choice("status", ["all", "working", ...orderStatuses], "Which orders (default all)").pipe(
      Options.withDefault("all")
    ),
    strategy: parsed("strategy", "name", "Only this strategy", (text) => ({ value: text.trim().toLowerCase() })).pipe(
      Options.optional
    ),
    limit: limit(20, "How many orders")
  },
  layer: existingStore,
  handler: ({ limit, status, strategy }) =>
    Effect.gen(function* () {
      const repo = yield* TradeRepo
      const orders = yield* repo.orders({ limit, status, strategy: Option.getOrNull(strategy) })
      const output = yield* Output
      yield* output.result(orders.map(orderJson), (screen) => renderTable(orderColumns, orders, screen, "No orders."))
    })
})
