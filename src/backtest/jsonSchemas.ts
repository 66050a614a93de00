import * as JSONSchema from "effect/JSONSchema"
import type * as Schema from "effect/Schema"
import { isJsonObject, type Json, type JsonObject } from "../domain/json.ts"
import { AlignmentV1 } from "./alignmentSchema.ts"
import { MigrationMap } from "./migrationMap.ts"
import { NightlySummary } from "./nightlySchema.ts"
import { RollingSummaryV1 } from "./rollingSchema.ts"
import { BacktestArtifactV1 } from "./schema.ts"
import { BacktestArtifactV2 } from "./schemaV2.ts"

/** A JSON Schema (draft 7) and the name of its file under docs/schema. */
export interface PublishedSchema {
  readonly file: string
  readonly schema: JsonObject
}

const CLOSED = "additionalProperties"

/** Later minor versions only add fields, so a schema that refuses unknown ones would refuse its own successors. */
const opened = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(opened)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, inner]) => name !== CLOSED || inner !== false)
      .map(([name, inner]) => [name, opened(inner)])
  )
}

const published = <A, I>(file: string, title: string, schema: Schema.Schema<A, I>): PublishedSchema => {
  const made: JsonObject = JSON.parse(JSON.stringify(JSONSchema.make(schema)))
  const { $schema = null, ...rest } = made
  const body = opened(rest)
  return { file, schema: { $schema, title, ...(isJsonObject(body) ? body : {}) } }
}

/** What docs/schema holds; `scripts/generate-schemas.mjs` writes it. */
export const publishedSchemas = (): ReadonlyArray<PublishedSchema> => [
  published("alignment-1.schema.json", "Alignment of paper trading with its replay, schema alignment-1.x", AlignmentV1),
  published("backtest-1.schema.json", "Backtest artifact, schema 1.x", BacktestArtifactV1),
  published("backtest-2.schema.json", "Backtest artifact, schema 2.x", BacktestArtifactV2),
  published("migration-map-1.schema.json", "Field map of the migration from 1.x to 2.0", MigrationMap),
  published("nightly-1.schema.json", "Summary of a nightly, schema nightly-1.x", NightlySummary),
  published("rolling-1.schema.json", "Rolling backtest summary, schema rolling-1.x", RollingSummaryV1)
]
