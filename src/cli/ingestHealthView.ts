import { type Json } from "../domain/json.ts"
import { type EpochMicros, formatTime } from "../domain/time.ts"
import { type IngestHealthReport, type IngestHealthRequest } from "../engine/commands/ingestHealth.ts"
import { type Column, renderTable, renderTitle, type Screen } from "../reports/terminal.ts"
import { formatInstant, formatNumber, formatPercent, NOTHING } from "../reports/terminalFormat.ts"

type RowOf<Table extends "buckets" | "trends" | "breakers" | "transitions" | "runs" | "errors"> =
  IngestHealthReport[Table][number]
type ShareRow = IngestHealthReport["shares"]["rows"][number]
type Filters = IngestHealthRequest["shares"]

const right = <Row>(header: string, value: (row: Row) => string): Column<Row> => ({ header, value, align: "right" })
const whole = <Row>(header: string, value: (row: Row) => number): Column<Row> =>
  right(header, (row) => formatNumber(value(row), 0))
const average = <Row>(header: string, value: (row: Row) => number): Column<Row> =>
  right(header, (row) => formatNumber(value(row), 2))

const sourceColumn: Column<{ readonly source: string }> = { header: "source", value: ({ source }) => source }
const bucketColumn: Column<{ readonly bucket: string }> = { header: "bucket", value: ({ bucket }) => bucket }

const bucketColumns: ReadonlyArray<Column<RowOf<"buckets">>> = [
  sourceColumn,
  bucketColumn,
  whole("total", ({ total }) => total),
  { header: "last error", value: ({ lastError }) => lastError || NOTHING, flexible: true },
  { header: "updated", value: ({ updatedAtUs }) => formatInstant(updatedAtUs) }
]

const signed = (value: number): string => (value > 0 ? `+${formatNumber(value, 0)}` : formatNumber(value, 0))
const moreIsBad = (value: number) => (value > 0 ? "bad" : value < 0 ? "good" : undefined)

const trendColumns: ReadonlyArray<Column<RowOf<"trends">>> = [
  sourceColumn,
  bucketColumn,
  whole("recent", ({ recent }) => recent),
  whole("before", ({ previous }) => previous),
  {
    header: "delta",
    value: ({ delta }) => signed(delta),
    align: "right",
    tone: ({ delta }) => moreIsBad(delta)
  },
  right("change", ({ change, delta }) => (change === null ? (delta > 0 ? "new" : NOTHING) : formatPercent(change))),
  right("events", ({ previousEvents, recentEvents }) => `${recentEvents} / ${previousEvents}`),
  { header: "last", value: ({ lastAtUs }) => formatInstant(lastAtUs) }
]

const cooldown = ({ cooldownSec, state }: RowOf<"breakers">): string =>
  cooldownSec === null ? NOTHING : state === "probe_due" ? "over" : `${formatNumber(Math.ceil(cooldownSec), 0)} s`

const breakerColumns: ReadonlyArray<Column<RowOf<"breakers">>> = [
  sourceColumn,
  {
    header: "state",
    value: ({ state }) => state,
    tone: ({ state }) => (state === "closed" ? "good" : state === "open" ? "bad" : undefined)
  },
  right("cooldown left", cooldown),
  { header: "open until", value: ({ openUntilUs }) => formatInstant(openUntilUs) },
  whole("failures in a row", ({ consecutiveFailures }) => consecutiveFailures),
  { header: "last bucket", value: ({ lastBucket }) => lastBucket || NOTHING },
  { header: "updated", value: ({ updatedAtUs }) => formatInstant(updatedAtUs) }
]

const transitionColumns: ReadonlyArray<Column<RowOf<"transitions">>> = [
  sourceColumn,
  { header: "to", value: ({ state }) => state },
  whole("count", ({ count }) => count),
  { header: "last", value: ({ lastAtUs }) => formatInstant(lastAtUs) }
]

const runColumns: ReadonlyArray<Column<RowOf<"runs">>> = [
  sourceColumn,
  whole("runs", ({ total }) => total),
  whole("ok", ({ ok }) => ok),
  whole("partial", ({ partial }) => partial),
  whole("error", ({ error }) => error),
  {
    header: "not ok",
    value: ({ nonOkRate }) => formatPercent(nonOkRate),
    align: "right",
    tone: ({ nonOkRate }) => (nonOkRate > 0 ? "bad" : "good")
  },
  average("rows", ({ averageRows }) => averageRows),
  average("requests", ({ averageRequests }) => averageRequests),
  average("failures", ({ averageFailures }) => averageFailures),
  average("retries", ({ averageRetries }) => averageRetries),
  right("failures/request", ({ failuresPerRequest }) => formatPercent(failuresPerRequest)),
  { header: "last run", value: ({ lastFinishedAtUs }) => formatInstant(lastFinishedAtUs) }
]

const shareColumns: ReadonlyArray<Column<ShareRow>> = [
  sourceColumn,
  bucketColumn,
  whole("count", ({ count }) => count),
  right("share", ({ share }) => formatPercent(share)),
  whole("of", ({ sourceTotal }) => sourceTotal),
  whole("runs with it", ({ runsWithError }) => runsWithError),
  whole("runs", ({ totalRuns }) => totalRuns)
]

const errorColumns: ReadonlyArray<Column<RowOf<"errors">>> = [
  sourceColumn,
  { header: "finished", value: ({ finishedAtUs }) => formatInstant(finishedAtUs) },
  {
    header: "status",
    value: ({ status }) => status,
    tone: ({ status }) => (status === "error" ? "bad" : undefined)
  },
  { header: "error", value: ({ error }) => error, flexible: true }
]

/** The options behind the share filters. */
export const filterOptions = {
  topK: "--error-share-top-k",
  minShare: "--error-share-min-share",
  minCount: "--error-share-min-count",
  minRunsWithError: "--error-share-min-runs-with-error",
  minTotalRuns: "--error-share-min-total-runs",
  minSourceTotal: "--error-share-min-source-bucket-total"
} as const satisfies Record<keyof Filters, string>

const activeFilters = (filters: Filters): ReadonlyArray<readonly [option: string, value: number]> => {
  const { minCount, minRunsWithError, minShare, minSourceTotal, minTotalRuns, topK } = filterOptions
  const all = [
    [topK, filters.topK],
    [minShare, filters.minShare],
    [minCount, filters.minCount],
    [minRunsWithError, filters.minRunsWithError],
    [minTotalRuns, filters.minTotalRuns],
    [minSourceTotal, filters.minSourceTotal]
  ] as const
  return all.filter(([, value]) => value > 0)
}

/** A threshold that may be typed: never above the value it stands for. */
const typeable = (value: number): string => String(Math.floor(value * 1e6) / 1e6)

const relaxText = ({ relaxFirst }: IngestHealthReport["shares"]): string => {
  if (relaxFirst === null) return ""
  const option = filterOptions[relaxFirst.filter]
  const effect =
    relaxFirst.rowsBack > 0
      ? `brings back ${relaxFirst.rowsBack} row(s)`
      : "is the first step; others are in the way too"
  return ` Relax ${option} first: ${typeable(relaxFirst.lowerTo)} instead of ${relaxFirst.value} ${effect}.`
}

const emptyShares = ({ shares }: IngestHealthReport, { runWindow, shares: filters }: IngestHealthRequest): string => {
  if (shares.before === 0) return `No errors in the last ${runWindow} runs.`
  const active = activeFilters(filters).map(([option, value]) => `${option} ${value}`)
  return `Nothing left of ${shares.before} row(s) after ${active.join(", ")}.${relaxText(shares)}`
}

/** The seven tables as text. */
export const healthText = (report: IngestHealthReport, request: IngestHealthRequest, screen: Screen): string => {
  const { runWindow, trendWindow } = request
  const section = <Row>(
    title: string,
    columns: ReadonlyArray<Column<Row>>,
    rows: ReadonlyArray<Row>,
    empty: string
  ): string => `${renderTitle(title, screen)}\n${renderTable(columns, rows, screen, empty)}`
  const order = request.topMovers ? ", largest change first" : ""
  return [
    section("Errors by bucket, all time", bucketColumns, report.buckets, "No errors were counted."),
    section(
      `Trend: newest ${trendWindow} events against the ${trendWindow} before them${order}`,
      trendColumns,
      report.trends,
      "No errors were counted."
    ),
    section("Circuit breakers", breakerColumns, report.breakers, "No source was asked yet."),
    section("Breaker transitions", transitionColumns, report.transitions, "No breaker ever opened."),
    section(`Last ${runWindow} runs per source (averages per run)`, runColumns, report.runs, "No runs yet."),
    section(
      `Share of errors in the last ${runWindow} runs per source`,
      shareColumns,
      report.shares.rows,
      emptyShares(report, request)
    ),
    section("Newest errors", errorColumns, report.errors, "No run ended with an error.")
  ].join("\n\n")
}

const instant = (us: EpochMicros | null): string | null => (us === null ? null : formatTime(us))

const runJson = (run: RowOf<"runs">): Json => ({
  source: run.source,
  total_runs: run.total,
  ok_runs: run.ok,
  partial_runs: run.partial,
  error_runs: run.error,
  non_ok_rate: run.nonOkRate,
  avg_rows: run.averageRows,
  avg_requests: run.averageRequests,
  avg_failures: run.averageFailures,
  avg_retries: run.averageRetries,
  failures_per_request: run.failuresPerRequest,
  last_finished_at: instant(run.lastFinishedAtUs)
})

const sharesJson = ({ shares }: IngestHealthReport, request: IngestHealthRequest): Json => ({
  rows: shares.rows.map((row) => ({
    source: row.source,
    error_bucket: row.bucket,
    count: row.count,
    share: row.share,
    source_total: row.sourceTotal,
    runs_with_error: row.runsWithError,
    total_runs: row.totalRuns
  })),
  rows_before_filters: shares.before,
  active_filters: Object.fromEntries(activeFilters(request.shares)),
  relax_first:
    shares.relaxFirst === null
      ? null
      : {
          option: filterOptions[shares.relaxFirst.filter],
          value: shares.relaxFirst.value,
          lower_to: shares.relaxFirst.lowerTo,
          rows_back: shares.relaxFirst.rowsBack
        }
})

/** The seven tables as one object; names are the original's columns. */
export const healthJson = (report: IngestHealthReport, request: IngestHealthRequest): Json => ({
  generated_at: formatTime(report.atUs),
  source: request.source ?? "all",
  run_window: request.runWindow,
  error_trend_window: request.trendWindow,
  error_buckets: report.buckets.map((row) => ({
    source: row.source,
    error_bucket: row.bucket,
    total_count: row.total,
    last_error: row.lastError,
    updated_at: instant(row.updatedAtUs)
  })),
  error_trends: report.trends.map((row) => ({
    source: row.source,
    error_bucket: row.bucket,
    recent_count: row.recent,
    prev_count: row.previous,
    delta: row.delta,
    change: row.change,
    recent_events: row.recentEvents,
    prev_events: row.previousEvents,
    recent_last_at: instant(row.lastAtUs)
  })),
  breakers: report.breakers.map((row) => ({
    source: row.source,
    state: row.state,
    cooldown_remaining_sec: row.cooldownSec,
    open_until: instant(row.openUntilUs),
    consecutive_failures: row.consecutiveFailures,
    last_error_bucket: row.lastBucket,
    updated_at: instant(row.updatedAtUs)
  })),
  breaker_transitions: report.transitions.map((row) => ({
    source: row.source,
    state: row.state,
    transition_count: row.count,
    last_transition_at: instant(row.lastAtUs)
  })),
  run_summary: report.runs.map(runJson),
  error_share: sharesJson(report, request),
  recent_errors: report.errors.map((row) => ({
    source: row.source,
    finished_at: instant(row.finishedAtUs),
    status: row.status,
    error: row.error
  }))
})
