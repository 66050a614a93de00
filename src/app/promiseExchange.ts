import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { InputError } from "../domain/errors.ts"
import { type EpochMicros, MICROS_PER_SECOND } from "../domain/time.ts"
import { parseFaults } from "../simulator/faults.ts"
import { openRecorded } from "../simulator/recorded.ts"
import { type Exchange, type ExchangeStats, startExchange as start } from "../simulator/server.ts"
import { makeUniverse } from "../simulator/universe.ts"
import { runPromise } from "./promiseRun.ts"

export interface SimulatedExchangeOptions {
  /** Of the generated markets and of the faults; default 1. The same seed is the same exchange. */
  readonly seed?: number
  /** Generated markets besides the daily series of 240; default 2,400. */
  readonly markets?: number
  /** Folder of recorded answers to serve instead of generated ones. */
  readonly recorded?: string
  /** Default: any free port. */
  readonly port?: number
  /** Faults to inject, such as "429:0.1" or "gamma/timeout"; default none. */
  readonly faults?: ReadonlyArray<string>
}

/** A simulated exchange on 127.0.0.1, with a market time that stands still until it is moved. */
export interface SimulatedExchange {
  readonly port: number
  /** Base URLs for the `data` section of a configuration. */
  readonly urls: { readonly gamma: string; readonly data: string; readonly clob: string }
  /** Market time. */
  readonly now: () => EpochMicros
  /** Moves market time, and gives the new one. */
  readonly advance: (seconds: number) => Promise<EpochMicros>
  /** Injects these faults from now on, in place of the former ones. */
  readonly setFaults: (faults: ReadonlyArray<string>) => Promise<void>
  readonly stats: () => ExchangeStats
  /** Ends every connection and frees the port. */
  readonly close: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const rulesOf = (texts: ReadonlyArray<string>) =>
  Effect.map(
    Effect.forEach(texts, (text) => parseFaults(text, "faults"), { concurrency: 1 }),
    (lists) => lists.flat()
  )

const checkMarkets = ({ markets }: SimulatedExchangeOptions): Effect.Effect<void, InputError> =>
  markets === undefined || (Number.isInteger(markets) && markets >= 1 && markets <= 100_000)
    ? Effect.void
    : Effect.fail(new InputError({ field: "markets", problem: "must be a whole number from 1 to 100000" }))

const open = Effect.fnUntraced(function* (options: SimulatedExchangeOptions) {
  yield* checkMarkets(options)
  const { markets, port = 0, recorded, seed = 1 } = options
  const backend =
    recorded === undefined
      ? makeUniverse({ seed, ...(markets === undefined ? {} : { markets }) })
      : yield* openRecorded(recorded)
  return yield* start({ backend, port, faults: yield* rulesOf(options.faults ?? []), faultSeed: seed })
})

const handle = (exchange: Exchange, close: () => Promise<void>): SimulatedExchange => ({
  port: exchange.port,
  urls: exchange.urls,
  now: () => Effect.runSync(exchange.nowUs),
  advance: (seconds) => runPromise(exchange.advance(Math.round(seconds * MICROS_PER_SECOND))),
  setFaults: (faults) => runPromise(Effect.flatMap(rulesOf(faults), exchange.setFaults)),
  stats: () => Effect.runSync(exchange.stats),
  close,
  [Symbol.asyncDispose]: close
})

/** Starts a simulated exchange. It lives until `close`, or until an `await using` ends. */
export const startExchange = async (options: SimulatedExchangeOptions = {}): Promise<SimulatedExchange> => {
  const scope = Effect.runSync(Scope.make())
  const close = () => runPromise(Scope.close(scope, Exit.void))
  try {
    return handle(await runPromise(Scope.extend(open(options), scope)), close)
  } catch (error) {
    await close()
    throw error
  }
}
