import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as IngestorLayer from "../ingest/Ingestor.ts"
import * as IngestSourcesLayer from "../ingest/IngestSources.ts"
import { strategiesLayer } from "./layers.ts"
import { paperOnly } from "./paperOnly.ts"
import { createdStore } from "./store.ts"
import { orderRoute } from "./trading.ts"

/** Ingest, strategies and the way of an order, over whatever store, HTTP client and configuration are given. */
export const wholeJob = Layer.mergeAll(
  IngestorLayer.layer.pipe(Layer.provide(IngestSourcesLayer.layer)),
  orderRoute,
  strategiesLayer
)

/** What cycle, nightly and soak need: the whole job over the configured database, on paper whatever is configured. */
export const unattended = wholeJob.pipe(
  Layer.provide(FetchHttpClient.layer),
  Layer.provideMerge(createdStore),
  Layer.provideMerge(paperOnly)
)
