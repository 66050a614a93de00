import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { type StoreError } from "../domain/errors.ts"
import { type StrategyId } from "../domain/ids.ts"
import { type PackageId } from "../domain/OrderIntent.ts"
import { type TriedAttempt } from "../domain/Portfolio.ts"
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
    /** The new signals of a package that several share, by id. */
    readonly package: (packageId: PackageId) => Effect.Effect<ReadonlyArray<Signal>, StoreError>
    /** Rejects every new signal older than `maxAgeSec` seconds at `atUs`, and gives how many those were. */
    readonly expire: (input: {
      readonly atUs: EpochMicros
      readonly maxAgeSec: number
    }) => Effect.Effect<number, StoreError>
    /** Expired signals that were made within a window; `strategies` empty: all. */
    readonly countExpired: (window: {
      readonly fromUs: EpochMicros
      readonly toUs: EpochMicros
      readonly strategies: ReadonlyArray<StrategyId>
    }) => Effect.Effect<number, StoreError>
    /** Sides of markets whose signals were executed or rejected at or after `sinceUs`, each with the last time. */
    readonly triedSince: (sinceUs: EpochMicros) => Effect.Effect<ReadonlyArray<TriedAttempt>, StoreError>
    /**
     * Marks the stored signals of the asked strategies as withdrawn at `atUs` whose orders rest and which are not among
     * those that are given now (by strategy, market and side).
     */
    readonly withdraw: (input: {
      readonly asked: ReadonlyArray<StrategyId>
      readonly given: ReadonlyArray<NewSignal>
      readonly atUs: EpochMicros
    }) => Effect.Effect<void, StoreError>
    /** Marks new signals as executed, all or none (false), until they are recorded with their orders or released. */
    readonly claim: (signalIds: ReadonlyArray<number>, atUs: EpochMicros) => Effect.Effect<boolean, StoreError>
    /** Makes those that are still claimed new again. */
    readonly release: (signalIds: ReadonlyArray<number>, atUs: EpochMicros) => Effect.Effect<void, StoreError>
    readonly find: (id: number) => Effect.Effect<Option.Option<Signal>, StoreError>
  }
>() {}
