import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type Rehearsal, startRehearsal } from "../../app/exchange.ts"
import { formatTime } from "../../domain/time.ts"
import { defineCommand } from "../command.ts"
import { number } from "../options.ts"
import { Output } from "../Output.ts"

const environmentOf = ({ exchange: { urls } }: Rehearsal) => ({
  MONOMARKET_GAMMA_URL: urls.gamma,
  MONOMARKET_DATA_URL: urls.data,
  MONOMARKET_CLOB_URL: urls.clob,
  MONOMARKET_GEOBLOCK_URL: urls.geoblock
})

const farewell = ({ exchange }: Rehearsal) =>
  Effect.flatMap(Output, (output) =>
    Effect.flatMap(exchange.stats, ({ faults, total }) => {
      const injected = Object.entries(faults).map(([kind, count]) => `${kind} ${count}`)
      return output.note(`Served ${total} requests; faults: ${injected.length === 0 ? "none" : injected.join(", ")}.`)
    })
  )

export const command = defineCommand({
  name: "exchange",
  description:
    "Serves a loopback exchange until it is interrupted: Gamma, data and CLOB APIs over a generated universe or recorded data. " +
    "It takes signed orders, matches them against its own books, and moves no real money.",
  settings: {
    port: number("port", "n", "Port on 127.0.0.1; 0 takes any free one (default 8787)", {
      min: 0,
      max: 65_535,
      whole: true
    }).pipe(Options.withDefault(8787)),
    data: Options.text("data").pipe(
      Options.withPseudoName("folder"),
      Options.withDescription("Serve recorded API answers from this folder instead of a generated universe"),
      Options.optional
    ),
    seed: number("seed", "n", "Seed of the universe and of the faults (default 1)", {
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      whole: true
    }).pipe(Options.withDefault(1)),
    markets: number("markets", "n", "Markets of the generated universe", { min: 1, max: 100_000, whole: true }).pipe(
      Options.optional
    ),
    fault: Options.text("fault").pipe(
      Options.withPseudoName("rule"),
      Options.withDescription(
        "Inject faults, as [api/[endpoint/]]kind[-before|-after][:rate][#count], such as 429:0.1, gamma/timeout:0.05, reset#3 or " +
          "clob/order/reset-after#1; may be repeated. Orders and cancels are not carried out, unless the kind ends in -after; " +
          "truncated, slow and duplicate change the answer to what was carried out. A wrong rule lists kinds and endpoints"
      ),
      Options.repeated
    ),
    balance: number("balance", "usdc", "What each wallet has when it is first used (default 1000)", {
      min: 0,
      max: 1_000_000_000
    }).pipe(Options.withDefault(1_000)),
    speed: number("speed", "n", "Market seconds per second (default 1)", { min: 0, max: 1_000_000, above: true }).pipe(
      Options.withDefault(1)
    )
  },
  conflicts: [["--data", "--markets"]],
  layer: Layer.empty,
  handler: (input) =>
    Effect.scoped(
      Effect.gen(function* () {
        const output = yield* Output
        const rehearsal = yield* startRehearsal({
          port: input.port,
          dataDir: Option.getOrNull(input.data),
          seed: input.seed,
          markets: Option.getOrNull(input.markets),
          faults: input.fault,
          speed: input.speed,
          balance: input.balance
        })
        const environment = environmentOf(rehearsal)
        yield* output.result(
          {
            kind: rehearsal.kind,
            port: rehearsal.exchange.port,
            market_time: formatTime(rehearsal.startUs),
            environment,
            control: rehearsal.exchange.urls.control
          },
          () =>
            [
              `Loopback exchange (${rehearsal.kind}) on port ${rehearsal.exchange.port}, market time ${formatTime(rehearsal.startUs)}.`,
              "In another terminal:",
              ...Object.entries(environment).map(([name, url]) => `  export ${name}=${url}`),
              `Steer it with ${rehearsal.exchange.urls.control} (GET /state shows orders, trades and balances).`,
              "Ctrl-C ends it."
            ].join("\n")
        )
        yield* Effect.never.pipe(Effect.onInterrupt(() => farewell(rehearsal)))
      })
    )
})
