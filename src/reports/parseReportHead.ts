import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { InputError } from "../domain/errors.ts"
import { type ReportHead } from "./ReportArtifact.ts"

const maybe = <A>(schema: Schema.Schema<A>) => Schema.optionalWith(schema, { exact: true })
const thin = maybe(Schema.NullOr(Schema.Number))
const map = Schema.Record({ key: Schema.String, value: Schema.Unknown })

const attribution = {
  strategy: Schema.String,
  pnl: Schema.Number,
  winrate: Schema.Number,
  max_drawdown: Schema.Number,
  trade_count: Schema.Number,
  wins: Schema.Number,
  losses: Schema.Number,
  max_drawdown_marked: maybe(Schema.Number)
}

/** Of schema 1.x, the fields that a report shows; those of later versions may be missing. */
const Artifact = Schema.Struct({
  schema_version: Schema.String.pipe(Schema.pattern(/^1\.\d+$/, { message: () => "must be a schema version 1.x" })),
  generated_at: Schema.String,
  from_ts: Schema.String,
  to_ts: Schema.String,
  total_signals: Schema.Number,
  executed_signals: Schema.Number,
  rejected_signals: Schema.Number,
  execution_config: map,
  risk_config: map,
  results: Schema.Array(
    Schema.Struct({
      ...attribution,
      sharpe: thin,
      sortino: thin,
      daily_samples: maybe(Schema.Number),
      daily_changed: maybe(Schema.Number),
      profit_factor: thin,
      exposure: maybe(Schema.Number),
      turnover: maybe(Schema.Number),
      fees: maybe(Schema.Number),
      brier: thin,
      settled_positions: maybe(Schema.Number),
      leg_packages: maybe(Schema.Number),
      leg_unwound: maybe(Schema.Number),
      leg_stranded: maybe(Schema.Number),
      leg_risk_cost: maybe(Schema.Number)
    })
  ),
  event_results: Schema.Array(Schema.Struct({ ...attribution, event_id: Schema.String })),
  compat: maybe(Schema.String),
  max_drawdown_marked: maybe(Schema.Number),
  after_close: maybe(Schema.Struct({ fills: Schema.Number, pnl: Schema.Number })),
  reject_reasons: maybe(map),
  sample_coverage: maybe(
    Schema.Struct({
      window_hours: Schema.Number,
      covered_hours: Schema.Number,
      coverage_ratio: Schema.Number,
      observations: maybe(Schema.Number),
      history_limited: Schema.Boolean,
      note: Schema.String
    })
  ),
  program: maybe(Schema.Struct({ version: Schema.String, config_digest: Schema.String, data_digest: Schema.String })),
  ledger_sha256: maybe(Schema.String),
  checksum_sha256: maybe(Schema.String)
})

const decode = Schema.decodeUnknownEither(Artifact)

const pathText = (path: ReadonlyArray<PropertyKey>): string =>
  path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "")

/** A JSON value as what a report needs of an artifact, but for its rows, or an error that names the path inside it. */
export const parseReportHead = (value: unknown): Either.Either<ReportHead, InputError> =>
  Either.mapLeft(decode(value), (error) => {
    const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
    return new InputError({
      field: pathText(issue?.path ?? []),
      problem: issue?.message ?? "not a backtest artifact"
    })
  })
