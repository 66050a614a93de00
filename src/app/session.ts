import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AppConfig, type AppConfigShape } from "../config/AppConfig.ts"
import { type StoreError } from "../domain/errors.ts"
import { type SourceId, type StrategyId } from "../domain/ids.ts"
import { type Json, type JsonObject } from "../domain/json.ts"
import { MICROS_PER_SECOND } from "../domain/time.ts"
import { VERSION } from "../domain/version.ts"
import { type ProgramOptions } from "../engine/program.ts"
import { storedFreshness } from "../engine/storedFreshness.ts"
import { tradingProgram } from "../engine/session/tradingProgram.ts"
import { restartSchedule } from "../policy/run.ts"
import * as IngestSourcesLayer from "../ingest/IngestSources.ts"
import { LiveLayer, PaperLayer } from "./modes.ts"
import { createdStore } from "./store.ts"

export interface SessionOptions {
  readonly mode: "paper" | "live"
  readonly confirmed: boolean
  readonly strategies: ReadonlyArray<StrategyId> | null
  readonly sources: ReadonlyArray<SourceId>
  /** Markets per source and cycle. */
  readonly ingestLimit: number
  readonly intervalSec: number
  readonly maxSignals: number
  readonly cooldownSec: number
  readonly onCycle?: ProgramOptions["onCycle"]
}

const sectionOf = (section: object): JsonObject =>
  Object.fromEntries(Object.entries(section).map(([key, value]): readonly [string, Json] => [key, plain(value)]))

const plain = (value: unknown): Json =>
  value === null || typeof value === "number" || typeof value === "boolean" || typeof value === "string"
    ? value
    : Array.isArray(value)
      ? value.map(plain)
      : typeof value === "object"
        ? sectionOf(value)
        : String(value)

/** What decides orders, as the journal keeps it: a replay of the session uses these instead of its own. */
export const sessionSettings = ({ execution, risk, strategies }: AppConfigShape): JsonObject => ({
  version: VERSION,
  risk: sectionOf(risk),
  execution: sectionOf(execution),
  strategy_parameters: sectionOf(strategies)
})

/** The configured store, made when it is missing, with the means to fill it. */
export const ingestingStore = IngestSourcesLayer.layer.pipe(
  Layer.provide(FetchHttpClient.layer),
  Layer.provideMerge(createdStore)
)

/**
 * The trading program against an exchange until it is asked to stop. A database that fails for a moment starts a new
 * session from what is stored; one that stays away ends the run, and so does a stop while it is waited for.
 */
export const runSession = (options: SessionOptions, stop: Deferred.Deferred<void>) =>
  Effect.gen(function* () {
    const settings = sessionSettings(yield* AppConfig)
    const freshness = yield* storedFreshness(options.intervalSec)
    const program = tradingProgram({
      confirmed: options.confirmed,
      strategies: options.strategies,
      intervalMs: options.intervalSec * 1_000,
      maxSignals: options.maxSignals,
      cooldownUs: Math.round(options.cooldownSec * MICROS_PER_SECOND),
      stop,
      settings,
      freshness,
      ...(options.onCycle === undefined ? {} : { onCycle: options.onCycle })
    })
    const feed = { sources: options.sources, limit: options.ingestLimit, intervalMs: options.intervalSec * 1_000 }
    const session = Effect.provide(program, options.mode === "live" ? LiveLayer(feed) : PaperLayer(feed))
    let failed: StoreError | null = null
    const attempt = Effect.suspend(() => {
      failed = null
      return session
    }).pipe(
      Effect.tapErrorTag("StoreError", (error) => {
        failed = error
        return Effect.logWarning(`${error.message}; starting again`)
      })
    )
    const again = Effect.map(Deferred.isDone(stop), (asked) => !asked)
    const stoppedBetween = Effect.zipRight(
      Deferred.await(stop),
      Effect.suspend(() => (failed === null ? Effect.never : Effect.fail(failed)))
    )
    return yield* attempt.pipe(
      Effect.retry({
        schedule: restartSchedule,
        while: (error) => (error._tag === "StoreError" ? again : Effect.succeed(false))
      }),
      Effect.raceFirst(stoppedBetween)
    )
  })
