import * as Command from "@effect/cli/Command"
import type * as Usage from "@effect/cli/Usage"
import { type ValidationError } from "@effect/cli/ValidationError"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import type * as Terminal from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { configLayer } from "../app/layers.ts"
import { type AppConfig } from "../config/AppConfig.ts"
import { type ConfigSources } from "../config/ConfigSources.ts"
import { VERSION } from "../domain/version.ts"
import { type Failure } from "./failure.ts"
import { bankroll, globalOptions, noBankroll } from "./options.ts"
import { Output } from "./Output.ts"
import { makeOutput } from "./stdio.ts"

/** What every handler may use without asking. */
export type Basics = AppConfig | ConfigSources | Output | FileSystem.FileSystem | Path.Path

/** A command as the runner sees it: which options it knows, and how it runs on the arguments behind its name. */
export interface CliCommand {
  readonly usage: Usage.Usage
  /** Options that contradict each other. */
  readonly conflicts: ReadonlyArray<readonly [string, string]>
  /** Ctrl-C and SIGTERM are how it is meant to end: it finishes what runs, and the exit code is 0. */
  readonly finishesWhenStopped: boolean
  readonly run: (
    args: ReadonlyArray<string>
  ) => Effect.Effect<void, Failure | ValidationError, FileSystem.FileSystem | Path.Path | Terminal.Terminal>
}

/**
 * Makes a command that also takes the global options. `layer` is what the handler needs beyond the basics; it is built
 * once the arguments were understood and the configuration was read, and released when the handler is done.
 */
export const defineCommand = <
  const Name extends string,
  const Settings extends Command.Command.Config,
  Services,
  LayerError extends Failure,
  HandlerError extends Failure
>(definition: {
  readonly name: Name
  readonly description: string
  readonly settings: Settings
  readonly conflicts?: ReadonlyArray<readonly [string, string]>
  readonly finishesWhenStopped?: boolean
  /** Risk decides orders in it, so it takes `--bankroll`. */
  readonly decidesRisk?: boolean
  readonly layer: Layer.Layer<Services, LayerError, Basics>
  readonly handler: (
    input: Command.Command.ParseConfigValue<Settings>
  ) => Effect.Effect<void, HandlerError, NoInfer<Services> | Basics>
}): CliCommand => {
  const command = Command.make(
    definition.name,
    {
      input: definition.settings,
      risk: { bankroll: definition.decidesRisk === true ? bankroll : noBankroll },
      global: globalOptions
    },
    ({ global, input, risk }) => {
      const basics = Layer.merge(
        Layer.succeed(Output, makeOutput(global.json)),
        configLayer({
          configPath: Option.getOrNull(global.config),
          dbPath: Option.getOrNull(global.db),
          bankroll: Option.getOrNull(risk.bankroll),
          verbose: global.verbose
        })
      )
      return definition.handler(input).pipe(Effect.provide(Layer.provideMerge(definition.layer, basics)))
    }
  ).pipe(Command.withDescription(definition.description))
  const root = Command.make("monomarket").pipe(Command.withSubcommands([command]))
  const run = Command.run(root, { name: "monomarket", version: VERSION })
  return {
    usage: Command.getUsage(command),
    conflicts: definition.conflicts ?? [],
    finishesWhenStopped: definition.finishesWhenStopped ?? false,
    run: (args) => run(["node", "monomarket", definition.name, ...args])
  }
}
