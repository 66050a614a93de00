import { type EpochMicros } from "./time.ts"

// Rows that ingest left behind. Sources and buckets are text: another program's version may know more of them.

/** How often a kind of failure was counted since the database exists. */
export interface BucketTotal {
  readonly source: string
  readonly bucket: string
  readonly total: number
  readonly lastError: string
  /** null: the stored text is not a time. */
  readonly updatedAtUs: EpochMicros | null
}

/** One run's count of one kind of failure. */
export interface BucketEvent {
  readonly source: string
  readonly bucket: string
  readonly count: number
  readonly atUs: EpochMicros | null
}

/** A source's breaker as it is stored. */
export interface StoredBreaker {
  readonly source: string
  readonly consecutiveFailures: number
  /** null: closed. */
  readonly openUntilUs: EpochMicros | null
  /** A probe is out and has not answered. */
  readonly probing: boolean
  readonly lastBucket: string
  readonly updatedAtUs: EpochMicros | null
}

export interface BreakerTransition {
  readonly source: string
  readonly state: string
  readonly count: number
  readonly lastAtUs: EpochMicros | null
}

/** One ingest run of one source. */
export interface RunRecord {
  readonly source: string
  readonly status: "ok" | "partial" | "error"
  readonly finishedAtUs: EpochMicros | null
  readonly rowsIngested: number
  readonly requestCount: number
  readonly failureCount: number
  readonly retryCount: number
  /** Failures of this run by kind; kinds with none are left out. */
  readonly buckets: ReadonlyMap<string, number>
  readonly error: string
}
