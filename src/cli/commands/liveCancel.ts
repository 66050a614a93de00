import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { tradingLayer } from "../../app/trading.ts"
import { InputError } from "../../domain/errors.ts"
import { type CancelTarget, liveCancel } from "../../engine/commands/liveCancel.ts"
import { renderTable } from "../../reports/terminal.ts"
import { defineCommand } from "../command.ts"
import { CommandFailed } from "../failure.ts"
import { canceledColumns, canceledJson, syncJson, syncNotes } from "../liveTables.ts"
import { flag, number, parsed, positionalId } from "../options.ts"
import { Output } from "../Output.ts"

interface Wanted {
  readonly positional: Option.Option<number>
  readonly orderId: Option.Option<number>
  readonly market: Option.Option<string>
  readonly all: boolean
}

const targetOf = ({ all, market, orderId, positional }: Wanted): Effect.Effect<CancelTarget, InputError> => {
  const targets: ReadonlyArray<CancelTarget> = [
    ...[...Option.toArray(positional), ...Option.toArray(orderId)].map((id): CancelTarget => ({ _tag: "order", id })),
    ...Option.toArray(Option.map(market, (marketId): CancelTarget => ({ _tag: "market", marketId }))),
    ...(all ? [{ _tag: "all" } as const] : [])
  ]
  const [target, ...more] = targets
  return target === undefined || more.length > 0
    ? Effect.fail(new InputError({ field: "live-cancel", problem: "give one of --order-id, --market and --all" }))
    : Effect.succeed(target)
}

export const command = defineCommand({
  name: "live-cancel",
  description:
    "Cancels live orders at the exchange and says what it said: one, those of a market, or all of the account. Works whatever the kill switch says.",
  settings: {
    positional: positionalId("order-id", "One order of this database"),
    orderId: number("order-id", "id", "One order of this database", { min: 1, whole: true }).pipe(Options.optional),
    market: parsed("market", "id", "Every order of the account in this market", (text) =>
      text.trim() === "" ? { problem: "must not be empty" } : { value: text.trim() }
    ).pipe(Options.optional),
    all: flag("all", "Every order of the account, also those that this database does not know")
  },
  layer: tradingLayer,
  handler: (input) =>
    Effect.gen(function* () {
      const { orders, sync } = yield* liveCancel(yield* targetOf(input))
      const output = yield* Output
      yield* output.result({ orders: orders.map(canceledJson), sync: syncJson(sync) }, (screen) =>
        [
          orders.length === 0 ? "There was nothing to cancel." : renderTable(canceledColumns, orders, screen),
          syncNotes(sync)
        ]
          .filter((part) => part !== "")
          .join("\n")
      )
      const open = orders.filter(({ order, reason }) => reason !== null && order?.order.status !== "filled")
      if (open[0] !== undefined) {
        const { hash, order, reason } = open[0]
        const which = order === null ? `order ${hash}` : `order ${order.order.id}`
        return yield* new CommandFailed({ message: `${which} was not canceled: ${reason}` })
      }
    })
})
