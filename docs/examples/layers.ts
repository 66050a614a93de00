// One strategy over markets that this program makes up: two methods of the repository of markets and the list of strategies
// are its own, everything else is the library's. Then the signals are carried out on paper, on the simulated venue.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import {
  AppConfig,
  blankMarket,
  ConfigSources,
  defaultConfig,
  executeSignal,
  fromMicros,
  generateSignals,
  MarketRepo,
  orderRoute,
  storeLayer,
  StrategyRegistry
} from "monomarket"
import favourites from "./favourites.ts"

// Seen just now: nothing is opened on a quote that is too old.
const updatedAtUs = Date.now() * 1_000
const quote = { yesPrice: 0.7, bestBid: 0.69, bestAsk: 0.71, liquidity: 5000, updatedAtUs }
const market = blankMarket({ marketId: "rain", ...quote })

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "monomarket-example-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** A database of its own, in which two methods of one repository are replaced. */
const store = Layer.unwrapScoped(Effect.map(folder, (path) => storeLayer(join(path, "example.db"), { create: true })))
const markets = Layer.effect(
  MarketRepo,
  Effect.map(MarketRepo, (repo) =>
    MarketRepo.of({
      ...repo,
      list: () => Effect.succeed([market]),
      findAll: () => Effect.succeed(new Map([[market.marketId, market]]))
    })
  )
)
const strategies = Layer.succeed(StrategyRegistry, [favourites.withParameters({ orderNotional: 50 })])
const settings = Layer.mergeAll(
  Layer.succeed(AppConfig, defaultConfig),
  Layer.succeed(ConfigSources, { file: null, setKeys: new Set<string>(), environmentSwitches: new Map() })
)
const world = Layer.mergeAll(markets, strategies, orderRoute).pipe(
  Layer.provideMerge(store),
  Layer.provideMerge(settings)
)

const program = Effect.gen(function* () {
  const { signals } = yield* generateSignals({ strategies: null, marketLimit: 100 })
  for (const { marketId, rationale, sizeHint, strategy } of signals) {
    yield* Console.log(`${strategy} wants ${sizeHint.toFixed(2)} of ${marketId}: ${rationale}`)
  }
  const next = { pick: { _tag: "next", count: signals.length }, mode: "paper", confirmed: false } as const
  const { executions } = yield* executeSignal(next)
  for (const { fills, order } of executions.flatMap(({ orders }) => orders)) {
    const paid = fills.map(({ price }) => fromMicros(price)).join(", ")
    yield* Console.log(`the order in ${order.marketId} is ${order.status}: the simulated venue filled it at ${paid}`)
  }
})

await Effect.runPromise(Effect.provide(program, world))
