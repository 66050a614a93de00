import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type DecisionComparison } from "../backtest/DecisionComparison.ts"
import { memoryRecorder, type PortfolioSource } from "../backtest/memoryRecorder.ts"
import { type StoreError, VenueUnavailable } from "../domain/errors.ts"
import { type Order } from "../domain/Order.ts"
import { emptyPortfolio, type Portfolio } from "../domain/Portfolio.ts"
import { type SwitchState } from "../domain/Switches.ts"
import * as RiskGuard from "../execution/RiskGuard.ts"
import * as NoVenueSync from "../execution/VenueSync.ts"
import * as JournalFeed from "../ingest/JournalFeed.ts"
import { Executors } from "../ports/Executor.ts"
import { Journal, JournalReader } from "../ports/Journal.ts"
import { MarketFeed } from "../ports/MarketFeed.ts"
import { TradeRecorder } from "../ports/TradeRecorder.ts"
import { TradingSwitches } from "../ports/TradingSwitches.ts"
import { VenueSync } from "../ports/VenueSync.ts"
import { journaledExecutors } from "./journaledExecutors.ts"
import { journaledRecorder } from "./journaledRecorder.ts"
import { journaledSwitches } from "./journaledSwitches.ts"
import { journaledSync } from "./journaledSync.ts"
import { type RecordedConflict } from "./recordedInputs.ts"
import { type RecordedSession, recordsOf } from "./recordedSession.ts"
import { recordedVenue } from "./recordedVenue.ts"
import { simulatedExecutors } from "./trading.ts"
import { type VirtualClock } from "./virtualClock.ts"

/** The portfolio that the session read, in the cycles in which it read it. */
const recordedPortfolio = (states: ReadonlyMap<number, Portfolio>): PortfolioSource => {
  let cycle = 0
  let current = emptyPortfolio
  return {
    changed: () => {
      cycle += 1
      const read = states.get(cycle)
      if (read !== undefined) current = read
      return read !== undefined
    },
    current: () => current
  }
}

/** Memory that had something else than was written where the session's database had. */
const withConflicts = (
  inner: Context.Tag.Service<TradeRecorder>,
  conflicts: ReadonlyMap<number, RecordedConflict>
): Context.Tag.Service<TradeRecorder> => {
  let writes = 0
  const next = (): RecordedConflict | undefined => conflicts.get((writes += 1))
  const asStored = (orders: ReadonlyArray<Order>, { filled }: RecordedConflict): ReadonlyArray<Order> =>
    orders.map((order, index) => ({ ...order, filledQty: filled?.[index] ?? order.filledQty }))
  return {
    ...inner,
    claim: (signalIds, atUs) =>
      Effect.suspend(() => (next() === undefined ? inner.claim(signalIds, atUs) : Effect.succeed(false))),
    record: (input) =>
      Effect.suspend(() => {
        const conflict = next()
        if (conflict === undefined) return inner.record(input)
        if (conflict.filled === null) return Effect.succeedNone
        return Effect.map(
          inner.record(input),
          Option.map((orders) => asStored(orders, conflict))
        )
      }),
    apply: (input) =>
      Effect.suspend(() => {
        const conflict = next()
        if (conflict === undefined) return inner.apply(input)
        if (conflict.filled === null) return Effect.succeedNone
        return Effect.map(
          inner.apply(input),
          Option.map((order) => asStored([order], conflict)[0] ?? order)
        )
      })
  }
}

const recorderOf = ({ conflicts, states }: RecordedSession): Layer.Layer<TradeRecorder> =>
  Layer.sync(TradeRecorder, () => withConflicts(memoryRecorder(recordedPortfolio(states)), conflicts))

/** The switches as each reading of the session found them. */
const switchesOf = ({ switches }: RecordedSession): Layer.Layer<TradingSwitches> =>
  Layer.sync(TradingSwitches, () => {
    let reads = 0
    let at = -1
    let current: ReadonlyArray<SwitchState> = []
    return {
      read: Effect.sync(() => {
        reads += 1
        for (let next = switches[at + 1]; next !== undefined && next.read <= reads; next = switches[at + 1]) {
          current = next.switches
          at += 1
        }
        return current
      })
    }
  })

/** The paper venue as everywhere, and the real one as the journal heard it. */
const venuesOf = ({ answers }: RecordedSession, unknown: Effect.Effect<never>) =>
  Layer.map(simulatedExecutors, (context) => {
    const { live, paper } = Context.get(context, Executors)
    return Context.make(Executors, { paper, live: recordedVenue(live.atomic, answers, unknown) })
  })

/** Looks at the own orders: those that failed fail again; what the others found is in the portfolio. */
const syncOf = ({ blind }: RecordedSession): Layer.Layer<VenueSync> =>
  Layer.map(NoVenueSync.none, (context) => {
    const inner = Context.get(context, VenueSync)
    let looks = 0
    const sync = Effect.suspend(() => {
      looks += 1
      const failed = blind.get(looks)
      return failed === undefined ? inner.sync : Effect.fail(new VenueUnavailable({ ...failed, nothingSent: true }))
    })
    return Context.make(VenueSync, { ...inner, sync })
  })

/** What the session was told, each poll at the moment at which the session had it. */
const feedOf = (
  { lastSeq, polls, sessionId }: RecordedSession,
  clock: VirtualClock
): Layer.Layer<MarketFeed, StoreError, JournalReader> =>
  Layer.flatMap(Layer.effect(JournalReader, JournalReader), (readers) =>
    Layer.map(JournalFeed.layer(recordsOf(Context.get(readers, JournalReader), sessionId, lastSeq)), (feeds) => {
      const { poll } = Context.get(feeds, MarketFeed)
      let polled = 0
      const onTime = Effect.suspend(() => {
        const atUs = polls[polled]
        polled += 1
        if (atUs !== undefined) clock.set(atUs)
        return poll
      })
      return Context.make(MarketFeed, { poll: onTime })
    })
  )

/** Compares what is appended; when the replay comes to where the session was asked to stop, it is asked too. */
const journalOf = (
  { stoppedAfter }: RecordedSession,
  comparison: DecisionComparison,
  stop: Deferred.Deferred<void>
): Layer.Layer<Journal> =>
  Layer.sync(Journal, () => {
    let records = 0
    return {
      append: (entries) =>
        Effect.suspend(() => {
          for (const entry of entries()) {
            comparison.take(entry)
            records += 1
          }
          return records === stoppedAfter ? Effect.asVoid(Deferred.succeed(stop, undefined)) : Effect.void
        })
    }
  })

export interface ReplayWorld {
  readonly clock: VirtualClock
  readonly comparison: DecisionComparison
  /** Stops the program as the session was stopped. */
  readonly stop: Deferred.Deferred<void>
  /** Ends the replay: the journal does not tell how it went on. */
  readonly unknown: Effect.Effect<never>
}

/** What the program runs on in the replay of a session: as in a backtest, with the session's inputs in place of data. */
export const replayLayers = (session: RecordedSession, { clock, comparison, stop, unknown }: ReplayWorld) =>
  Layer.mergeAll(
    RiskGuard.layer,
    journaledSync(syncOf(session)),
    feedOf(session, clock),
    journaledExecutors(venuesOf(session, unknown)),
    journaledRecorder(recorderOf(session)),
    journaledSwitches(switchesOf(session))
  ).pipe(Layer.provideMerge(journalOf(session, comparison, stop)))
