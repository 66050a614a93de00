import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AppConfig } from "../config/AppConfig.ts"
import { ConfigSources } from "../config/ConfigSources.ts"
import { resolveSwitches } from "../config/switches.ts"
import * as ExecutorsLayer from "../execution/Executors.ts"
import * as LiveVenueLayer from "../execution/LiveVenue.ts"
import * as RiskGuardLayer from "../execution/RiskGuard.ts"
import * as VenueSyncLayer from "../execution/VenueSync.ts"
import * as TradingAccessLayer from "../polymarket/TradingAccess.ts"
import { SwitchRepo } from "../ports/SwitchRepo.ts"
import { TradingSwitches } from "../ports/TradingSwitches.ts"
import * as JournalLayer from "../store/Journal.ts"
import { noJournal } from "../store/memoryJournal.ts"
import * as TradeRecorderLayer from "../store/TradeRecorder.ts"
import { existingStore } from "./store.ts"

/** The venue of paper orders; live ones are refused. */
export const simulatedExecutors = ExecutorsLayer.simulated

/** The exchange with the configured account. Nothing of it is asked, nor a credential read, before it is needed. */
export const exchange = VenueSyncLayer.layer.pipe(
  Layer.provideMerge(LiveVenueLayer.layer),
  Layer.provideMerge(TradingAccessLayer.layer),
  Layer.provide(FetchHttpClient.layer)
)

/** The venues of paper and live orders, with what is needed to look after the live ones. */
export const executors = Layer.provideMerge(ExecutorsLayer.layer, exchange)

/** The switches by their precedence: environment, database, configuration. */
export const switches: Layer.Layer<TradingSwitches, never, AppConfig | ConfigSources | SwitchRepo> = Layer.effect(
  TradingSwitches,
  Effect.gen(function* () {
    const config = yield* AppConfig
    const sources = yield* ConfigSources
    const repo = yield* SwitchRepo
    return { read: Effect.flatMap(repo.all, (stored) => resolveSwitches(sources, stored, config)) }
  })
)

/** The way of an order on paper, without an exchange: what collecting and reports bring up to date. */
export const paperRoute = Layer.mergeAll(
  simulatedExecutors,
  RiskGuardLayer.layer,
  switches,
  TradeRecorderLayer.layer,
  noJournal
)

/** The whole way of an order over whatever store is given: switches, risk, venues, record. Commands keep no journal. */
export const orderRoute = Layer.mergeAll(executors, RiskGuardLayer.layer, switches, TradeRecorderLayer.layer, noJournal)

/** The configured database with its journal, for what a person changes without a trading program. */
export const journaledStore = Layer.provideMerge(JournalLayer.layer, existingStore)

/** The way of an order over the configured database. */
export const tradingLayer = Layer.provideMerge(orderRoute, existingStore)
