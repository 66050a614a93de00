import type * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { type ArtifactError } from "../domain/errors.ts"
import { decodeValue } from "./decodeArtifact.ts"
import { ROLLING_KIND } from "./RollingSummary.ts"
import { checksumFields, ExecutionConfigV1, ProgramV1, RiskConfigV1, SampleCoverageV1 } from "./schema.ts"

const num = (description: string) => Schema.Number.annotations({ description })
const bool = (description: string) => Schema.Boolean.annotations({ description })
const text = (description: string) => Schema.String.annotations({ description })
const reasons = (description: string) =>
  Schema.Record({ key: Schema.String, value: Schema.Number }).annotations({ description })

const counts = {
  total_signals: num("Signals"),
  executed_signals: num("Signals that traded"),
  rejected_signals: num("Signals that did not"),
  execution_rate: num("executed_signals / total_signals; 0 without signals")
}

export const RollingTotalsV1 = Schema.Struct({
  run_count: num("Windows"),
  ...counts,
  empty_window_count: num("Windows without a signal"),
  positive_window_count: num("Windows with a gain"),
  positive_window_rate: num("positive_window_count / run_count"),
  pnl_sum: num("Sum of pnl_total over the windows, USDC"),
  pnl_avg: num("pnl_sum / run_count, USDC"),
  range_hours: num("From from_ts to to_ts"),
  sampled_hours: num("Sum of the windows' lengths"),
  covered_hours: num("Hours that lie in at least one window"),
  overlap_hours: num("sampled_hours - covered_hours"),
  coverage_ratio: num("covered_hours / range_hours"),
  overlap_ratio: num("overlap_hours / covered_hours"),
  coverage_label: Schema.Literal("full", "partial", "sparse").annotations({
    description: "full from 0.95 on, partial from 0.5 on, else sparse"
  }),
  coverage_basis: text("How the two ratios are made, in words"),
  data_covered_hours: Schema.optional(num("Added here: hours of all windows that data covers, counted by gaps")),
  data_coverage_ratio: Schema.optional(num("Added here: data_covered_hours / sampled_hours")),
  risk_rejection_reasons: reasons("Rejected signals by whole reason, over all windows")
}).annotations({ identifier: "RollingTotals" })

export const RollingWindowV1 = Schema.Struct({
  from_ts: text("Start of this window, included, ISO 8601"),
  to_ts: text("End of this window, ISO 8601"),
  end_included: Schema.optional(
    bool("Added here: what happened at to_ts counts in this window: in the last, and under the original's arithmetic")
  ),
  ...counts,
  pnl_total: num("PnL of all strategies, USDC"),
  risk_rejection_reasons: reasons("Rejected signals by whole reason"),
  sample_coverage: Schema.optional(SampleCoverageV1),
  ledger_sha256: Schema.optional(text("Added here: digest of this window's ledger"))
}).annotations({ identifier: "RollingWindow" })

export const StrategyAggregateV1 = Schema.Struct({
  strategy: text("Strategy id"),
  windows: num("Windows"),
  avg_pnl: num("PnL per window, USDC"),
  avg_winrate: num("Mean of the windows' win rates"),
  total_trades: num("Fills in all windows")
}).annotations({ identifier: "StrategyAggregate" })

/** A rolling summary: what every rolling-1.x has, and what this version knows later ones to have added. */
export const RollingSummaryV1 = Schema.Struct({
  schema_version: Schema.String.pipe(
    Schema.pattern(/^rolling-1\.\d+$/, { message: () => "must be a schema version rolling-1.x" })
  ).annotations({ description: "rolling-1.0, or a later rolling-1.x" }),
  kind: Schema.Literal(ROLLING_KIND),
  generated_at: text("When the summary was made, ISO 8601"),
  from_ts: text("Start of the first window, ISO 8601"),
  to_ts: text("Where the last window is cut, ISO 8601"),
  window_hours: num("Length of a window"),
  step_hours: num("From the start of one window to the next"),
  overlap_mode: Schema.Literal("overlap", "tiled", "gapped").annotations({
    description: "Step shorter than, equal to or longer than the window"
  }),
  strategies: Schema.Array(Schema.String).annotations({ description: "Which strategies' signals were replayed" }),
  execution_config: ExecutionConfigV1,
  risk_config: RiskConfigV1,
  summary: RollingTotalsV1,
  windows: Schema.Array(RollingWindowV1),
  strategy_aggregate: Schema.Array(StrategyAggregateV1),
  compat: Schema.optional(text("Added here: market, or original for the original's arithmetic")),
  program: Schema.optional(ProgramV1),
  ledger_sha256: Schema.optional(text("Added here: sha256 over the windows' own, each ended by a line feed")),
  ...checksumFields
})
export type RollingSummaryV1 = Schema.Schema.Type<typeof RollingSummaryV1>

/** The rolling summary, or an error that names the path inside it. */
export const parseRollingSummaryV1: (file: string, value: unknown) => Either.Either<RollingSummaryV1, ArtifactError> =
  decodeValue(RollingSummaryV1, "a rolling summary")
