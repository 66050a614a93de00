import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { HistoryReader } from "../ports/HistoryReader.ts"
import { historyFile } from "./historyFile.ts"

/** Reads through connections of its own, read-only, to the file that the store has open (and upgraded). */
export const layer: Layer.Layer<HistoryReader, never, SqliteClient.SqliteClient> = Layer.effect(
  HistoryReader,
  Effect.map(SqliteClient.SqliteClient, ({ config }) => historyFile(config.filename))
)
