import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AppConfig, type AppConfigShape, defaultConfig } from "../../src/config/AppConfig.ts"
import { sourceIds } from "../../src/domain/ids.ts"
import * as IngestorLayer from "../../src/ingest/Ingestor.ts"
import * as IngestSourcesLayer from "../../src/ingest/IngestSources.ts"
import { Ingestor, type IngestReport } from "../../src/ports/Ingestor.ts"
import { type Exchange } from "../../src/simulator/server.ts"
import { checkInvariants, type Problem } from "../../src/store/invariants.ts"
import { storeLayer } from "../../src/store/layer.ts"

/** A row of a query, of which a test reads members. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Row = Record<string, any>

/** Rows as another program would read them: plain SQLite, read only. */
export const query = (path: string, sql: string, ...parameters: ReadonlyArray<unknown>): ReadonlyArray<Row> => {
  const db = new Sqlite(path, { readonly: true })
  try {
    return db.prepare(sql).all(...parameters) as ReadonlyArray<Row>
  } finally {
    db.close()
  }
}

/** The first column of the first row. */
export const scalar = (path: string, sql: string): unknown => Object.values(query(path, sql)[0] ?? {})[0]

/** Opens the database as the program does and lists what does not hold in it. */
export const problemsOf = (path: string): Promise<ReadonlyArray<Problem>> =>
  Effect.runPromise(Effect.provide(checkInvariants, storeLayer(path, { create: false })))

/** Ingest of every source, whole, through the real sources and into a real store. */
export const ingestAll = (
  path: string,
  urls: Exchange["urls"],
  data: Partial<AppConfigShape["data"]> = {}
): Promise<IngestReport> => {
  const config: AppConfigShape = {
    ...defaultConfig,
    data: {
      ...defaultConfig.data,
      gamma_base_url: urls.gamma,
      data_base_url: urls.data,
      clob_base_url: urls.clob,
      rate_limit_per_sec: 1_000,
      ...data
    }
  }
  const layer = IngestorLayer.layer.pipe(
    Layer.provide(IngestSourcesLayer.layer),
    Layer.provide(FetchHttpClient.layer),
    Layer.provideMerge(storeLayer(path, { create: true })),
    Layer.provideMerge(Layer.succeed(AppConfig, config))
  )
  const run = Effect.flatMap(Ingestor, (ingestor) =>
    ingestor.run({ sources: sourceIds, limit: 1_000_000, incremental: false })
  )
  return Effect.runPromise(Effect.provide(run, layer))
}
