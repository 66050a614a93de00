import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as IngestorLayer from "../ingest/Ingestor.ts"
import * as IngestSourcesLayer from "../ingest/IngestSources.ts"
import { createdStore } from "./store.ts"

/** Ingest over the exchange's public APIs, with its store. */
export const ingestLayer = IngestorLayer.layer.pipe(
  Layer.provide(IngestSourcesLayer.layer),
  Layer.provide(FetchHttpClient.layer),
  Layer.provideMerge(createdStore)
)
