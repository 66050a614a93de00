import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { type MarketId, type SourceId } from "../domain/ids.ts"
import { type Market } from "../domain/Market.ts"
import { type EpochMicros, formatTime } from "../domain/time.ts"
import { type IngestionRun, IngestRepo } from "../ports/IngestRepo.ts"
import { stepStored } from "./breaker.ts"
import { commitMarkets } from "./commitMarkets.ts"
import { recordLook } from "./recordLook.ts"
import { insertRows, rowsOf, storing } from "./statements.ts"
import { immediate } from "./transaction.ts"

const CheckpointRow = Schema.Struct({ checkpoint_us: Schema.NullOr(Schema.Number) })

const readCheckpoint = (sql: SqlClient.SqlClient, source: SourceId) =>
  Effect.map(
    rowsOf(CheckpointRow)(sql`SELECT checkpoint_us FROM ingestion_state WHERE source = ${source}`),
    ([row]) => row?.checkpoint_us ?? null
  )

/** The checkpoint never goes back: of two ingests that ran at once, the further one counts. */
const writeState = (sql: SqlClient.SqlClient, run: IngestionRun, checkpointUs: EpochMicros | null) =>
  Effect.gen(function* () {
    const before = yield* readCheckpoint(sql, run.source)
    const next = before === null ? checkpointUs : checkpointUs === null ? before : Math.max(before, checkpointUs)
    const row = {
      source: run.source,
      checkpoint_ts: next === null ? null : formatTime(next),
      checkpoint_us: next,
      total_requests: run.requestCount,
      total_failures: run.failureCount,
      updated_at: formatTime(run.finishedAtUs)
    }
    yield* sql`INSERT INTO ingestion_state ${sql.insert(row)} ON CONFLICT (source) DO UPDATE SET
      checkpoint_ts = excluded.checkpoint_ts, checkpoint_us = excluded.checkpoint_us,
      total_requests = total_requests + excluded.total_requests,
      total_failures = total_failures + excluded.total_failures, updated_at = excluded.updated_at`
  })

const writeRun = (sql: SqlClient.SqlClient, run: IngestionRun, lookUs: EpochMicros | null) =>
  sql`INSERT INTO ingestion_runs ${sql.insert({
    source: run.source,
    status: run.status,
    started_at: formatTime(run.startedAtUs),
    started_us: run.startedAtUs,
    finished_at: formatTime(run.finishedAtUs),
    finished_us: run.finishedAtUs,
    look_us: lookUs,
    rows_ingested: run.rowsIngested,
    request_count: run.requestCount,
    failure_count: run.failureCount,
    retry_count: run.retryCount,
    error_buckets_json: JSON.stringify(Object.fromEntries(run.buckets.map(({ bucket, count }) => [bucket, count]))),
    error: run.error
  })}`

const writeBuckets = (sql: SqlClient.SqlClient, run: IngestionRun) =>
  Effect.gen(function* () {
    const at = formatTime(run.finishedAtUs)
    yield* insertRows(
      sql,
      {
        table: "ingestion_error_buckets",
        columns: ["source", "error_bucket", "total_count", "last_error", "updated_at"],
        tail:
          "ON CONFLICT (source, error_bucket) DO UPDATE SET total_count = total_count + excluded.total_count, " +
          "last_error = excluded.last_error, updated_at = excluded.updated_at"
      },
      run.buckets.map(({ bucket, count, lastError }) => [run.source, bucket, count, lastError, at])
    )
    yield* insertRows(
      sql,
      {
        table: "ingestion_error_bucket_events",
        columns: ["source", "error_bucket", "count", "last_error", "created_at", "created_us"]
      },
      run.buckets.map(({ bucket, count, lastError }) => [run.source, bucket, count, lastError, at, run.finishedAtUs])
    )
  })

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const checkpoint = (source: SourceId) => readCheckpoint(sql, source).pipe(storing(`read the checkpoint of ${source}`))

  const commitRun = (input: {
    readonly run: IngestionRun
    readonly markets: ReadonlyArray<Market>
    readonly confirmed: ReadonlyArray<MarketId> | null
    readonly capturedAtUs: EpochMicros
    readonly checkpointUs: EpochMicros | null
  }) =>
    Effect.gen(function* () {
      yield* commitMarkets(sql, input.markets, input.capturedAtUs)
      yield* writeState(sql, input.run, input.checkpointUs)
      const { capturedAtUs, confirmed, markets, run } = input
      if (confirmed !== null) {
        yield* recordLook(sql, run.source, capturedAtUs, [...markets.map(({ marketId }) => marketId), ...confirmed])
      }
      yield* writeRun(sql, run, confirmed === null ? null : capturedAtUs)
      yield* writeBuckets(sql, input.run)
    }).pipe(immediate(sql), storing(`store the ${input.run.source} run`))

  return IngestRepo.of({ checkpoint, commitRun, stepBreaker: stepStored(sql) })
})

export const layer: Layer.Layer<IngestRepo, never, SqlClient.SqlClient> = Layer.effect(IngestRepo, make)
