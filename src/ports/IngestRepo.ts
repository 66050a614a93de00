import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { type BreakerInput, type BreakerSettings, type BreakerStep } from "../domain/Breaker.ts"
import { type ErrorBucket, type StoreError } from "../domain/errors.ts"
import { type MarketId, type SourceId } from "../domain/ids.ts"
import { type Market } from "../domain/Market.ts"
import { type EpochMicros } from "../domain/time.ts"

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
     * checkpoint (never back; null leaves it), adds the run row and its error buckets and request totals. A source that
     * answered is recorded as having shown `markets` and `confirmed` at that time (domain/looks.ts).
     */
    readonly commitRun: (input: {
      readonly run: IngestionRun
      readonly markets: ReadonlyArray<Market>
      /** Markets that the source showed as they are stored. null: it did not answer, so this was no look at it. */
      readonly confirmed: ReadonlyArray<MarketId> | null
      readonly capturedAtUs: EpochMicros
      readonly checkpointUs: EpochMicros | null
    }) => Effect.Effect<void, StoreError>
    /**
     * Steps the stored breaker of a source (policy/breaker.ts) in one go, across processes, and counts each phase that
     * begins. Of all who ask after a cooldown one gets the probe.
     */
    readonly stepBreaker: (
      source: SourceId,
      nowUs: EpochMicros,
      settings: BreakerSettings,
      input: BreakerInput
    ) => Effect.Effect<BreakerStep, StoreError>
  }
>() {}
