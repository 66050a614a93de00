import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { type StoreError } from "../domain/errors.ts"
import { type StrategyId } from "../domain/ids.ts"
import { type NewSignal, type Signal, type SignalStatus } from "../domain/Signal.ts"
import { type EpochMicros } from "../domain/time.ts"

export class SignalRepo extends Context.Tag("monomarket/ports/SignalRepo")<
  SignalRepo,
  {
    /** Stores all in one transaction, status "new", in the order given. */
    readonly insertAll: (
      signals: ReadonlyArray<NewSignal>,
      createdAtUs: EpochMicros
    ) => Effect.Effect<ReadonlyArray<Signal>, StoreError>
    /** Newest first. */
    readonly list: (query: {
      readonly limit: number
      readonly status: SignalStatus | "all"
      readonly strategy: StrategyId | null
    }) => Effect.Effect<ReadonlyArray<Signal>, StoreError>
    /** The oldest with status "new". */
    readonly pending: (limit: number) => Effect.Effect<ReadonlyArray<Signal>, StoreError>
    readonly find: (id: number) => Effect.Effect<Option.Option<Signal>, StoreError>
  }
>() {}
