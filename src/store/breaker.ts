import { type SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type SourceId } from "../domain/ids.ts"
import { type EpochMicros, formatTime, parseTime } from "../domain/time.ts"
import { type Admission, type BreakerSettings, type BreakerState, type BreakerStateName } from "../ports/IngestRepo.ts"
import { type ErrorBucket } from "../domain/errors.ts"
import { rowsOf, storing } from "./statements.ts"
import { immediate } from "./transaction.ts"

const BreakerRow = Schema.Struct({
  consecutive_failures: Schema.Number,
  open_until_ts: Schema.NullOr(Schema.String),
  last_error_bucket: Schema.String,
  probe_us: Schema.NullOr(Schema.Number)
})

interface Breaker extends BreakerState {
  /** When the probe that is out was let go; null: none is. */
  readonly probeUs: EpochMicros | null
  readonly lastBucket: string
}

const closedBreaker: Breaker = { consecutiveFailures: 0, openUntilUs: null, probeUs: null, lastBucket: "" }

/** The text decides: the original writes no integer. One that cannot be read does not keep a source shut. */
const readBreaker = (sql: SqlClient, source: SourceId) =>
  Effect.map(
    rowsOf(BreakerRow)(
      sql`SELECT consecutive_failures, open_until_ts, last_error_bucket, probe_us
          FROM ingestion_breakers WHERE source = ${source}`
    ),
    ([row]): Breaker =>
      row === undefined
        ? closedBreaker
        : {
            consecutiveFailures: row.consecutive_failures,
            openUntilUs: row.open_until_ts === null ? null : (parseTime(row.open_until_ts) ?? null),
            probeUs: row.probe_us,
            lastBucket: row.last_error_bucket
          }
  )

const writeBreaker = (sql: SqlClient, source: SourceId, breaker: Breaker, nowUs: EpochMicros) => {
  const row = {
    source,
    consecutive_failures: breaker.consecutiveFailures,
    open_until_ts: breaker.openUntilUs === null ? null : formatTime(breaker.openUntilUs),
    open_until_us: breaker.openUntilUs,
    probe_us: breaker.probeUs,
    last_error_bucket: breaker.lastBucket,
    updated_at: formatTime(nowUs)
  }
  return sql`INSERT INTO ingestion_breakers ${sql.insert(row)} ON CONFLICT (source) DO UPDATE SET
    consecutive_failures = excluded.consecutive_failures, open_until_ts = excluded.open_until_ts,
    open_until_us = excluded.open_until_us, probe_us = excluded.probe_us,
    last_error_bucket = excluded.last_error_bucket, updated_at = excluded.updated_at`
}

const countTransition = (sql: SqlClient, source: SourceId, state: BreakerStateName, nowUs: EpochMicros) =>
  sql`INSERT INTO ingestion_breaker_transitions (source, state, transition_count, last_transition_at)
      VALUES (${source}, ${state}, 1, ${formatTime(nowUs)})
      ON CONFLICT (source, state) DO UPDATE SET
        transition_count = transition_count + 1, last_transition_at = excluded.last_transition_at`

/**
 * The write lock is taken before the state is read, so of several processes one gets the probe: it pushes the opening
 * a cooldown further, which refuses the others and lets the next probe out should this one's process die.
 */
export const admit = (sql: SqlClient) => (source: SourceId, nowUs: EpochMicros, settings: BreakerSettings) =>
  Effect.gen(function* () {
    const breaker = yield* readBreaker(sql, source)
    const { openUntilUs } = breaker
    if (openUntilUs === null) return { _tag: "closed" } satisfies Admission
    if (nowUs < openUntilUs) return { _tag: "refused", openUntilUs } satisfies Admission
    const claimed = { ...breaker, openUntilUs: nowUs + settings.cooldownUs, probeUs: nowUs }
    yield* writeBreaker(sql, source, claimed, nowUs)
    yield* countTransition(sql, source, "half_open", nowUs)
    return { _tag: "probe" } satisfies Admission
  }).pipe(
    immediate(sql),
    Effect.map((admission): Admission => admission),
    storing(`ask the breaker of ${source}`)
  )

/** What a failure makes of a breaker. A fetch that began before it opened changes nothing but the count. */
const afterFailure = (
  before: Breaker,
  nowUs: EpochMicros,
  settings: BreakerSettings,
  bucket: ErrorBucket
): { readonly after: Breaker; readonly opens: boolean } => {
  const consecutiveFailures = before.consecutiveFailures + 1
  const opens = before.openUntilUs === null ? consecutiveFailures >= settings.failureThreshold : before.probeUs !== null
  return {
    opens,
    after: {
      consecutiveFailures,
      openUntilUs: opens ? nowUs + settings.cooldownUs : before.openUntilUs,
      probeUs: null,
      lastBucket: bucket
    }
  }
}

export const settle =
  (sql: SqlClient) =>
  (
    source: SourceId,
    nowUs: EpochMicros,
    settings: BreakerSettings,
    outcome: { readonly _tag: "success" } | { readonly _tag: "failure"; readonly bucket: ErrorBucket }
  ) =>
    Effect.gen(function* () {
      const before = yield* readBreaker(sql, source)
      if (outcome._tag === "success") {
        yield* writeBreaker(sql, source, { ...closedBreaker, lastBucket: before.lastBucket }, nowUs)
        if (before.openUntilUs !== null) yield* countTransition(sql, source, "closed", nowUs)
        return { consecutiveFailures: 0, openUntilUs: null }
      }
      const { after, opens } = afterFailure(before, nowUs, settings, outcome.bucket)
      yield* writeBreaker(sql, source, after, nowUs)
      if (opens) yield* countTransition(sql, source, "open", nowUs)
      return { consecutiveFailures: after.consecutiveFailures, openUntilUs: after.openUntilUs }
    }).pipe(immediate(sql), storing(`settle the breaker of ${source}`))
