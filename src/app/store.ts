import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AppConfig } from "../config/AppConfig.ts"
import { storeLayer } from "../store/layer.ts"

/** The store over the configured database file. `create` makes the file when it is missing. */
const configuredStore = (create: boolean) =>
  Layer.unwrapEffect(Effect.map(AppConfig, (config) => storeLayer(config.app.db_path, { create })))

/** For commands that work on what is there; a missing database is an error that names `init-db`. */
export const existingStore = configuredStore(false)

/** For init-db and ingest, which may be the first to run. */
export const createdStore = configuredStore(true)
