import * as Effect from "effect/Effect"
import { type FilteredShares, filterShares, type ShareFilters } from "../../core/errorShareFilters.ts"
import {
  type BreakerHealth,
  breakerHealth,
  errorShares,
  type ErrorTrend,
  errorTrends,
  runSummaries,
  type RunSummary
} from "../../core/ingestHealth.ts"
import { type SourceId } from "../../domain/ids.ts"
import { type BreakerTransition, type BucketTotal, type RunRecord } from "../../domain/IngestHealth.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { IngestHealth } from "../../ports/IngestHealth.ts"
import { nowUs } from "../now.ts"

export interface IngestHealthRequest {
  /** null: every source. */
  readonly source: SourceId | null
  /** Rows of each table at most, the run summary and the newest errors aside. */
  readonly limit: number
  /** Newest runs per source behind the run summary and the shares. */
  readonly runWindow: number
  /** Events per source and bucket, against as many before them. */
  readonly trendWindow: number
  readonly topMovers: boolean
  readonly shares: ShareFilters
  /** Newest errors per source. */
  readonly errorSamples: number
}

export interface IngestHealthReport {
  readonly atUs: EpochMicros
  readonly buckets: ReadonlyArray<BucketTotal>
  readonly trends: ReadonlyArray<ErrorTrend>
  readonly breakers: ReadonlyArray<BreakerHealth>
  readonly transitions: ReadonlyArray<BreakerTransition>
  readonly runs: ReadonlyArray<RunSummary>
  readonly shares: FilteredShares
  readonly errors: ReadonlyArray<RunRecord>
}

/** How ingest has been doing: what fails, whether it gets better, and which sources are shut off. */
export const ingestHealth = Effect.fn("engine.ingestHealth")(function* (request: IngestHealthRequest) {
  const health = yield* IngestHealth
  const { limit, source } = request
  const atUs = yield* nowUs
  const runs = yield* health.runs(source, request.runWindow)
  const events = yield* health.bucketEvents(source, 2 * request.trendWindow)
  const shares = filterShares(errorShares(runs), request.shares)
  const report: IngestHealthReport = {
    atUs,
    buckets: yield* health.bucketTotals(source, limit),
    trends: errorTrends(events, request.trendWindow, request.topMovers).slice(0, limit),
    breakers: (yield* health.breakers(source, limit)).map((breaker) => breakerHealth(breaker, atUs)),
    transitions: yield* health.transitions(source, limit),
    runs: runSummaries(runs),
    shares: { ...shares, rows: shares.rows.slice(0, limit) },
    errors: yield* health.failedRuns(source, request.errorSamples)
  }
  return report
})
