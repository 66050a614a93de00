import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { type StoreError } from "../domain/errors.ts"
import { type SourceId } from "../domain/ids.ts"
import {
  type BreakerTransition,
  type BucketEvent,
  type BucketTotal,
  type RunRecord,
  type StoredBreaker
} from "../domain/IngestHealth.ts"

type Rows<A> = Effect.Effect<ReadonlyArray<A>, StoreError>

/** What ingest remembers of its failures. `source` null: of every source. */
export class IngestHealth extends Context.Tag("monomarket/ports/IngestHealth")<
  IngestHealth,
  {
    /** Most frequent first. */
    readonly bucketTotals: (source: SourceId | null, limit: number) => Rows<BucketTotal>
    /** The newest `perBucket` events of each source and bucket, newest first. */
    readonly bucketEvents: (source: SourceId | null, perBucket: number) => Rows<BucketEvent>
    readonly breakers: (source: SourceId | null, limit: number) => Rows<StoredBreaker>
    readonly transitions: (source: SourceId | null, limit: number) => Rows<BreakerTransition>
    /** The newest `perSource` runs of each source, newest first. */
    readonly runs: (source: SourceId | null, perSource: number) => Rows<RunRecord>
    /** As `runs`, of those that left an error. */
    readonly failedRuns: (source: SourceId | null, perSource: number) => Rows<RunRecord>
  }
>() {}
