import { join } from "node:path"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { orderRoute } from "../../src/app/trading.ts"
import { AppConfig, type AppConfigShape, defaultConfig } from "../../src/config/AppConfig.ts"
import { ConfigSources } from "../../src/config/ConfigSources.ts"
import { type Market } from "../../src/domain/Market.ts"
import { type NewSignal } from "../../src/domain/Signal.ts"
import { type SwitchName } from "../../src/domain/Switches.ts"
import { MICROS_PER_MS, parseTime } from "../../src/domain/time.ts"
import { nowUs } from "../../src/engine/now.ts"
import { placeOrder, type PlaceRequest } from "../../src/engine/commands/placeOrder.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { SignalRepo } from "../../src/ports/SignalRepo.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { type Exchange } from "../../src/simulator/server.ts"
import { storeLayer } from "../../src/store/layer.ts"
import { market, run, temporaryFolder } from "../store/support.ts"
import { type PayloadSignal, withOrders } from "../signals.ts"

export interface WorldOptions {
  readonly trading?: Partial<AppConfigShape["trading"]>
  readonly risk?: Partial<AppConfigShape["risk"]>
  readonly execution?: Partial<AppConfigShape["execution"]>
  readonly live?: Partial<AppConfigShape["live"]>
  /** Where live orders go; absent: to an address that nobody answers at. */
  readonly exchange?: Pick<Exchange, "urls">
  readonly environmentSwitches?: ReadonlyMap<SwitchName, string>
  /** Environment variables as credentials are read from. */
  readonly environment?: ReadonlyArray<readonly [string, string]>
}

export const noon = parseTime("2026-03-01T12:00:00Z") ?? Number.NaN

/** Nothing a test sends may leave this machine. */
const nowhere = { clob: "http://127.0.0.1:9/clob", geoblock: "http://127.0.0.1:9/geoblock" }

const layerOf = (path: string, options: WorldOptions) => {
  const { clob, geoblock } = options.exchange?.urls ?? nowhere
  const config: AppConfigShape = {
    ...defaultConfig,
    trading: { ...defaultConfig.trading, ...options.trading },
    risk: { ...defaultConfig.risk, ...options.risk },
    execution: { ...defaultConfig.execution, slippage_bps: 0, ...options.execution },
    data: { ...defaultConfig.data, clob_base_url: clob },
    live: { ...defaultConfig.live, ...options.live, geoblock_url: geoblock }
  }
  const sources = ConfigSources.of({
    file: null,
    setKeys: new Set(),
    environmentSwitches: options.environmentSwitches ?? new Map()
  })
  return orderRoute.pipe(
    Layer.provideMerge(storeLayer(path, { create: true })),
    Layer.provideMerge(Layer.succeedContext(Context.make(AppConfig, config).pipe(Context.add(ConfigSources, sources))))
  )
}

/** Everything an order needs, over one database file; a second call on the same file is a second process. */
export const inDatabase = <A, E, R>(path: string, body: Effect.Effect<A, E, R>, options: WorldOptions = {}) =>
  body.pipe(
    Effect.provide(layerOf(path, options)),
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(options.environment ?? [])))
  )

/** The same over a new database, at noon. */
export const inWorld = <A, E, R>(body: Effect.Effect<A, E, R>, options: WorldOptions = {}) =>
  Effect.scoped(
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* TestClock.setTime(noon / MICROS_PER_MS)
      return yield* inDatabase(join(folder, "paper.db"), body, options)
    })
  )

/** Ingests markets as they are now: a minute passes, then they are seen. */
export const see = (...markets: ReadonlyArray<Partial<Market> & Pick<Market, "marketId">>) =>
  Effect.gen(function* () {
    yield* TestClock.adjust("1 minute")
    const updatedAtUs = yield* nowUs
    const repo = yield* IngestRepo
    yield* repo.commitRun({
      run: run(),
      markets: markets.map((fields) => market({ updatedAtUs, ...fields })),
      capturedAtUs: updatedAtUs,
      confirmed: [],
      checkpointUs: null
    })
  })

/** A market whose YES is bid and asked at these prices. */
export const quoted = (marketId: string, bid: number, ask: number, fields: Partial<Market> = {}) => {
  const mid = (bid + ask) / 2
  return { marketId, yesPrice: mid, noPrice: 1 - mid, bestBid: bid, bestAsk: ask, midPrice: mid, ...fields }
}

export const signal = (fields: Partial<PayloadSignal> = {}): NewSignal =>
  withOrders({
    strategy: "s4",
    marketId: "m1",
    eventId: "e1",
    side: "buy",
    score: 1,
    confidence: 0.5,
    targetPrice: 0.5,
    sizeHint: 10,
    rationale: "",
    payload: {},
    ...fields
  })

export const insert = (...signals: ReadonlyArray<NewSignal>) =>
  Effect.gen(function* () {
    const repo = yield* SignalRepo
    return (yield* repo.insertAll(signals, yield* nowUs)).map(({ id }) => id)
  })

export const signalStatus = (id: number) =>
  Effect.gen(function* () {
    const repo = yield* SignalRepo
    const found = yield* repo.list({ limit: 1_000, status: "all", strategy: null })
    return found.find((stored) => stored.id === id)?.status
  })

export const place = (fields: Partial<PlaceRequest>) =>
  placeOrder({
    marketId: "m1",
    token: "YES",
    side: "buy",
    price: 0.5,
    qty: 10,
    tif: "gtc",
    strategy: "manual",
    mode: "paper",
    confirmed: false,
    ...fields
  })

/** Stored orders, oldest first. */
export const allOrders = Effect.gen(function* () {
  const repo = yield* TradeRepo
  return (yield* repo.orders({ limit: 10_000, status: "all", strategy: null })).toReversed()
})

export const allFills = Effect.gen(function* () {
  const repo = yield* TradeRepo
  return yield* repo.fillHistory
})

export const allPositions = Effect.flatMap(TradeRepo, (repo) => repo.positions)
