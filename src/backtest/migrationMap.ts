import type * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { canonicalJson } from "../domain/canonicalJson.ts"
import { type ArtifactError } from "../domain/errors.ts"
import { type JsonObject } from "../domain/json.ts"
import { decodeArtifact } from "./decodeArtifact.ts"
import { sha256 } from "./digest.ts"
import { checksumFields } from "./schema.ts"

export const MIGRATION_MAP_KIND = "backtest_migration_map"

export const FieldMapping = Schema.Struct({
  v1_path: Schema.String.annotations({ description: "Where the field is in schema 1.x" }),
  v2_path: Schema.String.annotations({ description: "Where the field is in schema 2.x" }),
  transform: Schema.String.annotations({ description: "copy, deepcopy, or constant('...')" }),
  reversible: Schema.Boolean.annotations({ description: "Whether v2_path gives v1_path back" }),
  note: Schema.String
}).annotations({ identifier: "FieldMapping" })
export type FieldMapping = Schema.Schema.Type<typeof FieldMapping>

/** The published field map of the migration from 1.x to 2.x. */
export const MigrationMap = Schema.Struct({
  schema_version: Schema.String.pipe(
    Schema.pattern(/^1\.\d+$/, { message: () => "must be a schema version 1.x" })
  ).annotations({ description: "Version of the map's own form" }),
  kind: Schema.Literal(MIGRATION_MAP_KIND),
  from_schema_major: Schema.Number,
  to_schema_major: Schema.Number,
  mappings: Schema.Array(FieldMapping),
  summary: Schema.Struct({
    total_fields: Schema.Number,
    reversible_fields: Schema.Number,
    non_reversible_fields: Schema.Number
  }),
  ...checksumFields
})
export type MigrationMap = Schema.Schema.Type<typeof MigrationMap>

const copied = (v1_path: string, v2_path: string, note: string): FieldMapping => ({
  v1_path,
  v2_path,
  transform: "copy",
  reversible: true,
  note
})
const deepCopied = (v1_path: string, v2_path: string, note: string): FieldMapping => ({
  ...copied(v1_path, v2_path, note),
  transform: "deepcopy"
})

/** The migration itself: `migrateArtifact` does what stands here, in this order. */
export const fieldMappings: ReadonlyArray<FieldMapping> = [
  {
    v1_path: "schema_version",
    v2_path: "schema_version",
    transform: "constant('2.0')",
    reversible: false,
    note: "the version before the migration is in meta.source_schema_version"
  },
  copied("schema_version", "meta.source_schema_version", "version before the migration"),
  copied("generated_at", "summary.generated_at", "when the artifact was made"),
  copied("from_ts", "summary.from_ts", "start of the window"),
  copied("to_ts", "summary.to_ts", "end of the window"),
  copied("total_signals", "summary.total_signals", "signals in the window"),
  copied("executed_signals", "summary.executed_signals", "signals that traded"),
  copied("rejected_signals", "summary.rejected_signals", "signals that did not"),
  deepCopied("execution_config", "configs.execution", "fill model, fields of later 1.x included"),
  deepCopied("risk_config", "configs.risk", "limits, fields of later 1.x included"),
  deepCopied("results", "attribution.strategy", "rows by strategy, fields of later 1.x included"),
  deepCopied("event_results", "attribution.event", "rows by strategy and event"),
  deepCopied("replay", "replay", "ledger rows, fields of later 1.x included")
]

/** The map as an artifact; the checksum is over its canonical JSON without `checksum_sha256`. */
export const migrationMap = (options: { readonly checksum: boolean }): JsonObject => {
  const reversible = fieldMappings.filter((mapping) => mapping.reversible).length
  const map: JsonObject = {
    schema_version: "1.0",
    kind: MIGRATION_MAP_KIND,
    checksum_algo: "sha256",
    from_schema_major: 1,
    to_schema_major: 2,
    mappings: fieldMappings.map((mapping) => ({ ...mapping })),
    summary: {
      total_fields: fieldMappings.length,
      reversible_fields: reversible,
      non_reversible_fields: fieldMappings.length - reversible
    }
  }
  return options.checksum ? { ...map, checksum_sha256: sha256(canonicalJson(map)) } : map
}

/** A migration map, or an error that names the path inside it. */
export const parseMigrationMap: (file: string, value: unknown) => Either.Either<MigrationMap, ArtifactError> =
  decodeArtifact(MigrationMap, { major: 1, what: "a migration map" })
