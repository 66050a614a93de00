import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { memoryRecorder, startEmpty } from "../backtest/memoryRecorder.ts"
import { type Mode } from "../domain/ids.ts"
import { type SwitchState } from "../domain/Switches.ts"
import { type EpochMicros } from "../domain/time.ts"
import * as RiskGuard from "../execution/RiskGuard.ts"
import * as VenueSync from "../execution/VenueSync.ts"
import * as LiveFeed from "../ingest/LiveFeed.ts"
import * as RecordedFeed from "../ingest/RecordedFeed.ts"
import { TradeRecorder } from "../ports/TradeRecorder.ts"
import { TradingSwitches } from "../ports/TradingSwitches.ts"
import * as StoreJournal from "../store/Journal.ts"
import { noJournal } from "../store/memoryJournal.ts"
import * as StoreRecorder from "../store/TradeRecorder.ts"
import { journaledExecutors } from "./journaledExecutors.ts"
import { journaledRecorder } from "./journaledRecorder.ts"
import { journaledSwitches } from "./journaledSwitches.ts"
import { journaledSync } from "./journaledSync.ts"
import { exchange, executors, simulatedExecutors, switches } from "./trading.ts"
import { onVirtualTime } from "./virtualClock.ts"

/** A backtest asks nobody: no kill switch, nothing live. */
const noProtections: ReadonlyArray<SwitchState> = [
  { name: "KILL_SWITCH", value: false, origin: "default" },
  { name: "ENABLE_LIVE_TRADING", value: false, origin: "default" },
  { name: "REQUIRE_MANUAL_CONFIRM", value: true, origin: "default" }
]

const openSwitches = Layer.succeed(TradingSwitches, { read: Effect.succeed(noProtections) })

type OnClock = <A, E, R>(program: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

const systemTime: OnClock = (program) => program

/** Time that starts at a moment and jumps to the next thing that is waited for. */
const virtualTime =
  (startUs: EpochMicros): OnClock =>
  (program) =>
    onVirtualTime(startUs, () => program)

/**
 * The mode table: everything in which backtest, paper and live trading differ. The program (engine/tradingProgram.ts), the
 * strategies, risk and the venues' Layers are the same; which of the two venues an order goes to is the mode it carries.
 */
export const modes = {
  backtest: {
    orders: "paper",
    clock: virtualTime,
    feed: RecordedFeed.layer,
    recorder: Layer.sync(TradeRecorder, () => memoryRecorder(startEmpty)),
    journal: noJournal,
    switches: openSwitches,
    venues: simulatedExecutors,
    sync: VenueSync.none
  },
  paper: {
    orders: "paper",
    clock: () => systemTime,
    feed: LiveFeed.layer,
    recorder: journaledRecorder(StoreRecorder.layer),
    journal: StoreJournal.layer,
    switches: journaledSwitches(switches),
    venues: simulatedExecutors,
    sync: VenueSync.none
  },
  live: {
    orders: "live",
    clock: () => systemTime,
    feed: LiveFeed.layer,
    recorder: journaledRecorder(StoreRecorder.layer),
    journal: StoreJournal.layer,
    switches: journaledSwitches(switches),
    venues: journaledExecutors(executors),
    sync: journaledSync(exchange)
  }
} as const satisfies Record<Mode, object>

/** What the program runs on in a backtest of a window; needs the database that recorded it. */
export const backtestLayers = (window: { readonly fromUs: EpochMicros; readonly toUs: EpochMicros }) => {
  const { feed, journal, recorder, switches: protections, sync, venues } = modes.backtest
  return Layer.mergeAll(RiskGuard.layer, venues, sync, feed(window), recorder, journal, protections)
}

/** What the program runs on against an exchange; needs the store, the ingestor and the configuration. */
export const sessionLayers = (mode: "paper" | "live", options: LiveFeed.LiveFeedOptions) => {
  const { feed, journal, recorder, switches: protections, sync, venues } = modes[mode]
  return Layer.mergeAll(RiskGuard.layer, venues, sync, feed(options), recorder, protections).pipe(
    Layer.provideMerge(journal)
  )
}
