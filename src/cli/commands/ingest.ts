import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ingestLayer } from "../../app/ingest.ts"
import { paperRoute } from "../../app/trading.ts"
import { sourceIds } from "../../domain/ids.ts"
import { type Json } from "../../domain/json.ts"
import { formatTime } from "../../domain/time.ts"
import { unreadJson, unreadLines } from "../../domain/watched.ts"
import { settleUp, type WorkReport } from "../../engine/commands/settleUp.ts"
import { Ingestor, type IngestReport, type SourceReport } from "../../ports/Ingestor.ts"
import { type Column, renderTable, type Screen } from "../../reports/terminal.ts"
import { formatNumber } from "../../reports/terminalFormat.ts"
import { defineCommand } from "../command.ts"
import { CommandFailed } from "../failure.ts"
import { choice, flag, number } from "../options.ts"
import { Output } from "../Output.ts"

const counted = (counts: ReadonlyArray<readonly [name: string, count: number]>): string =>
  counts.length === 0 ? "-" : counts.map(([name, count]) => `${name} ${count}`).join(", ")

const count = (header: string, of: (report: SourceReport) => number): Column<SourceReport> => ({
  header,
  value: (report) => formatNumber(of(report), 0),
  align: "right"
})

const columns: ReadonlyArray<Column<SourceReport>> = [
  { header: "source", value: ({ source }) => source },
  {
    header: "status",
    value: ({ status }) => status,
    tone: ({ status }) => (status === "ok" ? "good" : status === "error" ? "bad" : undefined)
  },
  count("received", ({ received }) => received),
  count("stored", ({ rowsIngested }) => rowsIngested),
  count("unchanged", ({ skipped }) => skipped),
  count("requests", ({ requestCount }) => requestCount),
  count("failures", ({ failureCount }) => failureCount),
  count("retries", ({ retryCount }) => retryCount),
  {
    header: "refused",
    value: ({ dropped, refused }) =>
      counted([...refused, ...[...dropped].map(([reason, rows]) => [`field: ${reason}`, rows] as const)]),
    flexible: true
  },
  {
    header: "errors",
    value: ({ buckets }) => counted(buckets.map((b) => [b.bucket, b.count] as const)),
    flexible: true
  },
  { header: "last error", value: ({ error }) => (error === "" ? "-" : error), flexible: true }
]

const sourceJson = (report: SourceReport): Json => ({
  source: report.source,
  status: report.status,
  started_at: formatTime(report.startedAtUs),
  finished_at: formatTime(report.finishedAtUs),
  received: report.received,
  rows_ingested: report.rowsIngested,
  skipped: report.skipped,
  request_count: report.requestCount,
  failure_count: report.failureCount,
  retry_count: report.retryCount,
  refused: Object.fromEntries(report.refused),
  dropped_fields: Object.fromEntries(report.dropped),
  unread_markets: report.unread.map(unreadJson),
  error_buckets: Object.fromEntries(report.buckets.map(({ bucket, count }) => [bucket, count])),
  error: report.error
})

const workCounts = ({ orders, settlements }: WorkReport) => ({
  filled: orders.filter(({ filled }) => filled > 0).length,
  expired: orders.filter(({ order }) => order.status === "expired").length,
  settled: settlements.length
})

const workJson = (work: WorkReport): Json => {
  const { expired, filled, settled } = workCounts(work)
  return { filled_orders: filled, expired_orders: expired, settled_positions: settled }
}

/** "" when the new data changed nothing. */
const workText = (work: WorkReport): string => {
  const { expired, filled, settled } = workCounts(work)
  if (expired + filled + settled === 0) return ""
  return `paper: ${filled} resting order(s) filled, ${expired} expired, ${settled} position(s) settled`
}

const table = (report: IngestReport, screen: Screen): string =>
  `Ingest ${report.status}.\n${renderTable(columns, report.sources, screen)}`

export const command = defineCommand({
  name: "ingest",
  description: "Collects markets from the exchange's public APIs into the database. One failing source stops no other.",
  settings: {
    source: choice("source", [...sourceIds, "all"], "Which source (default all)").pipe(Options.withDefault("all")),
    limit: number("limit", "n", "How many markets per source (default 300)", {
      min: 1,
      max: 1_000_000,
      whole: true
    }).pipe(Options.withDefault(300)),
    incremental: flag("incremental", "Store only what differs from what is stored (the default)"),
    full: flag("full", "Take every market, changed or not")
  },
  layer: Layer.provideMerge(paperRoute, ingestLayer),
  conflicts: [["--incremental", "--full"]],
  handler: ({ full, limit, source }) =>
    Effect.gen(function* () {
      const ingestor = yield* Ingestor
      const output = yield* Output
      const report = yield* ingestor.run({
        sources: source === "all" ? sourceIds : [source],
        limit,
        incremental: !full
      })
      // What rests on paper meets the new data at once.
      const work = yield* settleUp
      for (const line of unreadLines(report.sources.flatMap(({ unread }) => unread)))
        yield* output.note(`note: ${line}`)
      const text = workText(work)
      if (text !== "") yield* output.note(`note: ${text}`)
      const json = { status: report.status, sources: report.sources.map(sourceJson), paper: workJson(work) }
      yield* output.result(json, (screen) => table(report, screen))
      if (report.status === "error") {
        return yield* new CommandFailed({
          message: "ingest: nothing was stored; monomarket ingest-health tells the errors of the last runs"
        })
      }
    })
})
