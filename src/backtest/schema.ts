import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { ArtifactError } from "../domain/errors.ts"

/** JSON numbers that are not NaN or infinite; JSON cannot hold those anyway. */
const Num = Schema.Number
const Text = Schema.String

export const ExecutionConfigV1 = Schema.Struct({
  slippage_bps: Num,
  fee_bps: Num,
  enable_partial_fill: Schema.Boolean,
  liquidity_full_fill: Num,
  min_fill_ratio: Num,
  enable_fill_probability: Schema.Boolean,
  min_fill_probability: Num,
  enable_dynamic_slippage: Schema.Boolean,
  spread_slippage_weight_bps: Num,
  liquidity_slippage_weight_bps: Num,
  liquidity_reference: Num
})

export const RiskConfigV1 = Schema.Struct({
  max_daily_loss: Num,
  max_strategy_notional: Num,
  max_event_notional: Num,
  circuit_breaker_rejections: Num
})

const attribution = {
  strategy: Text,
  pnl: Num,
  winrate: Num,
  max_drawdown: Num,
  trade_count: Num,
  wins: Num,
  losses: Num
}

export const StrategyResultV1 = Schema.Struct(attribution)
export const EventResultV1 = Schema.Struct({ ...attribution, event_id: Text })

export const ReplayRowV1 = Schema.Struct({
  ts: Text,
  strategy: Text,
  event_id: Text,
  market_id: Text,
  token_id: Text,
  side: Text,
  qty: Num,
  executed_qty: Num,
  fill_ratio: Num,
  fill_probability: Num,
  slippage_bps_applied: Num,
  target_price: Num,
  fill_price: Num,
  realized_change: Num,
  strategy_equity: Num,
  event_equity: Num,
  risk_allowed: Schema.Boolean,
  risk_reason: Text,
  risk_notional: Num,
  risk_realized_pnl_before: Num,
  risk_strategy_notional_before: Num,
  risk_event_notional_before: Num,
  risk_rejections_before: Num,
  risk_max_daily_loss: Num,
  risk_max_strategy_notional: Num,
  risk_max_event_notional: Num,
  risk_circuit_breaker_rejections: Num
})

/** A backtest artifact of schema 1.x: what every 1.x has. Fields that later versions added may be there as well. */
export const BacktestArtifactV1 = Schema.Struct({
  schema_version: Schema.String.pipe(Schema.pattern(/^1\.\d+$/, { message: () => "must be a schema version 1.x" })),
  generated_at: Text,
  from_ts: Text,
  to_ts: Text,
  total_signals: Num,
  executed_signals: Num,
  rejected_signals: Num,
  execution_config: ExecutionConfigV1,
  risk_config: RiskConfigV1,
  results: Schema.Array(StrategyResultV1),
  event_results: Schema.Array(EventResultV1),
  replay: Schema.Array(ReplayRowV1)
})
export type BacktestArtifactV1 = Schema.Schema.Type<typeof BacktestArtifactV1>

const decodeV1 = Schema.decodeUnknownEither(BacktestArtifactV1)

/** A place inside a JSON value: `windows[3].from_ts`. */
export const pathText = (path: ReadonlyArray<PropertyKey>): string =>
  path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "")

/** The artifact as schema 1.x, or an error that names the path inside it. */
export const parseArtifactV1 = (file: string, value: unknown): Either.Either<BacktestArtifactV1, ArtifactError> =>
  Either.mapLeft(decodeV1(value), (error) => {
    const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
    return new ArtifactError({
      file,
      at: pathText(issue?.path ?? []),
      detail: issue?.message ?? "not a backtest artifact"
    })
  })
