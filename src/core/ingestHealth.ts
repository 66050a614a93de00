import { type BucketEvent, type RunRecord, type StoredBreaker } from "../domain/IngestHealth.ts"
import { type EpochMicros, MICROS_PER_SECOND } from "../domain/time.ts"

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const sumOf = <A>(rows: ReadonlyArray<A>, value: (row: A) => number): number =>
  rows.reduce((sum, row) => sum + value(row), 0)

const groupBy = <A>(rows: ReadonlyArray<A>, key: (row: A) => string): ReadonlyArray<ReadonlyArray<A>> => {
  const groups = new Map<string, Array<A>>()
  for (const row of rows) {
    const group = groups.get(key(row))
    if (group === undefined) groups.set(key(row), [row])
    else group.push(row)
  }
  return [...groups.values()]
}

/** The newest events of one source and bucket against those before them. */
export interface ErrorTrend {
  readonly source: string
  readonly bucket: string
  readonly recent: number
  readonly previous: number
  readonly delta: number
  /** delta / previous; null when nothing was counted before. */
  readonly change: number | null
  /** How many events stand behind each sum; fewer than the window when history is short. */
  readonly recentEvents: number
  readonly previousEvents: number
  readonly lastAtUs: EpochMicros | null
}

/**
 * `events` are newest first within a source and bucket. `topMovers` puts the greatest change, up or down, first;
 * otherwise rows are by source and bucket.
 */
export const errorTrends = (
  events: ReadonlyArray<BucketEvent>,
  window: number,
  topMovers: boolean
): ReadonlyArray<ErrorTrend> => {
  const trends = groupBy(events, (event) => JSON.stringify([event.source, event.bucket])).map((group): ErrorTrend => {
    const newest = group.slice(0, window)
    const before = group.slice(window, 2 * window)
    const recent = sumOf(newest, ({ count }) => count)
    const previous = sumOf(before, ({ count }) => count)
    return {
      source: group[0]?.source ?? "",
      bucket: group[0]?.bucket ?? "",
      recent,
      previous,
      delta: recent - previous,
      change: previous === 0 ? null : (recent - previous) / previous,
      recentEvents: newest.length,
      previousEvents: before.length,
      lastAtUs: group[0]?.atUs ?? null
    }
  })
  return trends.sort(
    (a, b) =>
      (topMovers ? Math.abs(b.delta) - Math.abs(a.delta) : 0) ||
      compare(a.source, b.source) ||
      compare(a.bucket, b.bucket)
  )
}

export interface BreakerHealth extends StoredBreaker {
  /** `probe_due`: the cooldown is over and the next fetch is the probe. `half_open`: a probe is out. */
  readonly state: "closed" | "open" | "probe_due" | "half_open"
  /** Seconds until a probe may go out; null when closed. */
  readonly cooldownSec: number | null
}

export const breakerHealth = (breaker: StoredBreaker, nowUs: EpochMicros): BreakerHealth => {
  const { openUntilUs } = breaker
  if (openUntilUs === null) return { ...breaker, state: "closed", cooldownSec: null }
  const cooldownSec = Math.max(0, openUntilUs - nowUs) / MICROS_PER_SECOND
  return { ...breaker, cooldownSec, state: cooldownSec === 0 ? "probe_due" : breaker.probing ? "half_open" : "open" }
}

/** How the newest runs of one source went. */
export interface RunSummary {
  readonly source: string
  readonly total: number
  readonly ok: number
  readonly partial: number
  readonly error: number
  readonly nonOkRate: number
  readonly averageRows: number
  readonly averageRequests: number
  readonly averageFailures: number
  readonly averageRetries: number
  /** null when nothing was requested. */
  readonly failuresPerRequest: number | null
  readonly lastFinishedAtUs: EpochMicros | null
}

/** `runs` are newest first within a source. */
export const runSummaries = (runs: ReadonlyArray<RunRecord>): ReadonlyArray<RunSummary> =>
  groupBy(runs, ({ source }) => source)
    .map((group): RunSummary => {
      const total = group.length
      const withStatus = (status: RunRecord["status"]): number => group.filter((run) => run.status === status).length
      const requests = sumOf(group, (run) => run.requestCount)
      const failures = sumOf(group, (run) => run.failureCount)
      return {
        source: group[0]?.source ?? "",
        total,
        ok: withStatus("ok"),
        partial: withStatus("partial"),
        error: withStatus("error"),
        nonOkRate: (total - withStatus("ok")) / total,
        averageRows: sumOf(group, (run) => run.rowsIngested) / total,
        averageRequests: requests / total,
        averageFailures: failures / total,
        averageRetries: sumOf(group, (run) => run.retryCount) / total,
        failuresPerRequest: requests === 0 ? null : failures / requests,
        lastFinishedAtUs: group[0]?.finishedAtUs ?? null
      }
    })
    .sort((a, b) => compare(a.source, b.source))

/** What part of a source's counted errors is of one kind, over its newest runs. */
export interface ErrorShare {
  readonly source: string
  readonly bucket: string
  readonly count: number
  readonly share: number
  /** Errors of every kind at this source. */
  readonly sourceTotal: number
  readonly runsWithError: number
  readonly totalRuns: number
}

/** By source, then most frequent first. */
export const errorShares = (runs: ReadonlyArray<RunRecord>): ReadonlyArray<ErrorShare> =>
  groupBy(runs, ({ source }) => source)
    .flatMap((group) => {
      const sourceTotal = sumOf(group, ({ buckets }) => sumOf([...buckets.values()], (count) => count))
      return [...new Set(group.flatMap(({ buckets }) => [...buckets.keys()]))].map((bucket): ErrorShare => {
        const count = sumOf(group, ({ buckets }) => buckets.get(bucket) ?? 0)
        return {
          source: group[0]?.source ?? "",
          bucket,
          count,
          share: count / sourceTotal,
          sourceTotal,
          runsWithError: group.filter(({ buckets }) => buckets.has(bucket)).length,
          totalRuns: group.length
        }
      })
    })
    .sort((a, b) => compare(a.source, b.source) || b.count - a.count || compare(a.bucket, b.bucket))
