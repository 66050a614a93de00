import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AppConfig } from "../config/AppConfig.ts"
import { ConfigSources } from "../config/ConfigSources.ts"
import { resolveSwitches } from "../config/switches.ts"
import * as ExecutorsLayer from "../execution/Executors.ts"
import * as RiskGuardLayer from "../execution/RiskGuard.ts"
import { SwitchRepo } from "../ports/SwitchRepo.ts"
import { TradingSwitches } from "../ports/TradingSwitches.ts"
import { noJournal } from "../store/memoryJournal.ts"
import * as TradeRecorderLayer from "../store/TradeRecorder.ts"
import { existingStore } from "./store.ts"

/** The venues of paper and live orders. */
export const executors = ExecutorsLayer.layer

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

/** The whole way of an order over whatever store is given: switches, risk, venues, record. Commands keep no journal. */
export const orderRoute = Layer.mergeAll(executors, RiskGuardLayer.layer, switches, TradeRecorderLayer.layer, noJournal)

/** The way of an order over the configured database. */
export const tradingLayer = Layer.provideMerge(orderRoute, existingStore)
