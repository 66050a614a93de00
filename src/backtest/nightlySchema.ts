import type * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { type ArtifactError } from "../domain/errors.ts"
import { decodeValue } from "./decodeArtifact.ts"
import { CheckedHex, checksumFields } from "./schema.ts"

export const NIGHTLY_SCHEMA_VERSION = "nightly-1.0"
export const NIGHTLY_KIND = "nightly_summary"

const num = (description: string) => Schema.Number.annotations({ description })
const text = (description: string) => Schema.String.annotations({ description })

const NightlyRollingV1 = Schema.Struct({
  from_ts: text("Start of the first window, ISO 8601"),
  to_ts: text("Where the last window is cut, ISO 8601"),
  runs: num("Windows"),
  execution_rate: num("Executed signals / signals, over all windows"),
  positive_window_rate: num("Windows with a gain / windows"),
  empty_window_count: num("Windows without a signal"),
  range_hours: num("From from_ts to to_ts"),
  coverage_ratio: num("Hours in at least one window / range_hours"),
  overlap_ratio: num("Hours in more than one window / hours in at least one"),
  coverage_label: Schema.Literal("full", "partial", "sparse").annotations({
    description: "full from 0.95 on, partial from 0.5 on, else sparse"
  }),
  reject_top_k: num("How many reasons were asked for; 0: none"),
  reject_top: Schema.Array(
    Schema.Struct({ reason: text("Stable code of the reason"), count: num("Rejected signals over all windows") })
  ).annotations({ description: "The most frequent reasons" })
}).annotations({ identifier: "NightlyRolling" })

/** summary.json of a nightly: what every nightly-1.x has. Rates are ratios, money in USDC. */
export const NightlySummary = Schema.Struct({
  schema_version: Schema.String.pipe(
    Schema.pattern(/^nightly-1\.\d+$/, { message: () => "must be a schema version nightly-1.x" })
  ).annotations({ description: "nightly-1.0, or a later nightly-1.x" }),
  kind: Schema.Literal(NIGHTLY_KIND),
  generated_at: text("When the summary was made, ISO 8601"),
  date: text("The day that it is filed under, YYYY-MM-DD"),
  from_ts: text("Start of the night's backtest, ISO 8601"),
  to_ts: text("End of the night's backtest, ISO 8601"),
  signals: Schema.Struct({
    total: num("Signals in the window"),
    executed: num("Signals that traded"),
    rejected: num("Signals that did not")
  }),
  best_strategy: Schema.NullOr(Schema.Struct({ strategy: text("Strategy id"), pnl: num("USDC") })).annotations({
    description: "Of those that traded, the one with the highest profit; null when none traded"
  }),
  rolling: NightlyRollingV1,
  pdf: text("Path of the report as it was written"),
  rolling_json: text("Path of the rolling summary as it was written"),
  run_dir: text("Path of the run's artifacts as they were written"),
  files: Schema.Array(
    Schema.Struct({ name: text("Path from the folder of this file"), sha256: CheckedHex("Of its bytes") })
  ).annotations({ description: "Everything that the nightly wrote beside this file" }),
  text: text("summary.txt"),
  ...checksumFields
})
export type NightlySummary = Schema.Schema.Type<typeof NightlySummary>

/** A nightly's summary, or an error that names the path inside it. */
export const parseNightlySummary: (file: string, value: unknown) => Either.Either<NightlySummary, ArtifactError> =
  decodeValue(NightlySummary, "a nightly summary")
