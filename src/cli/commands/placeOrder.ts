import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { signOnly } from "../../app/signOnly.ts"
import { tradingLayer } from "../../app/trading.ts"
import { AppConfig } from "../../config/AppConfig.ts"
import { InputError } from "../../domain/errors.ts"
import { MANUAL_STRATEGY } from "../../domain/ids.ts"
import { rejectionText } from "../../domain/rejection.ts"
import { placeOrder } from "../../engine/commands/placeOrder.ts"
import { type PackageResult } from "../../engine/session/runPackages.ts"
import { renderTable } from "../../reports/terminal.ts"
import { defineCommand } from "../command.ts"
import { CommandFailed } from "../failure.ts"
import { choice, flag, number, parsed } from "../options.ts"
import { Output } from "../Output.ts"
import { signOnlyJson, signOnlyText } from "../signOnlyView.ts"
import { routedJson } from "../tradeJson.ts"
import { routedColumns } from "../tradeTables.ts"

const strategyName = /^[a-z0-9][a-z0-9_-]{0,63}$/

const settings = {
  market: parsed("market", "id", "Which market", (text) =>
    text.trim() === "" ? { problem: "must not be empty" } : { value: text.trim() }
  ).pipe(Options.withAlias("market-id")),
  token: parsed<"YES" | "NO">("token", "YES|NO", "Which outcome", (text) => {
    const token = text.trim().toUpperCase()
    return token === "YES" || token === "NO" ? { value: token } : { problem: `must be YES or NO, not "${text}"` }
  }).pipe(Options.withAlias("token-id")),
  side: choice("side", ["buy", "sell"], "sell gives back what is held"),
  price: number("price", "usdc", "Limit, USDC per share, between 0 and 1", { min: 0, above: true, max: 1 }),
  qty: number("qty", "shares", "How many shares", { min: 0, above: true, max: 1_000_000_000 }),
  tif: choice("tif", ["gtc", "ioc"], "gtc rests until cancelled, ioc fills now or never (default gtc)").pipe(
    Options.withDefault("gtc")
  ),
  ttlSec: number("ttl-sec", "seconds", "Let a resting order end by itself after so long (default: it does not)", {
    min: 0,
    above: true,
    max: 31_536_000
  }).pipe(Options.optional),
  strategy: parsed("strategy", "name", "Whose position it is (default manual)", (text) => {
    const name = text.trim().toLowerCase()
    return strategyName.test(name)
      ? { value: name }
      : { problem: `must be a short name of letters, digits, - and _, not "${text}"` }
  }).pipe(Options.withDefault(MANUAL_STRATEGY)),
  // The original asks for these two; the market and the side say them already, so they are only checked.
  eventId: parsed("event-id", "id", "The market's event, checked when given", (text) => ({ value: text.trim() })).pipe(
    Options.optional
  ),
  action: choice("action", ["open", "close"], "open buys, close sells what is held; checked when given").pipe(
    Options.optional
  ),
  mode: choice("mode", ["paper", "live"], "Where the order goes (default: trading.mode)").pipe(Options.optional),
  confirmLive: flag("confirm-live", "Confirm that a live order may be sent"),
  signOnly: flag("sign-only", "Sign the live order and show what was signed; nothing is sent or stored")
}

/** `open` buys and `close` sells what is held; anything else would be a naked short or a contradiction. */
const checkAction = (action: Option.Option<"open" | "close">, side: "buy" | "sell") =>
  Option.isSome(action) && (action.value === "open") !== (side === "buy")
    ? Effect.fail(
        new InputError({
          field: "--action",
          problem: `${action.value} goes with --side ${action.value === "open" ? "buy" : "sell"}; there is no naked short`
        })
      )
    : Effect.void

/** Why the order was refused, by a gate, by risk or by the venue; null: it was not. */
const refusalOf = ({ decision, ended }: PackageResult): string | null => {
  const refusal = decision?.refusal ?? ended?.refusal ?? null
  return refusal === null ? null : rejectionText(refusal.reason)
}

const paperIsNotSigned = new InputError({ field: "--sign-only", problem: "orders on paper are not signed" })

const showSigned = (order: Parameters<typeof signOnly>[0]) =>
  Effect.gen(function* () {
    const report = yield* signOnly(order)
    const output = yield* Output
    yield* output.result(signOnlyJson(report), (screen) => signOnlyText(report, screen))
  })

export const command = defineCommand({
  name: "place-order",
  description:
    "Places a limit order by hand, on paper unless told otherwise. What the market would fill now fills at its price, the rest stays open.",
  settings,
  conflicts: [["--sign-only", "--confirm-live"]],
  decidesRisk: true,
  layer: tradingLayer,
  handler: ({ action, confirmLive, eventId, market, mode, signOnly: only, ttlSec, ...order }) =>
    Effect.gen(function* () {
      const config = yield* AppConfig
      yield* checkAction(action, order.side)
      if (only) {
        if (Option.contains(mode, "paper")) return yield* paperIsNotSigned
        return yield* showSigned({ ...order, marketId: market, eventId: Option.getOrNull(eventId) })
      }
      const outcome = yield* placeOrder({
        ...order,
        ttlSec: Option.getOrNull(ttlSec),
        marketId: market,
        eventId: Option.getOrNull(eventId),
        mode: Option.getOrElse(mode, () => config.trading.mode),
        confirmed: confirmLive
      })
      const [placed] = outcome.orders
      const output = yield* Output
      yield* output.result(placed === undefined ? null : routedJson(placed), (screen) =>
        renderTable(routedColumns, outcome.orders, screen)
      )
      const refusal = refusalOf(outcome)
      if (refusal !== null && placed?.order.status === "rejected") {
        return yield* new CommandFailed({ message: `order ${placed.order.id} was rejected: ${refusal}` })
      }
    })
})
