import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { memoryRecorder, startEmpty } from "../backtest/memoryRecorder.ts"
import { type Mode } from "../domain/ids.ts"
import * as RiskGuard from "../execution/RiskGuard.ts"
import * as VenueSync from "../execution/VenueSync.ts"
import * as LiveFeed from "../ingest/feeds/liveFeed.ts"
import { OrderMode } from "../ports/Executor.ts"
import { TradeRecorder } from "../ports/TradeRecorder.ts"
import { TradingSwitches } from "../ports/TradingSwitches.ts"
import { noProtections } from "../risk/gates.ts"
import * as StoreJournal from "../store/Journal.ts"
import { noJournal } from "../store/memoryJournal.ts"
import * as StoreRecorder from "../store/TradeRecorder.ts"
import * as RecordedFeed from "./recordedFeed.ts"
import { existingStore } from "./store.ts"
import { exchange, executors, simulatedExecutors, switches } from "./trading.ts"
import { systemTime, virtualTime } from "./virtualClock.ts"

/** A backtest has no kill switch and sends nothing to an exchange. */
const paperOrders = Layer.succeed(OrderMode, "paper")
const openSwitches = Layer.succeed(TradingSwitches, { read: Effect.succeed(noProtections) })

/**
 * The mode table: everything in which backtest, paper and live trading differ. The program (engine/session), the
 * strategies and risk are the same; where orders go is one of the services (OrderMode).
 */
export const modes = {
  backtest: {
    orders: paperOrders,
    clock: virtualTime,
    feed: RecordedFeed.layer,
    recorder: Layer.sync(TradeRecorder, () => memoryRecorder(startEmpty)),
    journal: noJournal,
    switches: openSwitches,
    venues: simulatedExecutors,
    sync: VenueSync.none
  },
  paper: {
    orders: paperOrders,
    clock: () => systemTime,
    feed: LiveFeed.layer,
    recorder: StoreRecorder.layer,
    journal: StoreJournal.layer,
    switches,
    venues: simulatedExecutors,
    sync: VenueSync.none
  },
  live: {
    orders: Layer.succeed(OrderMode, "live"),
    clock: () => systemTime,
    feed: LiveFeed.layer,
    recorder: StoreRecorder.layer,
    journal: StoreJournal.layer,
    switches,
    venues: executors,
    sync: exchange
  }
} as const satisfies Record<Mode, object>

/** Everything that the program runs on over a recorded window, the clock among it; needs the database that recorded it. */
export const BacktestLayer = (window: RecordedFeed.RecordedWindow) => {
  const { clock, feed, journal, orders, recorder, switches: protections, sync, venues } = modes.backtest
  return Layer.mergeAll(RiskGuard.layer, orders, venues, sync, feed(window), recorder, journal, protections).pipe(
    Layer.provideMerge(clock(window.fromUs))
  )
}

const sessionLayer = (mode: "paper" | "live", options: LiveFeed.LiveFeedOptions) => {
  const { clock, feed, journal, orders, recorder, switches: protections, sync, venues } = modes[mode]
  return Layer.mergeAll(RiskGuard.layer, orders, venues, sync, feed(options), recorder, protections).pipe(
    Layer.provideMerge(journal),
    Layer.provideMerge(clock())
  )
}

/** Everything that the program runs on against an exchange, trading on paper; needs the store and the configuration. */
export const PaperLayer = (options: LiveFeed.LiveFeedOptions) => sessionLayer("paper", options)

/** The same with orders that the exchange gets. */
export const LiveLayer = (options: LiveFeed.LiveFeedOptions) => sessionLayer("live", options)

/** What the replay of a session needs besides its journal: what the venues can do. */
export const replayLayer = Layer.provideMerge(simulatedExecutors, existingStore)
