import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { type ErrorBucket, type StoreError } from "../domain/errors.ts"
import { type SourceId } from "../domain/ids.ts"
import { type Market } from "../domain/Market.ts"
import { type EpochMicros } from "../domain/time.ts"

export type BreakerStateName = "closed" | "open" | "half_open"

export interface BreakerState {
  readonly consecutiveFailures: number
  /** null: closed. In the past: one probe may go out. */
  readonly openUntilUs: EpochMicros | null
}

/** `closed`: go on. `probe`: this caller, and only this one, may try. `refused`: skip the source. */
export type Admission =
  | { readonly _tag: "closed" }
  | { readonly _tag: "probe" }
  | { readonly _tag: "refused"; readonly openUntilUs: EpochMicros }

export interface BreakerSettings {
  readonly failureThreshold: number
  readonly cooldownUs: EpochMicros
}

export interface BucketCount {
  readonly bucket: ErrorBucket
  readonly count: number
  readonly lastError: string
}

export interface IngestionRun {
  readonly source: SourceId
  readonly status: "ok" | "partial" | "error"
  readonly startedAtUs: EpochMicros
  readonly finishedAtUs: EpochMicros
  readonly rowsIngested: number
  readonly requestCount: number
  readonly failureCount: number
  readonly retryCount: number
  readonly buckets: ReadonlyArray<BucketCount>
  readonly error: string
}

/** Writes what ingest brings in, and keeps its memory: checkpoints, breakers, run and error statistics. */
export class IngestRepo extends Context.Tag("monomarket/ports/IngestRepo")<
  IngestRepo,
  {
    readonly checkpoint: (source: SourceId) => Effect.Effect<EpochMicros | null, StoreError>
    /**
     * One transaction: upserts the markets (unique by source and market id), ties them to other sources by
     * condition id, writes one snapshot row each at `capturedAtUs`, records resolutions that are new, moves the
     * checkpoint (never back; null leaves it), adds the run row and its error buckets and request totals.
     */
    readonly commitRun: (input: {
      readonly run: IngestionRun
      readonly markets: ReadonlyArray<Market>
      readonly capturedAtUs: EpochMicros
      readonly checkpointUs: EpochMicros | null
    }) => Effect.Effect<void, StoreError>
    /** Decides atomically, across processes, whether a source may be asked now; counts the half_open transition. */
    readonly admit: (
      source: SourceId,
      nowUs: EpochMicros,
      settings: BreakerSettings
    ) => Effect.Effect<Admission, StoreError>
    /** Tells the breaker how the admitted fetch ended; counts open and closed transitions. */
    readonly settle: (
      source: SourceId,
      nowUs: EpochMicros,
      settings: BreakerSettings,
      outcome: { readonly _tag: "success" } | { readonly _tag: "failure"; readonly bucket: ErrorBucket }
    ) => Effect.Effect<BreakerState, StoreError>
  }
>() {}
