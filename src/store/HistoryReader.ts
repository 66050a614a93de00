import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type HistoryReader } from "../ports/HistoryReader.ts"
import { layerFile } from "./historyFile.ts"

/** Reads through connections of its own, read-only, to the file that the store has open (and upgraded). */
export const layer: Layer.Layer<HistoryReader, never, SqliteClient.SqliteClient> = Layer.unwrapEffect(
  Effect.map(SqliteClient.SqliteClient, ({ config }) => layerFile(config.filename))
)
