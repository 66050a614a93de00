import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { diagnose, type Diagnosis, doctorServices } from "../../src/app/doctor.ts"
import { AppConfig, type AppConfigShape, defaultConfig } from "../../src/config/AppConfig.ts"
import { ConfigSources } from "../../src/config/ConfigSources.ts"
import { type SwitchName } from "../../src/domain/Switches.ts"
import { type Market } from "../../src/domain/Market.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { type Exchange, type ExchangeOptions, startExchange } from "../../src/simulator/server.ts"
import { CONDITION, NO, oneMarket, START, usual, YES } from "../simulator/tradingSupport.ts"
import { market, noon, run, using, withSqlite } from "../store/support.ts"

/** Account #0 of a well-known test chain. */
export const privateKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
export const address = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
export const ownAccount = { POLYMARKET_PRIVATE_KEY: privateKey, POLYMARKET_SIGNATURE_TYPE: "0" }

/** Hosts that the checks believe in; both are the loopback exchange. */
const clobHost = "https://clob.test"
const geoblockPage = "https://geoblock.test/api/geoblock"

export interface World {
  readonly exchange: Exchange
  readonly dbPath: string
  /** Lets go of the exchange's port: nobody answers any more. */
  readonly unplug: Effect.Effect<void>
}

export interface Patient {
  readonly credentials?: Readonly<Record<string, string>>
  readonly switches?: Partial<Record<SwitchName, string>>
  readonly trading?: Partial<AppConfigShape["trading"]>
  readonly live?: boolean
  /** Answers of the exchange by the end of the path and a part of the query, instead of its own; the first that fits. */
  readonly answers?: Readonly<Record<string, unknown>>
  /** Ends of paths that are never answered. */
  readonly silent?: ReadonlyArray<string>
  readonly clobUrl?: string
}

/** Sends what is for the invented hosts to the exchange of this test. */
const network = ({ urls }: Exchange, { answers = {}, silent = [] }: Patient) =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (client) =>
      HttpClient.make((request, url) => {
        if (silent.some((path) => url.pathname.endsWith(path))) return Effect.never
        const told = Object.entries(answers).find(([what]) => {
          const [path = "", query = ""] = what.split("?")
          return url.pathname.endsWith(path) && url.search.includes(query)
        })
        if (told !== undefined) {
          return Effect.succeed(HttpClientResponse.fromWeb(request, Response.json(told[1])))
        }
        const target = url.href.replace(clobHost, urls.clob).replace(geoblockPage, urls.geoblock)
        // `url` holds the query already.
        return client.execute(HttpClientRequest.setUrlParams(HttpClientRequest.setUrl(request, target), {}))
      })
    )
  ).pipe(Layer.provide(FetchHttpClient.layer))

export const examine = ({ dbPath, exchange }: World, patient: Patient = {}): Effect.Effect<Diagnosis> => {
  const { clobUrl = clobHost, credentials = {}, live = false, switches = {}, trading = {} } = patient
  const config: AppConfigShape = {
    ...defaultConfig,
    app: { ...defaultConfig.app, db_path: dbPath },
    trading: { ...defaultConfig.trading, ...trading },
    data: { ...defaultConfig.data, clob_base_url: clobUrl },
    live: { ...defaultConfig.live, geoblock_url: geoblockPage }
  }
  const environmentSwitches = new Map(
    Object.entries(switches).flatMap(([name, value]) =>
      name === "KILL_SWITCH" || name === "ENABLE_LIVE_TRADING" || name === "REQUIRE_MANUAL_CONFIRM"
        ? [[name, value] as const]
        : []
    )
  )
  const basics = Layer.merge(
    Layer.succeed(AppConfig, config),
    Layer.succeed(ConfigSources, { file: null, setKeys: new Set<string>(), environmentSwitches })
  )
  const layer = doctorServices.pipe(Layer.provide(network(exchange, patient)), Layer.provideMerge(basics))
  return diagnose({ live }).pipe(
    Effect.provide(layer),
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(credentials)))),
    Effect.orDie
  )
}

/** The one market of the exchange, as an ingest would have stored it. */
export const storedMarket = (fields: Partial<Market> = {}): Market =>
  market({
    marketId: "m1",
    conditionId: CONDITION,
    yesTokenId: YES,
    noTokenId: NO,
    tickSize: 0.01,
    ...fields
  })

const knowing = (path: string, markets: ReadonlyArray<Market>) =>
  using(
    path,
    Effect.flatMap(IngestRepo, (repo) =>
      repo.commitRun({ run: run(), markets, capturedAtUs: noon, confirmed: [], checkpointUs: null })
    )
  )

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "monomarket-doctor-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** The bytes of a database that knows the market: made once, since to migrate takes longer than a check. */
const database = Effect.runSync(
  Effect.cached(
    Effect.scoped(
      Effect.gen(function* () {
        const path = join(yield* temporaryFolder, "store.db")
        yield* knowing(path, [storedMarket()])
        return withSqlite(path, (db) => db.serialize())
      })
    )
  )
)

/** An exchange with one market at its own time, which the clock shares; no database. */
export const makeWorld = (options: Partial<ExchangeOptions> = {}) =>
  Effect.gen(function* () {
    const dbPath = join(yield* temporaryFolder, "store.db")
    yield* TestClock.setTime(START / 1_000)
    const exchange = yield* startExchange({ backend: oneMarket([usual]), trading: {}, ...options })
    return { exchange, dbPath, unplug: exchange.close }
  })

/** With a database that knows the market. */
export const readyWorld = (options: Partial<ExchangeOptions> = {}) =>
  Effect.gen(function* () {
    const world = yield* makeWorld(options)
    writeFileSync(world.dbPath, yield* database)
    return world
  })
