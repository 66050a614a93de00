import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { ArtifactError } from "../domain/errors.ts"
import { ROLLING_KIND } from "./RollingSummary.ts"
import { ExecutionConfigV1, pathText, RiskConfigV1 } from "./schema.ts"

const Num = Schema.Number
const Text = Schema.String
const Reasons = Schema.Record({ key: Schema.String, value: Schema.Number })

const counts = {
  total_signals: Num,
  executed_signals: Num,
  rejected_signals: Num,
  execution_rate: Num
}

export const RollingTotalsV1 = Schema.Struct({
  run_count: Num,
  ...counts,
  empty_window_count: Num,
  positive_window_count: Num,
  positive_window_rate: Num,
  pnl_sum: Num,
  pnl_avg: Num,
  range_hours: Num,
  sampled_hours: Num,
  covered_hours: Num,
  overlap_hours: Num,
  coverage_ratio: Num,
  overlap_ratio: Num,
  coverage_label: Schema.Literal("full", "partial", "sparse"),
  coverage_basis: Text,
  risk_rejection_reasons: Reasons
})

export const RollingWindowV1 = Schema.Struct({
  from_ts: Text,
  to_ts: Text,
  ...counts,
  pnl_total: Num,
  risk_rejection_reasons: Reasons
})

export const StrategyAggregateV1 = Schema.Struct({
  strategy: Text,
  windows: Num,
  avg_pnl: Num,
  avg_winrate: Num,
  total_trades: Num
})

/** A rolling summary: what every rolling-1.x has. Fields that later versions added may be there as well. */
export const RollingSummaryV1 = Schema.Struct({
  schema_version: Schema.String.pipe(
    Schema.pattern(/^rolling-1\.\d+$/, { message: () => "must be a schema version rolling-1.x" })
  ),
  kind: Schema.Literal(ROLLING_KIND),
  generated_at: Text,
  from_ts: Text,
  to_ts: Text,
  window_hours: Num,
  step_hours: Num,
  overlap_mode: Schema.Literal("overlap", "tiled", "gapped"),
  strategies: Schema.Array(Text),
  execution_config: ExecutionConfigV1,
  risk_config: RiskConfigV1,
  summary: RollingTotalsV1,
  windows: Schema.Array(RollingWindowV1),
  strategy_aggregate: Schema.Array(StrategyAggregateV1)
})
export type RollingSummaryV1 = Schema.Schema.Type<typeof RollingSummaryV1>

const decode = Schema.decodeUnknownEither(RollingSummaryV1)

/** The rolling summary, or an error that names the path inside it. */
export const parseRollingSummaryV1 = (file: string, value: unknown): Either.Either<RollingSummaryV1, ArtifactError> =>
  Either.mapLeft(decode(value), (error) => {
    const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
    return new ArtifactError({
      file,
      at: pathText(issue?.path ?? []),
      detail: issue?.message ?? "not a rolling summary"
    })
  })
