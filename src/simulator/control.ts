import * as Effect from "effect/Effect"
import { InputError } from "../domain/errors.ts"
import { type Json } from "../domain/json.ts"
import { formatTime, MICROS_PER_MS, MICROS_PER_SECOND } from "../domain/time.ts"
import { standings } from "./accounts.ts"
import { type Answer, failure, json } from "./answer.ts"
import { type ControlFields, controlFields } from "./controlFields.ts"
import { controlState, type ControlTarget } from "./controlState.ts"
import { parseFaults } from "./faults.ts"
import { type Routing } from "./routing.ts"
import { type TradeCourse, type TradingMode } from "./TradingEngine.ts"

const modes: ReadonlyArray<TradingMode> = ["normal", "restarting", "post_only", "cancel_only", "disabled"]
const tradeCourses: ReadonlyArray<TradeCourse> = ["confirm", "retry_then_confirm", "fail", "stay_matched"]

const MAX_AMOUNT = 1e9
const MAX_SECONDS = 366 * 86_400

interface Command {
  readonly fields: ReadonlyArray<string>
  readonly run: (
    target: ControlTarget,
    fields: ControlFields
  ) => Effect.Effect<{ readonly [name: string]: Json }, InputError>
}

const address = (fields: ControlFields) =>
  fields.matching("address", /^0x[0-9a-fA-F]{40}$/, "an address: 0x and 40 hexadecimal digits")

const mode: Command = {
  fields: ["mode"],
  run: ({ desk }, fields) =>
    Effect.map(fields.oneOf("mode", modes), (mode) => {
      desk.engine.setMode(mode)
      return { mode }
    })
}

/** As it happens every week: down, then post-only, then back. */
const restart: Command = {
  fields: [],
  run: ({ clock, desk }) =>
    Effect.sync(() => {
      desk.engine.restart(clock.nowUs())
      return { mode: desk.engine.mode(clock.nowUs()) }
    })
}

const course: Command = {
  fields: ["fate"],
  run: ({ desk }, fields) =>
    Effect.map(fields.oneOf("fate", tradeCourses), (course) => {
      desk.engine.setCourse(course)
      return { fate: course }
    })
}

const delay: Command = {
  fields: ["ms"],
  run: ({ desk }, fields) =>
    Effect.map(fields.number("ms", 0, MAX_SECONDS), (ms) => {
      desk.engine.setDelay(Math.round(ms * MICROS_PER_MS))
      return { ms }
    })
}

const advance: Command = {
  fields: ["seconds"],
  run: ({ clock }, fields) =>
    Effect.gen(function* () {
      const seconds = yield* fields.number("seconds", 0, MAX_SECONDS)
      return { market_time: formatTime(yield* clock.advance(Math.round(seconds * MICROS_PER_SECOND))) }
    })
}

const faults: Command = {
  fields: ["rules"],
  run: ({ plan }, fields) =>
    Effect.gen(function* () {
      const rules = yield* parseFaults(yield* fields.text("rules"), "rules")
      plan.set(rules)
      return { rules: rules.length }
    })
}

/** An immediate order of a trader outside our accounts. */
const trade: Command = {
  fields: ["token_id", "side", "price", "qty"],
  run: ({ clock, desk }, fields) =>
    Effect.gen(function* () {
      const tokenId = yield* fields.matching("token_id", /^\d{1,78}$/, "a decimal token id")
      const side = yield* fields.oneOf("side", ["buy", "sell"] as const)
      const price = yield* fields.amount("price", 1)
      const qty = yield* fields.amount("qty", MAX_AMOUNT)
      if (desk.engine.book(tokenId, clock.nowUs()) === undefined) {
        return yield* new InputError({ field: "token_id", problem: "has no order book" })
      }
      const { filled } = desk.engine.outsiderTrade({ tokenId, side, price, qty }, clock.nowUs())
      return { filled: filled / 1e6 }
    })
}

const deposit: Command = {
  fields: ["address", "amount"],
  run: ({ clock, desk }, fields) =>
    Effect.gen(function* () {
      const named = yield* address(fields)
      const amount = yield* fields.amount("amount", MAX_AMOUNT)
      const wallet = desk.openWallet(named)
      desk.engine.deposit(wallet, amount)
      return { address: wallet, balance: desk.engine.balance(wallet, null, clock.nowUs()) / 1e6 }
    })
}

const allowance: Command = {
  fields: ["address", "amount"],
  run: ({ desk }, fields) =>
    Effect.gen(function* () {
      const named = yield* address(fields)
      const amount = yield* fields.oneOf("amount", ["unlimited", "none"] as const)
      const wallet = desk.openWallet(named)
      desk.engine.setAllowance(wallet, amount)
      return { address: wallet, allowance: amount }
    })
}

const account: Command = {
  fields: ["address", "standing"],
  run: ({ desk }, fields) =>
    Effect.gen(function* () {
      const named = yield* address(fields)
      const standing = yield* fields.oneOf("standing", standings)
      desk.accounts.setStanding(named, standing)
      return { address: named, standing }
    })
}

const geoblock: Command = {
  fields: ["blocked"],
  run: ({ geo }, fields) =>
    Effect.map(fields.flag("blocked"), (blocked) => {
      geo.blocked = blocked
      return { blocked }
    })
}

const commands: { readonly [name: string]: Command } = {
  mode,
  restart,
  fate: course,
  delay,
  advance,
  faults,
  trade,
  deposit,
  allowance,
  account,
  geoblock
}

const usage = `use GET /control/state, or POST to one of ${Object.entries(commands)
  .map(([name, { fields }]) => `/control/${name} {${fields.join(", ")}}`)
  .join(", ")}`

/** Steers a running exchange, for rehearsals and tests in other processes. It listens on the loopback address only. */
export const makeControl =
  (target: ControlTarget): Routing =>
  ({ body = "", method }, { path }): Effect.Effect<Answer> => {
    if (method === "GET" && path === "/state") return Effect.sync(() => json("/state", controlState(target)))
    const command = method === "POST" && Object.hasOwn(commands, path.slice(1)) ? commands[path.slice(1)] : undefined
    if (command === undefined) return Effect.succeed(failure("unknown", 404, `not found: ${usage}`))
    return controlFields(body, command.fields).pipe(
      Effect.flatMap((fields) => command.run(target, fields)),
      Effect.match({
        onSuccess: (done) => json(path, done),
        onFailure: (error) => failure(path, 400, error.message)
      })
    )
  }
