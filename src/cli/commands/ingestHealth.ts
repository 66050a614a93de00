import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { existingStore } from "../../app/store.ts"
import { sourceIds } from "../../domain/ids.ts"
import { ingestHealth, type IngestHealthRequest } from "../../engine/commands/ingestHealth.ts"
import { defineCommand } from "../command.ts"
import { healthJson, healthText } from "../ingestHealthView.ts"
import { choice, flag, limit, number } from "../options.ts"
import { Output } from "../Output.ts"

const window = { min: 1, max: 100_000, whole: true }
const count = { min: 0, max: 1_000_000_000, whole: true }

/** A threshold of the share table; 0 switches it off. */
const threshold = (name: string, description: string) =>
  number(name, "n", `Shares: ${description} (default 0: off)`, count).pipe(Options.withDefault(0))

export const command = defineCommand({
  name: "ingest-health",
  description:
    "Shows how ingest has been doing: errors and their trend, breakers, runs per source, error shares, newest errors.",
  settings: {
    source: choice("source", [...sourceIds, "all"], "Which source (default all)").pipe(Options.withDefault("all")),
    limit: limit(20, "Rows per table at most"),
    runWindow: number("run-window", "n", "Newest runs per source to sum up (default 20)", window).pipe(
      Options.withDefault(20)
    ),
    trendWindow: number(
      "error-trend-window",
      "n",
      "Newest error events per source and bucket, against as many before them (default 20)",
      window
    ).pipe(Options.withDefault(20)),
    topMovers: flag("error-trend-top-movers", "Trend: largest change first (the default)"),
    noTopMovers: flag("no-error-trend-top-movers", "Trend: by source and bucket"),
    topK: threshold("error-share-top-k", "the most frequent buckets of each source only"),
    minShare: number("error-share-min-share", "share", "Shares: at least this share, 0 to 1 (default 0: off)", {
      min: 0,
      max: 1
    }).pipe(Options.withDefault(0)),
    minCount: threshold("error-share-min-count", "buckets counted at least this often"),
    minRunsWithError: threshold("error-share-min-runs-with-error", "buckets seen in at least this many runs"),
    minTotalRuns: threshold("error-share-min-total-runs", "sources with at least this many runs"),
    minSourceTotal: threshold("error-share-min-source-bucket-total", "sources with at least this many errors"),
    errorSamples: number("error-sample-limit", "n", "Newest errors per source (default 5)", window).pipe(
      Options.withDefault(5)
    )
  },
  layer: existingStore,
  conflicts: [["--error-trend-top-movers", "--no-error-trend-top-movers"]],
  handler: (input) =>
    Effect.gen(function* () {
      const output = yield* Output
      const request: IngestHealthRequest = {
        source: input.source === "all" ? null : input.source,
        limit: input.limit,
        runWindow: input.runWindow,
        trendWindow: input.trendWindow,
        topMovers: !input.noTopMovers,
        shares: {
          topK: input.topK,
          minShare: input.minShare,
          minCount: input.minCount,
          minRunsWithError: input.minRunsWithError,
          minTotalRuns: input.minTotalRuns,
          minSourceTotal: input.minSourceTotal
        },
        errorSamples: input.errorSamples
      }
      const report = yield* ingestHealth(request)
      yield* output.result(healthJson(report, request), (screen) => healthText(report, request, screen))
    })
})
