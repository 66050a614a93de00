import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { type SourceId } from "../domain/ids.ts"
import { type RunRecord } from "../domain/IngestHealth.ts"
import { isJsonObject } from "../domain/json.ts"
import { type EpochMicros, parseTime } from "../domain/time.ts"
import { IngestHealth } from "../ports/IngestHealth.ts"
import { rowsOf, storing } from "./statements.ts"

const BucketRow = Schema.Struct({
  source: Schema.String,
  error_bucket: Schema.String,
  total_count: Schema.Number,
  last_error: Schema.String,
  updated_at: Schema.String
})
const EventRow = Schema.Struct({
  source: Schema.String,
  error_bucket: Schema.String,
  count: Schema.Number,
  created_at: Schema.String
})
const BreakerRow = Schema.Struct({
  source: Schema.String,
  consecutive_failures: Schema.Number,
  open_until_ts: Schema.NullOr(Schema.String),
  probe_us: Schema.NullOr(Schema.Number),
  last_error_bucket: Schema.String,
  updated_at: Schema.String
})
const TransitionRow = Schema.Struct({
  source: Schema.String,
  state: Schema.String,
  transition_count: Schema.Number,
  last_transition_at: Schema.String
})
const RunRow = Schema.Struct({
  source: Schema.String,
  status: Schema.String,
  finished_at: Schema.String,
  rows_ingested: Schema.Number,
  request_count: Schema.Number,
  failure_count: Schema.Number,
  retry_count: Schema.Number,
  error_buckets_json: Schema.String,
  error: Schema.String
})

// The texts decide: the original writes no integers.
const timeOf = (text: string | null): EpochMicros | null => (text === null ? null : (parseTime(text) ?? null))

/** Counts by bucket; a text that is not such a map counts nothing. */
const bucketsOf = (text: string): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return counts
  }
  if (!isJsonObject(value)) return counts
  for (const [bucket, count] of Object.entries(value)) {
    if (typeof count === "number" && count > 0) counts.set(bucket, count)
  }
  return counts
}

/** An unknown word counts as a failure. */
const statusOf = (text: string): RunRecord["status"] => (text === "ok" || text === "partial" ? text : "error")

const runOf = (row: typeof RunRow.Type): RunRecord => ({
  source: row.source,
  status: statusOf(row.status),
  finishedAtUs: timeOf(row.finished_at),
  rowsIngested: row.rows_ingested,
  requestCount: row.request_count,
  failureCount: row.failure_count,
  retryCount: row.retry_count,
  buckets: bucketsOf(row.error_buckets_json),
  error: row.error
})

const newestRuns = (sql: SqlClient.SqlClient, source: SourceId | null, perSource: number, failed: 0 | 1) =>
  rowsOf(RunRow)(
    sql`SELECT source, status, finished_at, rows_ingested, request_count, failure_count, retry_count,
          error_buckets_json, error
        FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY source ORDER BY id DESC) AS place FROM ingestion_runs
              WHERE (${source} IS NULL OR source = ${source}) AND (${failed} = 0 OR error <> ''))
        WHERE place <= ${perSource} ORDER BY source, place`
  ).pipe(
    Effect.map((rows) => rows.map(runOf)),
    storing("read the ingest runs")
  )

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const bucketTotals = (source: SourceId | null, limit: number) =>
    rowsOf(BucketRow)(
      sql`SELECT source, error_bucket, total_count, last_error, updated_at FROM ingestion_error_buckets
          WHERE (${source} IS NULL OR source = ${source})
          ORDER BY total_count DESC, source, error_bucket LIMIT ${limit}`
    ).pipe(
      Effect.map((rows) =>
        rows.map((row) => ({
          source: row.source,
          bucket: row.error_bucket,
          total: row.total_count,
          lastError: row.last_error,
          updatedAtUs: timeOf(row.updated_at)
        }))
      ),
      storing("read the error buckets")
    )

  const bucketEvents = (source: SourceId | null, perBucket: number) =>
    rowsOf(EventRow)(
      sql`SELECT source, error_bucket, count, created_at
          FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY source, error_bucket ORDER BY id DESC) AS place
                FROM ingestion_error_bucket_events WHERE (${source} IS NULL OR source = ${source}))
          WHERE place <= ${perBucket} ORDER BY source, error_bucket, place`
    ).pipe(
      Effect.map((rows) =>
        rows.map((row) => ({
          source: row.source,
          bucket: row.error_bucket,
          count: row.count,
          atUs: timeOf(row.created_at)
        }))
      ),
      storing("read the error events")
    )

  const breakers = (source: SourceId | null, limit: number) =>
    rowsOf(BreakerRow)(
      sql`SELECT source, consecutive_failures, open_until_ts, probe_us, last_error_bucket, updated_at
          FROM ingestion_breakers WHERE (${source} IS NULL OR source = ${source}) ORDER BY source LIMIT ${limit}`
    ).pipe(
      Effect.map((rows) =>
        rows.map((row) => ({
          source: row.source,
          consecutiveFailures: row.consecutive_failures,
          openUntilUs: timeOf(row.open_until_ts),
          probing: row.probe_us !== null,
          lastBucket: row.last_error_bucket,
          updatedAtUs: timeOf(row.updated_at)
        }))
      ),
      storing("read the breakers")
    )

  const transitions = (source: SourceId | null, limit: number) =>
    rowsOf(TransitionRow)(
      sql`SELECT source, state, transition_count, last_transition_at FROM ingestion_breaker_transitions
          WHERE (${source} IS NULL OR source = ${source}) ORDER BY source, state LIMIT ${limit}`
    ).pipe(
      Effect.map((rows) =>
        rows.map((row) => ({
          source: row.source,
          state: row.state,
          count: row.transition_count,
          lastAtUs: timeOf(row.last_transition_at)
        }))
      ),
      storing("read the breaker transitions")
    )

  return IngestHealth.of({
    bucketTotals,
    bucketEvents,
    breakers,
    transitions,
    runs: (source, perSource) => newestRuns(sql, source, perSource, 0),
    failedRuns: (source, perSource) => newestRuns(sql, source, perSource, 1)
  })
})

export const layer: Layer.Layer<IngestHealth, never, SqlClient.SqlClient> = Layer.effect(IngestHealth, make)
