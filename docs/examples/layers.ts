// One strategy over markets that this program makes up: the repository of markets and the list of strategies are Layers
// of its own, everything else is the library's. Then an order meets the simulated venue.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import {
  blankMarket,
  defaultConfig,
  fillModelOf,
  fromMicros,
  generateSignals,
  MarketRepo,
  simulatedExecutor,
  storeLayer,
  StrategyRegistry,
  toMicros
} from "monomarket"
import favourites from "./favourites.ts"

const market = blankMarket({ marketId: "rain", yesPrice: 0.7, bestBid: 0.69, bestAsk: 0.71, liquidity: 5000 })

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "monomarket-example-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** A database of its own, in which one method of one repository is replaced. */
const store = Layer.unwrapScoped(Effect.map(folder, (path) => storeLayer(join(path, "example.db"), { create: true })))
const markets = Layer.effect(
  MarketRepo,
  Effect.map(MarketRepo, (repo) => MarketRepo.of({ ...repo, list: () => Effect.succeed([market]) }))
)
const strategies = Layer.succeed(StrategyRegistry, [favourites.withParameters({ orderNotional: 50 })])
const world = Layer.merge(markets, strategies).pipe(Layer.provideMerge(store))

const { execution } = defaultConfig
const venue = simulatedExecutor({
  fills: fillModelOf(execution),
  fees: { kind: execution.fees, bps: execution.fee_bps }
})

const program = Effect.gen(function* () {
  const { signals } = yield* generateSignals({ strategies: null, marketLimit: 100 })
  for (const { eventId, marketId, rationale, sizeHint, strategy, targetPrice } of signals) {
    yield* Console.log(`${strategy} wants ${sizeHint.toFixed(2)} of ${marketId}: ${rationale}`)
    const order = {
      strategy,
      marketId,
      eventId,
      token: "YES",
      side: "buy",
      action: "open",
      limitPrice: toMicros(targetPrice),
      qty: toMicros(sizeHint),
      tif: "ioc"
    } as const
    const [estimate] = yield* venue.estimate([order], { atUs: 0, market: () => market, strictLimit: false })
    yield* Console.log(`the simulated venue fills it at ${fromMicros(estimate?.price ?? 0)}`)
  }
})

await Effect.runPromise(Effect.provide(program, world))
