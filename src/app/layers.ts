import type * as FileSystem from "@effect/platform/FileSystem"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AppConfig } from "../config/AppConfig.ts"
import { ConfigSources } from "../config/ConfigSources.ts"
import { type ConfigOptions, loadConfig } from "../config/load.ts"
import { type FileError, type InputError } from "../domain/errors.ts"
import { loggingLayer } from "./logging.ts"

export { strategiesLayer } from "./strategies.ts"

/** The configuration of this run, and logging as it asks for. `verbose` logs everything. */
export const configLayer = (
  options: ConfigOptions & { readonly verbose: boolean }
): Layer.Layer<AppConfig | ConfigSources, InputError | FileError, FileSystem.FileSystem> =>
  Layer.unwrapEffect(
    Effect.map(loadConfig(options), ({ config, sources }) =>
      Layer.merge(
        Layer.succeedContext(Context.make(AppConfig, config).pipe(Context.add(ConfigSources, sources))),
        loggingLayer(options.verbose ? "DEBUG" : config.app.log_level)
      )
    )
  )
