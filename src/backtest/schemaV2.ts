import type * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { type ArtifactError } from "../domain/errors.ts"
import { decodeArtifact } from "./decodeArtifact.ts"
import {
  addedFieldsV1,
  checksumFields,
  EventResultV1,
  ExecutionConfigV1,
  ReplayRowV1,
  RiskConfigV1,
  StrategyResultV1,
  windowFields
} from "./schema.ts"

/** How a migrated artifact came to be. */
export const MigrationMetaV2 = Schema.Struct({
  migration: Schema.String.annotations({ description: "v1_to_v2" }),
  source_schema_version: Schema.String.annotations({ description: "schema_version before the migration" }),
  source_checksum_algo: Schema.optional(
    Schema.String.annotations({ description: "checksum_algo of the 1.x artifact, when it had one" })
  ),
  source_checksum_sha256: Schema.optional(
    Schema.String.annotations({ description: "checksum_sha256 of the 1.x artifact, when it had one" })
  )
}).annotations({ identifier: "MigrationMeta" })

/** A backtest artifact of schema 2.x. */
export const BacktestArtifactV2 = Schema.Struct({
  schema_version: Schema.String.pipe(
    Schema.pattern(/^2\.\d+$/, { message: () => "must be a schema version 2.x" })
  ).annotations({ description: "2.0, or a later 2.x" }),
  meta: MigrationMetaV2,
  summary: Schema.Struct(windowFields),
  configs: Schema.Struct({ execution: ExecutionConfigV1, risk: RiskConfigV1 }),
  attribution: Schema.Struct({ strategy: Schema.Array(StrategyResultV1), event: Schema.Array(EventResultV1) }),
  replay: Schema.Array(ReplayRowV1),
  extensions: Schema.optional(
    Schema.Struct(addedFieldsV1).annotations({
      description: "Top-level fields that versions after 1.0 added, under their own names; left out when there are none"
    })
  ),
  ...checksumFields
})
export type BacktestArtifactV2 = Schema.Schema.Type<typeof BacktestArtifactV2>

/** The artifact as schema 2.x, or an error that names the path inside it. */
export const parseArtifactV2: (file: string, value: unknown) => Either.Either<BacktestArtifactV2, ArtifactError> =
  decodeArtifact(BacktestArtifactV2, { major: 2, what: "a backtest artifact" })
