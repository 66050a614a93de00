import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type FileError, type InputError } from "../domain/errors.ts"
import { type EpochMicros } from "../domain/time.ts"
import { toMicros } from "../domain/units.ts"
import { parseFaults } from "../simulator/faults.ts"
import { openRecorded } from "../simulator/recorded.ts"
import { type Exchange, startExchange } from "../simulator/server.ts"
import { makeUniverse } from "../simulator/universe.ts"

export interface RehearsalOptions {
  /** 0: any free port. */
  readonly port: number
  /** Folder of recorded answers; null: a generated universe. */
  readonly dataDir: string | null
  /** Of the generated universe and of the faults. */
  readonly seed: number
  /** Markets of the generated universe; null: its default. */
  readonly markets: number | null
  /** Fault rules as a person types them, such as `429:0.1` or `gamma/timeout`. */
  readonly faults: ReadonlyArray<string>
  /** Market seconds per second. */
  readonly speed: number
  /** USDC that a wallet has when it is first used; default 1,000. */
  readonly balance?: number
}

export interface Rehearsal {
  readonly exchange: Exchange
  readonly kind: "generated" | "recorded"
  readonly startUs: EpochMicros
}

/** The loopback exchange, alive until the scope closes. */
export const startRehearsal = (
  options: RehearsalOptions
): Effect.Effect<Rehearsal, InputError | FileError, Scope.Scope> =>
  Effect.gen(function* () {
    const faults = yield* Effect.forEach(options.faults, (text) => parseFaults(text, "--fault"), { concurrency: 1 })
    const backend =
      options.dataDir === null
        ? makeUniverse({ seed: options.seed, ...(options.markets === null ? {} : { markets: options.markets }) })
        : yield* openRecorded(options.dataDir)
    const exchange = yield* startExchange({
      backend,
      port: options.port,
      time: { kind: "real", speed: options.speed },
      faults: faults.flat(),
      faultSeed: options.seed,
      trading: options.balance === undefined ? {} : { openingBalance: toMicros(options.balance) }
    })
    return { exchange, kind: backend.kind, startUs: backend.startUs }
  })
