import { type SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import {
  type BreakerInput,
  type BreakerPhase,
  type BreakerSettings,
  type BreakerState,
  closedBreaker
} from "../domain/Breaker.ts"
import { type SourceId } from "../domain/ids.ts"
import { type EpochMicros, formatTime, parseTime } from "../domain/time.ts"
import { stepBreaker } from "../policy/breaker.ts"
import { rowsOf, storing } from "./statements.ts"
import { immediate } from "./transaction.ts"

const BreakerRow = Schema.Struct({
  consecutive_failures: Schema.Number,
  open_until_ts: Schema.NullOr(Schema.String),
  last_error_bucket: Schema.String,
  probe_us: Schema.NullOr(Schema.Number)
})

/** The text decides: the original writes no integer. One that cannot be read does not keep a source shut. */
const readBreaker = (sql: SqlClient, source: SourceId) =>
  Effect.map(
    rowsOf(BreakerRow)(
      sql`SELECT consecutive_failures, open_until_ts, last_error_bucket, probe_us
          FROM ingestion_breakers WHERE source = ${source}`
    ),
    ([row]): BreakerState =>
      row === undefined
        ? closedBreaker
        : {
            consecutiveFailures: row.consecutive_failures,
            openUntilUs: row.open_until_ts === null ? null : (parseTime(row.open_until_ts) ?? null),
            probeUs: row.probe_us,
            lastReason: row.last_error_bucket
          }
  )

const writeBreaker = (sql: SqlClient, source: SourceId, breaker: BreakerState, nowUs: EpochMicros) => {
  const row = {
    source,
    consecutive_failures: breaker.consecutiveFailures,
    open_until_ts: breaker.openUntilUs === null ? null : formatTime(breaker.openUntilUs),
    open_until_us: breaker.openUntilUs,
    probe_us: breaker.probeUs,
    last_error_bucket: breaker.lastReason,
    updated_at: formatTime(nowUs)
  }
  return sql`INSERT INTO ingestion_breakers ${sql.insert(row)} ON CONFLICT (source) DO UPDATE SET
    consecutive_failures = excluded.consecutive_failures, open_until_ts = excluded.open_until_ts,
    open_until_us = excluded.open_until_us, probe_us = excluded.probe_us,
    last_error_bucket = excluded.last_error_bucket, updated_at = excluded.updated_at`
}

const countTransition = (sql: SqlClient, source: SourceId, phase: BreakerPhase, nowUs: EpochMicros) =>
  sql`INSERT INTO ingestion_breaker_transitions (source, state, transition_count, last_transition_at)
      VALUES (${source}, ${phase}, 1, ${formatTime(nowUs)})
      ON CONFLICT (source, state) DO UPDATE SET
        transition_count = transition_count + 1, last_transition_at = excluded.last_transition_at`

/**
 * One step of a source's breaker: its state is read, stepped and stored under the write lock, which is taken before the
 * reading, so that of several processes one gets the probe.
 */
export const stepStored =
  (sql: SqlClient) => (source: SourceId, nowUs: EpochMicros, settings: BreakerSettings, input: BreakerInput) =>
    Effect.gen(function* () {
      const before = yield* readBreaker(sql, source)
      const step = yield* stepBreaker(settings, before, nowUs, input)
      if (step.state !== before) yield* writeBreaker(sql, source, step.state, nowUs)
      if (step.entered !== null) yield* countTransition(sql, source, step.entered, nowUs)
      return step
    }).pipe(immediate(sql), storing(`step the breaker of ${source}`))
