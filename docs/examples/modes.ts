// One program in three worlds: on paper against a simulated exchange, over what that session recorded, and live, where it
// finds no credentials and sends nothing. What differs is the Layer, and the venue that the orders are for.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Console from "effect/Console"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import {
  AppConfig,
  BacktestLayer,
  ConfigSources,
  defaultConfig,
  ingestingStore,
  LiveLayer,
  makeUniverse,
  PaperLayer,
  type RunReport,
  startExchange,
  StrategyRegistry,
  tradingProgram
} from "monomarket"
import favourites from "./favourites.ts"

const intervalMs = 500

/** The trading program. It ends when its strategies were asked three times. */
const program = Effect.gen(function* () {
  const stop = yield* Deferred.make<void>()
  let cycles = 0
  const onCycle = () => Effect.when(Deferred.succeed(stop, undefined), () => ++cycles >= 3)
  return yield* tradingProgram({
    confirmed: false,
    strategies: null,
    intervalMs,
    maxSignals: 10,
    cooldownUs: 60_000_000,
    stop,
    settings: {},
    onCycle: () => Effect.asVoid(onCycle())
  })
})

const say = (mode: string, { executed, signals, stoppedBy }: RunReport) =>
  Console.log(`${mode}: ${signals} signals, ${executed} executed${stoppedBy === null ? "" : `; ${stoppedBy}`}`)

const feed = { sources: ["gamma"], limit: 200, intervalMs } as const

const threeWorlds = Effect.gen(function* () {
  const paper = yield* Effect.provide(program, PaperLayer(feed))
  yield* say("paper", paper)
  const recorded = { fromUs: paper.startedAtUs, toUs: paper.endedAtUs, intervalMs }
  yield* say("backtest", yield* Effect.provide(program, BacktestLayer(recorded)))
  yield* say("live", yield* Effect.provide(program, LiveLayer(feed)))
})

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "monomarket-example-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** A database of its own, and an exchange on 127.0.0.1 in the place of the real one. */
const settings = Layer.unwrapScoped(
  Effect.gen(function* () {
    const { urls } = yield* startExchange({ backend: makeUniverse({ seed: 7, markets: 200 }), port: 0 })
    const { app, data, live } = defaultConfig
    const config = {
      ...defaultConfig,
      app: { ...app, db_path: join(yield* folder, "example.db") },
      data: { ...data, gamma_base_url: urls.gamma, data_base_url: urls.data, clob_base_url: urls.clob },
      live: { ...live, geoblock_url: urls.geoblock }
    }
    return Layer.mergeAll(
      Layer.succeed(AppConfig, config),
      Layer.succeed(ConfigSources, { file: null, setKeys: new Set<string>(), environmentSwitches: new Map() }),
      Layer.succeed(StrategyRegistry, [favourites])
    )
  })
)

await Effect.runPromise(Effect.provide(threeWorlds, Layer.provideMerge(ingestingStore, settings)))
